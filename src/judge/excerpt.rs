//! Shortens texts that are too long to show.

use ring::digest;

use super::bindings::Bindings;

/// The maximum length of a text that is compared with another.
pub const COMPARED: usize = 32 << 10;
/// The maximum length of an answer that a finding shows. Every check of a run may keep one.
pub const BESIDE: usize = 4 << 10;

/// Returns the text or, if it is too long, its beginning, the length of the rest, and a digest of
/// the rest, so that two texts with the same beginning still differ.
///
/// Secrets are redacted before the text is cut, because half a secret would not be recognised.
pub fn excerpt(text: &str, most: usize, bindings: &Bindings) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let beginning = bindings.redactor().beginning(text, most);
    let rest = text.get(text.floor_char_boundary(most)..).unwrap_or_default().as_bytes();
    // Fewer digits than a key has; the redactor would hide a key.
    let digest = digest::digest(&digest::SHA256, rest);
    let digits = digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("{beginning}\n... and {} bytes more (SHA-256 {digits})", rest.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use syncano_secrets::Redactor;

    use super::*;
    use crate::judge::bindings::ValueKind;

    #[test]
    fn a_secret_at_the_end_of_a_shortened_text_is_hidden() {
        let mut bindings = Bindings::default();
        bindings.bind("alice.password", json!("hunter2hunter2"), ValueKind::Secret);
        assert_eq!(excerpt("hunter2hunter2", 20, &bindings), "hunter2hunter2", "what is shown whole is redacted later");
        let text = format!("{}hunter2hunter2{}", "a ".repeat(10), "z".repeat(100));
        let cut = excerpt(&text, 25, &bindings);
        assert!(cut.starts_with(&format!("{}<alice.password>\n... and 109 bytes more", "a ".repeat(10))), "{cut}");
        assert!(excerpt("aé", 2, &bindings).starts_with("a\n... and 2 bytes more"));
    }

    #[test]
    fn texts_that_differ_after_the_limit_are_shown_differently() {
        let cut = |end: &str| excerpt(&format!("{} {end}", "z".repeat(50)), 10, &Bindings::default());
        assert_ne!(cut("one"), cut("two"));
        assert_eq!(Redactor::knowing([]).text(&cut("one")), cut("one"), "the digest is not taken for a key");
    }

    #[test]
    fn an_answer_of_the_maximum_length_is_shown_whole() {
        let text = "x".repeat(COMPARED);
        assert_eq!(excerpt(&text, COMPARED, &Bindings::default()), text);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(50))]

        #[test]
        fn the_beginning_of_a_long_answer_is_shown(before in 0usize..4, more in 0usize..40) {
            // A three-byte letter crosses the limit at some of these lengths.
            let most = COMPARED;
            let text = "x".repeat(before) + &"€".repeat((most - 30) / 3 + more);
            let shown = excerpt(&text, COMPARED, &Bindings::default());
            if text.len() <= most {
                prop_assert_eq!(shown, text);
            } else {
                let (kept, rest) = shown.split_once("\n... and ").unwrap();
                prop_assert!(text.starts_with(kept) && kept.len() > most - 3, "{} bytes are kept", kept.len());
                prop_assert!(rest.starts_with(&format!("{} bytes more", text.len() - kept.len())), "{}", rest);
            }
        }
    }
}
