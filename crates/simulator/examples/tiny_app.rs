//! A tiny app for Syncano, with tests that run without a deployment: `cargo test --example
//! tiny_app`.
//!
//! The app signs a user in and shows their name from `/user/`. Its tests start the simulator,
//! connect the app to it, and check a successful login, a replaced key, and network failures.

#![allow(clippy::indexing_slicing, reason = "serde_json answers null for a missing member")]

use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

/// The app, with the address of its backend.
struct App {
    http: Client,
    /// The URL of the instance: `https://api.example.com/v1.1/instances/shop`.
    instance: String,
    api_key: String,
}

/// A signed-in user.
struct AppSession<'a> {
    app: &'a App,
    user_key: String,
}

/// The errors that the app shows to its user.
#[derive(Debug, PartialEq)]
enum Trouble {
    WrongPassword,
    SignedOut,
    /// The backend failed or was not reachable.
    TryAgain,
}

impl App {
    async fn sign_in(&self, username: &str, password: &str) -> Result<AppSession<'_>, Trouble> {
        let request = self.http.post(format!("{}/user/auth/", self.instance)).header("x-api-key", &self.api_key);
        let body = json!({ "username": username, "password": password }).to_string();
        let answer = request.header("content-type", "application/json").body(body).send().await;
        let user = read(answer, Trouble::WrongPassword).await?;
        let user_key = user["user_key"].as_str().ok_or(Trouble::TryAgain)?.to_owned();
        Ok(AppSession { app: self, user_key })
    }
}

impl AppSession<'_> {
    /// Returns the username from the backend.
    async fn name(&self) -> Result<String, Trouble> {
        let App { http, instance, api_key } = self.app;
        let url = format!("{instance}/user/");
        // A GET changes nothing, so it can be repeated if the backend failed.
        for _ in 0..2 {
            let request = http.get(&url).header("x-api-key", api_key).header("x-user-key", &self.user_key);
            match read(request.send().await, Trouble::SignedOut).await {
                Err(Trouble::TryAgain) => continue,
                user => return Ok(user?["username"].as_str().unwrap_or_default().to_owned()),
            }
        }
        Err(Trouble::TryAgain)
    }
}

/// Returns the answer as JSON, or `rejected` if the backend did not accept the credentials.
async fn read(answer: reqwest::Result<reqwest::Response>, rejected: Trouble) -> Result<Value, Trouble> {
    let answer = answer.map_err(|_| Trouble::TryAgain)?;
    match answer.status() {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(rejected),
        status if status.is_success() => {
            let body = answer.bytes().await.map_err(|_| Trouble::TryAgain)?;
            serde_json::from_slice(&body).map_err(|_| Trouble::TryAgain)
        }
        _ => Err(Trouble::TryAgain),
    }
}

fn http() -> Client {
    // This workspace builds reqwest without a default TLS provider. An app with the default
    // features of reqwest does not need this line.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().timeout(Duration::from_secs(10)).build().unwrap_or_default()
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let from = |name| std::env::var(name).unwrap_or_default();
    let app = App { http: http(), instance: from("INSTANCE_URL"), api_key: from("API_KEY") };
    let name = match app.sign_in(&from("USERNAME"), &from("PASSWORD")).await {
        Ok(session) => session.name().await,
        Err(trouble) => Err(trouble),
    };
    match name {
        Ok(name) => println!("signed in as {name}"),
        Err(trouble) => println!("not signed in: {trouble:?}; set INSTANCE_URL, API_KEY, USERNAME and PASSWORD"),
    }
}

#[cfg(test)]
mod tests {
    use syncano_simulator::Simulator;
    use syncano_simulator::server::{Fault, Listener, Running};
    use syncano_simulator::testing::World;
    use wiremock::matchers::{any, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    /// Starts a separate backend on a free port.
    async fn backend() -> (World, Running) {
        let simulator = Simulator::builder().build();
        let world =
            World::in_instance("shop").user("alice", "wonderland").user("bob", "builder").on(&simulator).unwrap();
        let running = Listener::local().await.unwrap().spawn(simulator);
        (world, running)
    }

    fn app(url: &str, world: &World) -> App {
        let instance = format!("{url}/v1.1/instances/{}", world.instance);
        App { http: http(), instance, api_key: world.plain_key.to_string() }
    }

    #[tokio::test]
    async fn a_signed_in_user_sees_their_name() {
        let (world, backend) = backend().await;
        let app = app(backend.url(), &world);
        assert_eq!(app.sign_in("alice", "wonderland").await.unwrap().name().await, Ok("alice".to_owned()));
        assert_eq!(app.sign_in("bob", "builder").await.unwrap().name().await, Ok("bob".to_owned()));
    }

    #[tokio::test]
    async fn a_wrong_password_is_reported() {
        let (world, backend) = backend().await;
        assert_eq!(app(backend.url(), &world).sign_in("alice", "builder").await.err(), Some(Trouble::WrongPassword));
    }

    #[tokio::test]
    async fn a_user_with_a_replaced_key_is_signed_out() {
        let (world, backend) = backend().await;
        let app = app(backend.url(), &world);
        let session = app.sign_in("alice", "wonderland").await.unwrap();
        let reset = format!("/users/{}/reset_key/", world.user("alice").unwrap().id);
        assert_eq!(world.as_administrator().post(&reset, json!({})).unwrap().status, StatusCode::OK);
        assert_eq!(session.name().await, Err(Trouble::SignedOut));
    }

    #[tokio::test]
    async fn the_app_retries_when_the_backend_fails_once() {
        let (world, backend) = backend().await;
        let app = app(backend.url(), &world);
        let session = app.sign_in("alice", "wonderland").await.unwrap();
        backend.fail([Fault::at("/user/").status(503).times(1)]).unwrap();
        assert_eq!(session.name().await, Ok("alice".to_owned()));
        assert_eq!(backend.faults()[0].hits(), 1, "the first request fails, the second succeeds");
        backend.fail([Fault::at("/user/").close()]).unwrap();
        assert_eq!(session.name().await, Err(Trouble::TryAgain));
    }

    /// The simulator and mocks of other services can share a server.
    #[tokio::test]
    async fn the_simulator_works_beside_other_mocks() {
        let simulator = Simulator::builder().build();
        let world = World::in_instance("shop").user("alice", "wonderland").on(&simulator).unwrap();
        let server = MockServer::start().await;
        Mock::given(method("GET")).and(path("/weather")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
        Mock::given(any()).respond_with(simulator).with_priority(255).mount(&server).await;
        let app = app(&server.uri(), &world);
        assert_eq!(app.sign_in("alice", "wonderland").await.unwrap().name().await, Ok("alice".to_owned()));
        let weather = http().get(format!("{}/weather", server.uri())).send().await.unwrap();
        assert_eq!(weather.status(), StatusCode::NO_CONTENT);
    }
}
