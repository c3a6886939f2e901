//! Hidden characters, and characters that reverse the text beside them.

use std::borrow::Cow;

use syncano_simulator::visible::is_hidden;

/// Names every such character of a page. The markup has none of them, so this covers the whole page and every text in it.
pub fn visible(page: &str) -> String {
    page.chars().map(shown).collect()
}

fn shown(c: char) -> Cow<'static, str> {
    let is_shown = matches!(c, '\n' | '\t') || !is_hidden(c);
    if is_shown { c.to_string().into() } else { format!("[U+{:04X}]", u32::from(c)).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_reverse_text_are_named() {
        assert_eq!(visible("a\u{202e}b\u{200b}\u{1b}[31m\r\n\tü"), "a[U+202E]b[U+200B][U+001B][31m[U+000D]\n\tü");
    }
}
