//! The beginning of a text that is too long to be shown.

use super::bindings::Bindings;
use crate::secret::Redactor;

/// The most that is kept of a text that is compared with another.
pub const COMPARED: usize = 32 << 10;
/// The most that is kept of an answer that is shown beside what is wrong with it. Every check of a run can keep one.
pub const BESIDE: usize = 4 << 10;

/// The text, or its beginning and how much more there was. Secrets are looked for before it is cut: half a secret would not
/// be found any more.
pub fn excerpt(text: &str, most: usize, bindings: &Bindings) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let beginning = Redactor::of(bindings).beginning(text, most);
    format!("{beginning}\n... and {} bytes more", text.len() - text.floor_char_boundary(most))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::judge::bindings::Kind;

    #[test]
    fn a_text_is_cut_and_a_secret_at_the_cut_is_hidden_whole() {
        let mut bindings = Bindings::default();
        bindings.bind("alice.password", json!("hunter2hunter2"), Kind::Secret);
        assert_eq!(excerpt("hunter2hunter2", 20, &bindings), "hunter2hunter2", "what is shown whole is redacted later");
        let text = format!("{}hunter2hunter2{}", "a ".repeat(10), "b".repeat(100));
        assert_eq!(
            excerpt(&text, 25, &bindings),
            format!("{}<alice.password>\n... and 109 bytes more", "a ".repeat(10))
        );
        assert_eq!(excerpt("aé", 2, &bindings), "a\n... and 2 bytes more");
    }
}
