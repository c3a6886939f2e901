//! Tests of the files of a suite, one file per topic.

#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[cfg(unix)]
mod folder;
mod input;
mod levels;
mod number;
mod snapshot;
mod words;
