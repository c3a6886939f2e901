//! Characters that neither XML nor YAML can contain.

use std::borrow::Cow;

/// Replaces each character that an XML 1.0 or YAML 1.2 document cannot contain, not even as an entity, with an escape:
/// `\u{fffe}`.
pub(super) fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_printable) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_printable(c) { out.push(c) } else { out.extend(c.escape_unicode()) }
    }
    Cow::Owned(out)
}

fn is_printable(c: char) -> bool {
    match c {
        '\n' | '\t' | '\r' | '\u{85}' => true,
        '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_xml_forbids_are_escaped() {
        assert_eq!(printable("a\u{1}\u{fffe}b\u{ffff}\u{7f}"), "a\\u{1}\\u{fffe}b\\u{ffff}\\u{7f}");
        let kept = "a\t\n\r\u{85}ü\u{feff}\u{fffd}\u{1fffe}\u{10ffff}";
        assert_eq!(printable(kept), kept);
    }
}
