//! Files in the parts of a multipart form, and what a request sends for a field of type `file`.

use std::collections::HashMap;
use std::sync::LazyLock;

use bytes::Bytes;
use regex::Regex;

use crate::pattern;

/// Maximum length of an extension with its dot, in characters.
const LONGEST_EXTENSION: usize = 16;

/// The files of a form, by the names of their parts.
pub type Uploads = HashMap<String, Upload>;

/// A file of a form.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The file name without folders, as sent.
    name: String,
    /// The media type without parameters, as sent; empty if the part names none.
    pub content_type: String,
    /// A part of the body.
    pub bytes: Bytes,
}

/// What a request sends for a field of type `file`.
pub enum SentFile {
    Upload(Upload),
    /// The URL of a file to copy.
    Url(String),
}

impl Upload {
    /// Returns the file of a part; `None` if its file name names only folders.
    pub fn new(sent_name: &str, content_type: String, bytes: Bytes) -> Option<Upload> {
        let name = sent_name.rsplit(['/', '\\']).next().unwrap_or_default();
        (!name.is_empty()).then(|| Upload { name: name.to_owned(), content_type, bytes })
    }

    /// Returns the API's error text for a file that is not valid.
    pub fn reason(&self) -> Option<String> {
        if self.bytes.is_empty() {
            return Some("The submitted file is empty.".to_owned());
        }
        let is_long = last_extension(&self.name).chars().count() > LONGEST_EXTENSION;
        is_long.then(|| format!("File provided has too long extension. Max {LONGEST_EXTENSION} characters."))
    }

    /// Returns the extension with which the file is stored.
    pub fn extension(&self) -> String {
        let extension = last_extension(&self.name).to_lowercase();
        let kept = extension.trim_end().chars().map(|c| if c == ' ' { '_' } else { c });
        let kept: String = kept.filter(|c| *c == '.' || is_word(*c)).collect();
        if kept == "." { String::new() } else { kept }
    }
}

/// Returns whether a text is the name of a stored file: 40 hex digits and an extension.
pub fn is_stored_name(name: &str) -> bool {
    static HEX: LazyLock<Regex> = LazyLock::new(|| pattern::constant(r"\A[0-9a-f]{40}"));
    let extension = HEX.find(name).and_then(|hex| name.get(hex.end()..));
    extension.is_some_and(|extension| match extension.strip_prefix('.') {
        Some(rest) => !rest.is_empty() && rest.chars().all(is_word),
        None => extension.is_empty(),
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '-')
}

/// Returns the last extension with its dot; empty if there is none. Leading dots do not begin one.
fn last_extension(name: &str) -> &str {
    let visible = name.trim_start_matches('.');
    visible.rfind('.').and_then(|dot| visible.get(dot..)).filter(|extension| *extension != ".").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("a.txt", ".txt")]
    #[case("PHOTO.JPG", ".jpg")]
    #[case("a.tar.gz", ".gz")]
    #[case("noext", "")]
    #[case(".hidden", "")]
    #[case("..hidden", "")]
    #[case("a.", "")]
    #[case("../../etc/pass.wd", ".wd")]
    #[case("C:\\photos.old\\me.png", ".png")]
    #[case("a.b c", ".b_c")]
    #[case("a.\u{c4}", ".\u{e4}")]
    #[case("a.\r\n<\"", "")]
    fn a_file_is_stored_with_its_last_extension(#[case] sent: &str, #[case] extension: &str) {
        let upload = Upload::new(sent, String::new(), Bytes::from_static(b"x")).expect("a name");
        assert_eq!(upload.extension(), extension);
        assert!(is_stored_name(&format!("{}{extension}", "a".repeat(40))));
    }

    #[rstest]
    #[case("x", "a.txt", None)]
    #[case("", "a.txt", Some("The submitted file is empty."))]
    #[case("x", "a.fifteen_letters", None)]
    #[case("x", "a.sixteen__letters", Some("File provided has too long extension. Max 16 characters."))]
    fn an_empty_file_and_a_long_extension_are_rejected(
        #[case] bytes: &'static str,
        #[case] name: &str,
        #[case] reason: Option<&str>,
    ) {
        let upload = Upload::new(name, String::new(), Bytes::from_static(bytes.as_bytes())).expect("a name");
        assert_eq!(upload.reason().as_deref(), reason);
    }

    #[rstest]
    #[case("")]
    #[case("..")]
    #[case("zz")]
    #[case("0000000000000000000000000000000000000000/x")]
    #[case("0000000000000000000000000000000000000000.a/b")]
    #[case("0000000000000000000000000000000000000000.")]
    fn other_texts_are_no_stored_names(#[case] name: &str) {
        assert!(!is_stored_name(name));
    }
}
