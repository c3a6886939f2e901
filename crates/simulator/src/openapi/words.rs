//! What the document says in prose.

use serde_json::{Value, json};

/// What holds for all operations.
pub const ABOUT: &str = "\
An app on Syncano connects with an API key; when one of its users signs in it adds that user's *user key*, and from \
then on some endpoints show only what belongs to that user. Accounts administer instances with an account key.

Keys go into headers (`X-API-KEY`, `X-USER-KEY`), into the query (`api_key`, `user_key`), an API key or an account \
key also behind any one word in `Authorization`, and either into the body (`_api_key`, `_user_key`). The places may \
be mixed. A key that opens nothing is refused with 403 everywhere; a user key that nobody has counts for nothing.

A rejected request is answered with `{\"detail\": text}`, or for members of a body as `{\"member\": [text]}`. Of several \
things that are wrong the first counts: the path, the instance, what the path goes through, `Accept`, the key, the \
rights, the method, the thing itself, the body. But a body that cannot be read turns any other refusal into 400 or \
415, where none is needed too.

A method that a path does not list is refused with 405, to those who have the rights. A body of `text/plain` is read \
as JSON; that of a POST may name another method (`_method`), as which it is then answered. In the place of a last \
`/` a path may end in `.json`.

Members of bodies that are not listed are ignored. Values are taken generously: a number or its text, `true` or \
`\"1\"`. `fields` and `excluded_fields` take members out of what GET shows.

The description is of the API as it should be. Quirks, defects and faults that are switched on make answers that are \
not in it. `serve` refuses what is too long with 413, 414 or 431, whatever the path.";

/// The groups of operations.
pub fn tags() -> Value {
    let tags = [
        ("links", "Pages that hold nothing but links."),
        ("account", "Accounts, which administer instances."),
        ("instances", "Instances, each a world of its own."),
        ("administrators", "Who administers an instance, and who is invited to."),
        ("api keys", "What apps connect with."),
        ("user", "The user whose key is sent, and how a user gets one."),
        ("users", "The users of an instance."),
        ("groups", "Groups of users, and who is in them."),
        ("classes", "Classes of data objects, with their schema."),
        ("objects", "Data objects."),
        ("batch", "Several requests in one."),
        (
            "not simulated",
            "What the platform has and the simulator has not: 404, or the refusal that the platform would give.",
        ),
    ];
    tags.map(|(name, description)| json!({ "name": name, "description": description })).into_iter().collect()
}
