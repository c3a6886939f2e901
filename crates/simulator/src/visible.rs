//! Escapes characters that are invisible, end a line or change the direction of text. All untrusted
//! output is escaped, so that it cannot manipulate a terminal, a page or a log.

use std::borrow::Cow;

/// Returns whether a character must be escaped: control characters, zero-width characters, line
/// separators, and characters that change the direction of text.
pub fn is_hidden(c: char) -> bool {
    match c {
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' => true,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e007f}' => true,
        c => c.is_control(),
    }
}

/// Returns a text with escapes such as `\u{202e}` in place of hidden characters; line feeds and
/// tabs stay.
pub fn text(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && !matches!(c, '\n' | '\t'))
}

/// Returns a text as one line: like [`text`], with line feeds and tabs escaped too.
pub fn line(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

fn escaped(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hides) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hides(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_escaped() {
        let bidi = ('\u{202a}'..='\u{202e}').chain('\u{2066}'..='\u{2069}').chain(['\u{200e}', '\u{200f}', '\u{61c}']);
        let others =
            ['\u{2028}', '\u{2029}', '\u{85}', '\u{9b}', '\u{1b}', '\r', '\0', '\u{7f}', '\u{feff}', '\u{200b}'];
        for c in bidi.chain(others) {
            assert_eq!(text(&format!("a{c}b")), format!("a{}b", c.escape_unicode()));
            assert_eq!(line(&format!("a{c}b")), format!("a{}b", c.escape_unicode()));
        }
        assert_eq!(text("a\n\tü漢\u{300}b"), "a\n\tü漢\u{300}b");
        assert_eq!(line("a\n\tb"), "a\\u{a}\\u{9}b");
    }
}
