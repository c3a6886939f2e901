//! The body of a social login, and the supported networks.

use crate::members::Member;

pub const TOKEN: Member = Member::required("string", "Access token").hashed();
pub const BACKENDS: [&str; 5] = ["facebook", "google-oauth2", "github", "linkedin", "twitter"];
