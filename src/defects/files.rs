//! Files: who may store them in data objects and profiles, and who sees their URLs.

use serde_json::Value;

use super::actions::as_administrator;
use super::call::ApiCall;
use super::defect::{Defect, defect};
use super::edit;
use super::objects::{OBJECT, OBJECTS};
use super::when::{GET, PATCH, POST, Who, on};

pub fn defects() -> Vec<Defect> {
    vec![
        defect(
            "file-of-the-app-stored",
            "An API key without a user creates objects if they have a file. Right: 403.",
            on(POST, OBJECTS).by(Who::AppAlone).where_(sends_file).instead_of_403(as_administrator),
        ),
        defect(
            "file-belongs-to-its-form",
            "An object with a file belongs to the `owner` that the form names. Right: to the user who creates it.",
            on(POST, OBJECTS).by(Who::User).where_(sends_file).then(as_administrator),
        ),
        defect(
            "file-of-others-replaced",
            "A user may replace the file of any object. Right: 404 if they cannot read it, 403 if they may not change it.",
            on(PATCH, OBJECT).by(Who::User).where_(sends_file).then(as_administrator),
        ),
        defect(
            "file-of-hidden-objects-listed",
            "The list of objects has the URLs of all files of the class, for an archive. Right: those of the objects in the list.",
            on(GET, OBJECTS).by(Who::User).edit(|call, right, answer| {
                let objects = right.list(call, call.path());
                let urls: Vec<Value> = objects.iter().flat_map(urls).collect();
                if urls.is_empty() { answer } else { edit::with_member(answer, "files", urls) }
            }),
        ),
        defect(
            "file-in-the-profile-of-others",
            "A user may store a file in the profile of another user. Right: 404.",
            on(PATCH, "/users/{user}/").by(Who::User).where_(sends_file).instead_of_404(as_administrator),
        ),
    ]
}

fn sends_file(call: &ApiCall) -> bool {
    const FILE_NAME: &[u8] = b"; filename=";
    call.body().windows(FILE_NAME.len()).any(|bytes| bytes == FILE_NAME)
}

/// Returns the URLs of the files in an object.
fn urls(object: &Value) -> Vec<Value> {
    let values = object.as_object().into_iter().flat_map(|members| members.values());
    let files = values.filter(|value| edit::text(value, "type").as_deref() == Some("file"));
    files.map(|file| edit::member(file, "value")).collect()
}
