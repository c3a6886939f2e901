//! Creates worlds of any size for measurements, and requests spread over their users.

use bytes::Bytes;
use http::{Method, Request, Response};
use serde_json::{Value, json};
use syncano_simulator::Simulator;
use syncano_simulator::api::Key;
use syncano_simulator::testing::World;

/// The number of groups of a town. Every user is a member of one.
const GROUPS: u64 = 32;
/// The maximum number of users who send requests. They are spread evenly, so that the caches of the
/// processor hold little of a large town.
const SPREAD: u64 = 4096;
/// The number of objects on a page.
const PAGE: u64 = 100;

/// An instance with users, and the keys to it.
pub struct Town {
    simulator: Simulator,
    world: World,
    users: u64,
    people: Vec<Person>,
    groups: Vec<u64>,
}

/// A user who sends requests.
struct Person {
    id: u64,
    username: String,
    user_key: Key,
}

/// A measured request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MeasuredRequest {
    /// `GET /user/` with both keys.
    User,
    /// `GET /users/` with both keys, which lists one user.
    UsersAsUser,
    /// A page of 100 users, as administrator.
    PageOfUsers,
    /// A page of 100 members, as administrator.
    PageOfMembers,
    /// `POST /user/auth/`.
    Login,
    /// `POST /users/<id>/reset_key/` as administrator, of a user who sends no requests.
    ResetKey,
    /// `GET /user/` with an account key, which is rejected.
    Rejected,
}

impl MeasuredRequest {
    /// Returns the expected status.
    pub fn status(self) -> u16 {
        if self == MeasuredRequest::Rejected { 403 } else { 200 }
    }
}

impl Town {
    /// Creates an instance with this number of users through the API, without groups.
    pub fn new(simulator: &Simulator, name: &str, users: u64) -> Town {
        let world = World::in_instance(name).on(simulator).expect("a world");
        let mut town = Town { simulator: simulator.clone(), world, users, people: Vec::new(), groups: Vec::new() };
        // At least every second user sends no requests, so that their keys can be reset.
        let apart = users.div_ceil(SPREAD).max(2);
        for number in 0..users {
            let body = json!({ "username": format!("user-{number}"), "password": "secret" });
            let created = town.create("/users/", body);
            if number % apart == 1 {
                let created: Value = serde_json::from_slice(created.body()).expect("a user");
                town.people.push(Person {
                    id: created["id"].as_u64().expect("an id"),
                    username: created["username"].as_str().expect("a name").to_owned(),
                    user_key: created["user_key"].as_str().and_then(|key| key.parse().ok()).expect("a key"),
                });
            }
        }
        town
    }

    /// Adds every user to a group.
    pub fn with_groups(mut self) -> Town {
        for number in 0..GROUPS {
            let group = self.create("/groups/", json!({ "label": format!("group-{number}") }));
            let group: Value = serde_json::from_slice(group.body()).expect("a group");
            self.groups.push(group["id"].as_u64().expect("an id"));
        }
        for user in 1..=self.users {
            self.create(&format!("/groups/{}/users/", self.group_of(user)), json!({ "user": user }));
        }
        self
    }

    fn group_of(&self, user: u64) -> u64 {
        self.groups[(user % GROUPS) as usize]
    }

    /// Returns the same number of requests for a town of any size, from the users in turn. In a
    /// small town each user sends several.
    pub fn requests(&self, endpoint: MeasuredRequest) -> Vec<Request<Bytes>> {
        self.people.iter().cycle().take(SPREAD as usize).map(|person| self.request(endpoint, person)).collect()
    }

    fn request(&self, endpoint: MeasuredRequest, person: &Person) -> Request<Bytes> {
        let (get, post) = (Method::GET, Method::POST);
        let administrator = [("x-api-key", self.world.administrator.account_key)];
        let user = [("x-api-key", self.world.plain_key), ("x-user-key", person.user_key)];
        match endpoint {
            MeasuredRequest::User => self.write(get, "/user/", &user, None),
            MeasuredRequest::UsersAsUser => self.write(get, "/users/", &user, None),
            MeasuredRequest::PageOfUsers => {
                // The page is full if the town is large enough.
                let before = (person.id - 1).min(self.users.saturating_sub(PAGE));
                let path = format!("/users/?page_size={PAGE}&direction=1&last_pk={before}");
                self.write(get, &path, &administrator, None)
            }
            MeasuredRequest::PageOfMembers => {
                let path = format!("/groups/{}/users/?page_size={PAGE}", self.group_of(person.id));
                self.write(get, &path, &administrator, None)
            }
            MeasuredRequest::Login => {
                let body = json!({ "username": person.username, "password": "secret" });
                self.write(post, "/user/auth/", &user[..1], Some(body))
            }
            MeasuredRequest::ResetKey => {
                self.write(post, &format!("/users/{}/reset_key/", person.id - 1), &administrator, None)
            }
            MeasuredRequest::Rejected => self.write(get, "/user/", &administrator, None),
        }
    }

    /// Creates a resource as the administrator.
    fn create(&self, path: &str, body: Value) -> Response<Bytes> {
        let administrator = [("x-api-key", self.world.administrator.account_key)];
        let answer = self.simulator.handle(self.write(Method::POST, path, &administrator, Some(body)));
        assert_eq!(answer.status(), 201, "{answer:?}");
        answer
    }

    fn write(&self, method: Method, path: &str, keys: &[(&str, Key)], body: Option<Value>) -> Request<Bytes> {
        let uri = format!("/v1.1/instances/{}{path}", self.world.instance);
        let mut request = Request::builder().method(method).uri(uri);
        for (name, key) in keys {
            request = request.header(*name, key.to_string());
        }
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        request.body(Bytes::from(body.map(|body| body.to_string()).unwrap_or_default())).expect("a request")
    }
}
