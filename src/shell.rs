//! Quotes words for a shell.

use syncano_simulator::visible::is_hidden;

/// Returns a text as one word, quoted if necessary. Hidden characters become escapes, which bash,
/// zsh and ksh read.
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if !text.contains(is_hidden) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = String::from("$'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => word.extend(['\\', c]),
            c if is_hidden(c) => word.push_str(&octal(c)),
            c => word.push(c),
        }
    }
    word.push('\'');
    word
}

/// Escapes the bytes of a character for `printf` and `$'...'`: `\342\200\256`.
pub fn octal(c: char) -> String {
    c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("\\{byte:03o}")).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("https://api.example.com:8443/a%20b", "https://api.example.com:8443/a%20b")]
    #[case("", "''")]
    #[case("it's; rm -rf ~ $(x) `y` \"z\"", r#"'it'\''s; rm -rf ~ $(x) `y` "z"'"#)]
    #[case("a\n\u{1b}[2J'\\\u{202e}1", r"$'a\012\033[2J\'\\\342\200\2561'")]
    fn a_quoted_word_is_one_word(#[case] text: &str, #[case] quoted: &str) {
        assert_eq!(word(text), quoted);
    }

    #[cfg(unix)]
    #[test]
    fn bash_reads_back_what_was_quoted() {
        let text = "a b'c\\d\n\u{1b}\u{202e}2$e`f`\"g\"*?~#&;|<>(){}[]!";
        let script = format!("printf %s {}", word(text));
        match std::process::Command::new("bash").args(["-c", &script]).output() {
            Ok(output) => assert_eq!(String::from_utf8(output.stdout).unwrap(), text),
            Err(_) => println!("skipped: bash is not here"),
        }
    }
}
