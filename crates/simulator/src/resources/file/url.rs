//! The URL of a file: `/media/<instance>/<class>/<name>`, with numbers for instance and class. A
//! URL is only compared with those of files; it is never the path of anything.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::storage::FilePlace;
use crate::world::ids::{ClassId, InstanceId};

const PREFIX: &str = "/media/";

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The URL of a file, as shown.
pub struct FileUrl<'f> {
    pub instance: InstanceId,
    pub class: ClassId,
    pub name: &'f str,
}

/// Why a text is not the URL of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAUrl {
    Invalid,
    Missing,
}

impl fmt::Display for FileUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FileUrl { instance, class, name } = self;
        write!(f, "{PREFIX}{instance}/{class}/{}", utf8_percent_encode(name, ESCAPED))
    }
}

/// Returns the place that a decoded path names.
pub fn place(path: &str) -> Option<FilePlace> {
    let mut words = path.strip_prefix(PREFIX)?.split('/');
    let (instance, class, name) = (words.next()?, words.next()?, words.next()?);
    let number = |word: &str| word.parse::<u32>().ok().filter(|number| number.to_string() == word);
    let is_whole = words.next().is_none();
    is_whole.then_some((number(instance)?, number(class)?, name.into()))
}

/// Returns the place in `instance` that a text names. With `follows_dots`, `..` leads to the folder
/// above, which may be in another instance.
pub fn own_place(text: &str, instance: InstanceId, follows_dots: bool) -> Result<FilePlace, NotAUrl> {
    let decoded = percent_decode_str(text).decode_utf8_lossy();
    if !decoded.starts_with(&format!("{PREFIX}{instance}/")) {
        return Err(NotAUrl::Invalid);
    }
    let has_dots = decoded.split(['/', '\\']).any(|word| word == "..");
    let path = match (has_dots, follows_dots) {
        (false, _) => decoded,
        (true, true) => Cow::Owned(without_dots(&decoded)),
        (true, false) => return Err(NotAUrl::Invalid),
    };
    place(&path).ok_or(NotAUrl::Missing)
}

fn without_dots(path: &str) -> String {
    let mut kept = Vec::new();
    for word in path.split('/') {
        match word {
            ".." => drop(kept.pop()),
            "." => {}
            word => kept.push(word),
        }
    }
    kept.join("/")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_url_names_its_place() {
        let url = FileUrl { instance: 7, class: 3, name: "ab.\u{e4}" }.to_string();
        assert_eq!(url, "/media/7/3/ab.%C3%A4");
        assert_eq!(own_place(&url, 7, false), Ok((7, 3, "ab.\u{e4}".into())));
    }

    #[rstest]
    #[case("words", NotAUrl::Invalid)]
    #[case("/media/", NotAUrl::Invalid)]
    #[case("/media/70/3/ab", NotAUrl::Invalid)]
    #[case("http://example.org/media/7/3/ab", NotAUrl::Invalid)]
    #[case("/media/7/../8/3/ab", NotAUrl::Invalid)]
    #[case("/media/7/%2e%2e/8/3/ab", NotAUrl::Invalid)]
    #[case("/media/7/..\\8/3/ab", NotAUrl::Invalid)]
    #[case("/media/7/", NotAUrl::Missing)]
    #[case("/media/7/03/ab", NotAUrl::Missing)]
    #[case("/media/7/3/ab/c", NotAUrl::Missing)]
    fn other_texts_name_no_place(#[case] text: &str, #[case] why: NotAUrl) {
        assert_eq!(own_place(text, 7, false), Err(why));
    }

    #[test]
    fn dots_lead_to_another_instance_with_the_quirk() {
        assert_eq!(own_place("/media/7/../8/3/ab", 7, true), Ok((8, 3, "ab".into())));
        assert_eq!(own_place("/media/7/../../../../8/3/ab", 7, true), Err(NotAUrl::Missing));
    }
}
