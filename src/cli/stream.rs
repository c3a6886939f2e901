//! Standard output and standard error. Everything that the program prints passes through here,
//! except scripts and its own workflow commands.
//!
//! Hidden characters beyond ASCII are written as escapes. In a job of GitHub Actions no line looks
//! like a workflow command: much of the output comes from a deployment, and the runner would
//! execute the command.

#![allow(clippy::disallowed_methods, reason = "nothing else may call them")]

use std::env;
use std::io::{self, IsTerminal, Write};
use std::str;

use anstream::AutoStream;
use syncano_simulator::visible;

/// A stream for people, without colours if it is not a terminal.
pub type Stream = AutoStream<Box<dyn Write + Send>>;

/// Returns standard output.
pub fn stdout() -> Stream {
    let choice = AutoStream::choice(&io::stdout());
    AutoStream::new(Box::new(Guard::new(io::stdout())), choice)
}

/// Returns standard error.
pub fn stderr() -> Stream {
    let choice = AutoStream::choice(&io::stderr());
    AutoStream::new(Box::new(Guard::new(io::stderr())), choice)
}

/// Returns standard output for text that other programs read: scripts, and intended workflow
/// commands.
pub fn raw_stdout() -> io::Stdout {
    io::stdout()
}

/// Returns whether standard error is a terminal.
pub fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Neutralises the written text. It holds back only the beginning of a character.
struct Guard<W> {
    out: W,
    /// Whether a runner would execute workflow commands.
    in_workflow: bool,
    /// Whether the line has only white space so far.
    at_start: bool,
    /// The two characters before.
    before: [char; 2],
    /// The beginning of a character that is not complete yet.
    partial: Vec<u8>,
}

impl<W: Write> Guard<W> {
    fn new(out: W) -> Guard<W> {
        let in_workflow = env::var("GITHUB_ACTIONS").is_ok_and(|value| !value.is_empty() && value != "false");
        Guard { out, in_workflow, at_start: true, before: ['\n'; 2], partial: Vec::new() }
    }

    fn shown(&mut self, text: &str) -> String {
        let mut shown = String::with_capacity(text.len());
        for c in text.chars() {
            // The runner recognises `::` at the beginning of a line, after white space, and `##[`
            // anywhere.
            let begins_command =
                c == ':' && self.at_start && self.before[1] == ':' || c == '[' && self.before == ['#'; 2];
            if begins_command && self.in_workflow {
                shown.push(' ');
            }
            if c.is_ascii() || !visible::is_hidden(c) {
                shown.push(c)
            } else {
                shown.extend(c.escape_unicode())
            }
            self.at_start = match c {
                '\n' | '\r' => true,
                // A second colon ends the beginning of the line.
                ':' => self.at_start && self.before[1] != ':',
                c => self.at_start && c.is_whitespace(),
            };
            self.before = [self.before[1], c];
        }
        shown
    }
}

impl<W: Write> Write for Guard<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut all = std::mem::take(&mut self.partial);
        all.extend_from_slice(bytes);
        let mut shown = String::with_capacity(all.len());
        for chunk in all.utf8_chunks() {
            shown.push_str(&self.shown(chunk.valid()));
            let invalid = chunk.invalid();
            let is_partial =
                all.ends_with(invalid) && str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
            match invalid {
                [] => {}
                _ if is_partial => self.partial = invalid.to_vec(),
                _ => shown.push(char::REPLACEMENT_CHARACTER),
            }
        }
        self.out.write_all(shown.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn guarded(in_workflow: bool, parts: &[&[u8]]) -> String {
        let mut guard = Guard { in_workflow, ..Guard::new(Vec::new()) };
        parts.iter().for_each(|part| guard.write_all(part).unwrap());
        String::from_utf8(guard.out).unwrap()
    }

    #[rstest]
    #[case::at_the_start("::error::x", ": :error::x")]
    #[case::after_spaces("  \t::add-mask::x\n", "  \t: :add-mask::x\n")]
    #[case::after_other_white_space("\u{3000}\u{a0}::error::x", "\u{3000}\u{a0}: :error::x")]
    #[case::in_a_further_line("a\n    ::error::x\nb\r::warning::y", "a\n    : :error::x\nb\r: :warning::y")]
    #[case::of_the_old_form("+ a ##[group]b ##[add-mask]c", "+ a ## [group]b ## [add-mask]c")]
    #[case::with_more_signs("###[error]", "### [error]")]
    #[case::with_more_colons(":::error::x", ": ::error::x")]
    #[case::not_commands("a::b, : ::c, [x] #[y] ## [z]", "a::b, : ::c, [x] #[y] ## [z]")]
    fn no_line_is_a_workflow_command(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(guarded(true, &[text.as_bytes()]), shown);
        let apart = text.as_bytes().chunks(1).collect::<Vec<_>>();
        assert_eq!(guarded(true, &apart), shown, "written byte by byte");
        assert_eq!(guarded(false, &[text.as_bytes()]), text, "outside of a job it stays");
    }

    #[test]
    fn invisible_characters_are_escaped_and_colours_stay() {
        let text = "\u{1b}[1ma\u{202e}b\u{2028}c\u{9b}d\u{1b}[0m ü 漢".as_bytes();
        let shown = "\u{1b}[1ma\\u{202e}b\\u{2028}c\\u{9b}d\u{1b}[0m ü 漢";
        assert_eq!(guarded(false, &[text]), shown);
        assert_eq!(guarded(false, &text.chunks(1).collect::<Vec<_>>()), shown);
        assert_eq!(guarded(false, &[b"a\xffb\xe2\x80"]), "a\u{fffd}b");
    }
}
