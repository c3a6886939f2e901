//! Characters that cannot be seen, or that turn around what stands beside them.

use std::borrow::Cow;

use syncano_simulator::visible::is_hidden;

/// A page in which every such character is named. The page's own markup has none of them, so that this can be done to the whole, and
/// no text can be forgotten.
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
    fn what_turns_text_around_is_named() {
        assert_eq!(visible("a\u{202e}b\u{200b}\u{1b}[31m\r\n\tü"), "a[U+202E]b[U+200B][U+001B][31m[U+000D]\n\tü");
    }
}
