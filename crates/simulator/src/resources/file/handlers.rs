//! Serves files by their URL, without keys.

use http::{Method, StatusCode};

use super::url::place;
use crate::answer::{AnswerBody, ApiAnswer};
use crate::core::Core;
use crate::quirks::Quirk;

/// The media types by extension. No browser runs any of them as a page or script.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("gif", "image/gif"),
    ("gz", "application/gzip"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("m4a", "audio/mp4"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("ogg", "audio/ogg"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("zip", "application/zip"),
];

/// Returns the file with that path; `None` if there is none, or the method is not GET or HEAD.
pub fn serve(core: &Core, method: &Method, path: &str) -> Option<ApiAnswer> {
    if !matches!(*method, Method::GET | Method::HEAD) || core.quirks.has(Quirk::Media404) {
        return None;
    }
    let file = core.world.files().get(&place(path)?)?;
    let content = AnswerBody::File { bytes: file.bytes.clone(), media_type: media_type(&file.name) };
    Some(ApiAnswer { status: StatusCode::OK, content })
}

fn media_type(name: &str) -> &'static str {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let known = MEDIA_TYPES.iter().find(|(known, _)| *known == extension);
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}
