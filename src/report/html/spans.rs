//! Sentences with code between backticks.

use maud::{Markup, html};

/// Renders the texts between backticks as code.
pub fn spans(text: &str) -> Markup {
    let parts = text.split('`').collect::<Vec<_>>();
    let last = parts.len() - 1;
    html! {
        @for (number, part) in parts.iter().enumerate() {
            @if number % 2 == 0 { (part) }
            // The last backtick has no partner.
            @else if number == last { "`" (part) }
            @else { code { (part) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("plain", "plain")]
    #[case("`GET /` shows `x`.", "<code>GET /</code> shows <code>x</code>.")]
    #[case("a `b", "a `b")]
    #[case("`<b>`", "<code>&lt;b&gt;</code>")]
    fn a_text_between_backticks_is_code(#[case] text: &str, #[case] expected: &str) {
        assert_eq!(spans(text).into_string(), expected);
    }
}
