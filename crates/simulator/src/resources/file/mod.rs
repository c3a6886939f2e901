//! Files: values of fields of type `file`, shown as `{"type": "file", "value": URL}`. Anyone with
//! the URL gets the bytes by GET and HEAD.

pub mod handlers;
pub mod input;
pub mod limits;
pub mod storage;
pub mod url;
