//! Makes all bytes of an answer visible.

/// Decodes bytes as text. A byte that is not UTF-8 becomes an escape, `\x{ff}`, so that different
/// answers look different.
pub fn text(bytes: &[u8]) -> String {
    bytes.utf8_chunks().fold(String::with_capacity(bytes.len()), |mut text, chunk| {
        text.push_str(chunk.valid());
        chunk.invalid().iter().for_each(|byte| text.push_str(&format!("\\x{{{byte:02x}}}")));
        text
    })
}

/// Makes a text visible and safe in a file. Control characters become escapes, `\u{1b}`, and so
/// does a blank at the end of a line, which editors remove.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let ends_line = rest.peek().is_none_or(|next| *next == '\n');
        match c {
            '\n' => out.push(c),
            c if c.is_whitespace() && ends_line => out.extend(c.escape_unicode()),
            '\t' => out.push(c),
            c if c.is_control() => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}
