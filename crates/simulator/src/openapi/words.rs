//! Texts of the document: its description and the descriptions of tags.

use serde_json::{Value, json};

/// The description of the API.
pub const ABOUT: &str = "\
An app of Syncano connects with an API key. When one of its users signs in, the app adds that user's *user key*, and \
some endpoints then show only the data of that user. Accounts administer instances with an account key.

Keys are accepted in headers (`X-API-KEY`, `X-USER-KEY`), in the query (`api_key`, `user_key`) and in the body \
(`_api_key`, `_user_key`). An API key or account key is also accepted in `Authorization`, after one word. The two keys \
can be sent in different places. An unknown API key or account key is rejected with 403; an unknown user key is ignored.

A rejected request is answered with `{\"detail\": text}`, or with `{\"member\": [text]}` for members of a body. If several \
things are wrong, the first check that fails decides the answer, in this order: path, instance, parent resource, \
`Accept`, key, access, method, object, body. Exception: an unreadable body is always reported first, with 400 or 415, \
even if the method needs no body.

A method that a path does not list is rejected with 405 if the caller has access. A body of type `text/plain` is parsed \
as JSON; in a POST, its member `_method` can name another method for the request. The last `/` of a path can be \
replaced by `.json`.

Unknown members of bodies are ignored. Values are converted: a number can be sent as text, and `true` as `\"1\"`. \
`fields` and `excluded_fields` select members of GET answers.

This document describes the API without known bugs. Active quirks and faults cause answers that it does not \
describe. `serve` rejects requests beyond its size limits with 413, 414 or 431, regardless of the path. With the limits \
of a platform (`serve --limits`), every endpoint can answer 429 with `Retry-After: 1`, after the check of access and \
before that of the method.";

/// Returns the tags, which group the operations.
pub fn tags() -> Value {
    let tags = [
        ("links", "Lists of links."),
        ("account", "Accounts, which administer instances."),
        ("instances", "Instances. Data of different instances is separate."),
        ("administrators", "Administrators of an instance, and invitations of new ones."),
        ("api keys", "API keys, with which apps connect."),
        ("user", "The user of the user key, and how a user gets one."),
        ("users", "Users of an instance."),
        ("groups", "Groups of users, and their memberships."),
        ("classes", "Classes of data objects, with their schemas."),
        ("objects", "Data objects."),
        ("files", "The files of data objects and profiles."),
        (
            "push notifications",
            "Devices of users, and messages to them over GCM and APNS. No message leaves the simulator.",
        ),
        ("data endpoints", "Lists of data objects with stored parameters."),
        ("batch", "Several requests in one."),
        (
            "not simulated",
            "Endpoints of the platform that the simulator does not support: 404, or the platform's answer to a rejected request.",
        ),
    ];
    tags.map(|(name, description)| json!({ "name": name, "description": description })).into_iter().collect()
}
