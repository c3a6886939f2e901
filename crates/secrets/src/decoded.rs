//! Decodes a text in every way in which it may encode a secret: plain, without escapes, from
//! base64, from hexadecimal digits, without separators. Each decoded byte knows its place in the
//! text.
//!
//! Each decoded text is searched once for all secrets. It does not matter how much of a secret is
//! escaped, or where it begins in a run of base64.

use std::ops::Range;

/// The maximum number of nested escapes to undo: `%2520` is a blank that was escaped twice.
const MOST_ESCAPES: usize = 3;
/// The minimum lengths of runs of base64 and of hexadecimal digits: four bytes.
const BASE64_RUN: usize = 6;
const HEX_RUN: usize = 8;
/// The separator between decoded runs.
pub const GAP: u8 = 0;

/// A text, decoded in one way.
pub struct Decoded {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// The place of each byte in the text; `None` for the text itself.
    from: Option<Vec<(u32, u32)>>,
}

impl Decoded {
    /// Returns the text itself.
    pub fn plain(text: &[u8]) -> Decoded {
        Decoded { bytes: text.to_vec(), from: None }
    }

    /// Decodes a text in every way, the text itself first. The text must be shorter than 4 GiB.
    pub fn all(text: &[u8]) -> Vec<Decoded> {
        let mut forms = Decoded::plain(text).unescaped();
        let decoded = forms.iter().flat_map(Decoded::decoded).collect::<Vec<_>>();
        forms.extend(decoded.into_iter().flat_map(Decoded::unescaped));
        // HTML forms encode a blank as `+`, before any other escape.
        if text.contains(&b'+') {
            let blanks = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            forms.extend(Decoded { bytes: blanks, from: None }.unescaped());
        }
        forms
    }

    /// Removes the separators between groups of digits.
    pub fn squeezed(text: &[u8]) -> Decoded {
        let mut squeezed = Decoded::empty();
        for (at, byte) in text.iter().enumerate() {
            if !matches!(byte, b'-' | b':' | b'.' | b'_' | b',') && !byte.is_ascii_whitespace() {
                squeezed.push(*byte, at..at + 1);
            }
        }
        squeezed
    }

    /// Returns the place in the text of a part of this form.
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        let Some(from) = &self.from else { return part };
        let of = |at: usize| from.get(at).copied().unwrap_or_default();
        of(part.start).0 as usize..of(part.end.saturating_sub(1)).1 as usize
    }

    fn empty() -> Decoded {
        Decoded { bytes: Vec::new(), from: Some(Vec::new()) }
    }

    /// Adds a byte with its place in the text.
    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        if let Some(from) = &mut self.from {
            from.push((place.start as u32, place.end as u32));
        }
    }

    /// Returns this form, and the forms with one or more levels of escapes undone.
    fn unescaped(self) -> Vec<Decoded> {
        let mut forms = vec![self];
        for _ in 0..MOST_ESCAPES {
            match forms.last().and_then(Decoded::undo_escapes) {
                Some(form) => forms.push(form),
                None => break,
            }
        }
        forms
    }

    /// Undoes the escapes of URLs, JSON, shells and HTML; returns `None` if there are none.
    fn undo_escapes(&self) -> Option<Decoded> {
        if !self.bytes.iter().any(|byte| matches!(byte, b'%' | b'\\' | b'&')) {
            return None;
        }
        let mut undone = Decoded::empty();
        let mut any = false;
        let mut at = 0;
        while let Some(rest) = self.bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let escape = escape(rest);
            any |= escape.is_some();
            let (c, length) = escape.unwrap_or((Escaped::Byte(rest.first().copied().unwrap_or_default()), 1));
            let place = self.place(at..at + length);
            match c {
                Escaped::Byte(byte) => undone.push(byte, place),
                Escaped::Char(c) => {
                    let mut utf8 = [0; 4];
                    c.encode_utf8(&mut utf8).bytes().for_each(|byte| undone.push(byte, place.clone()));
                }
            }
            at += length;
        }
        any.then_some(undone)
    }

    /// Decodes the runs of base64 and of hexadecimal digits, from each possible first character,
    /// because the start of the encoded text in a run is unknown.
    fn decoded(&self) -> Vec<Decoded> {
        let mut forms = Vec::new();
        let runs = self.runs(BASE64_RUN, |byte| sextet(byte).is_some());
        for skip in if runs.is_empty() { 0..0 } else { 0..4 } {
            let mut form = Decoded::empty();
            for run in &runs {
                let start = run.start + skip;
                for (group, characters) in self.bytes.get(start..run.end).unwrap_or_default().chunks(4).enumerate() {
                    let group = start + 4 * group;
                    for (at, pair) in characters.windows(2).enumerate() {
                        let [Some(left), Some(right)] = [0, 1].map(|place| pair.get(place).copied().and_then(sextet))
                        else {
                            continue;
                        };
                        let byte = left << (2 * at + 2) | right >> (4 - 2 * at);
                        form.push(byte, self.place(group + at..group + at + 2));
                    }
                }
                form.push(GAP, self.place(run.end - 1..run.end));
            }
            forms.push(form);
        }
        let runs = self.runs(HEX_RUN, |byte| byte.is_ascii_hexdigit());
        for skip in if runs.is_empty() { 0..0 } else { 0..2 } {
            let mut form = Decoded::empty();
            for run in &runs {
                let start = run.start + skip;
                for (number, digits) in self.bytes.get(start..run.end).unwrap_or_default().chunks_exact(2).enumerate() {
                    let at = start + 2 * number;
                    form.push(number_of(digits).unwrap_or_default() as u8, self.place(at..at + 2));
                }
                form.push(GAP, self.place(run.end - 1..run.end));
            }
            forms.push(form);
        }
        forms
    }

    /// Returns the runs of at least `shortest` bytes of a kind.
    fn runs(&self, shortest: usize, is: impl Fn(u8) -> bool) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut start = 0;
        for (at, byte) in self.bytes.iter().copied().chain([GAP]).enumerate() {
            if !is(byte) {
                if at - start >= shortest {
                    runs.push(start..at);
                }
                start = at + 1;
            }
        }
        runs
    }
}

enum Escaped {
    Byte(u8),
    Char(char),
}

/// Returns the character of the escape at the beginning of a text, and the length of the escape.
fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text {
        [b'%', high, low, ..] => Some((Escaped::Byte(number_of(&[*high, *low])? as u8), 3)),
        [b'\\', b'x' | b'X', high, low, ..] => Some((Escaped::Byte(number_of(&[*high, *low])? as u8), 4)),
        [b'\\', b'u' | b'U', rest @ ..] => {
            let unit = number_of(rest.get(..4)?)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((Escaped::Char(c), 6));
            }
            // A character beyond U+FFFF is a pair of escapes.
            let [b'\\', b'u' | b'U', rest @ ..] = rest.get(4..)? else { return None };
            let pair = [unit as u16, number_of(rest.get(..4)?)? as u16];
            let c = char::decode_utf16(pair).next()?.ok()?;
            Some((Escaped::Char(c), 12))
        }
        [b'\\', c, ..] => {
            let c = match c {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'"' | b'\'' | b'\\' | b'/' | b'$' | b'`' => *c,
                _ => return None,
            };
            Some((Escaped::Byte(c), 2))
        }
        [b'&', rest @ ..] => {
            let name = rest.iter().take(9).position(|byte| *byte == b';').and_then(|end| rest.get(..end))?;
            let c = match name.to_ascii_lowercase().as_slice() {
                b"quot" => '"',
                b"apos" => '\'',
                b"amp" => '&',
                b"lt" => '<',
                b"gt" => '>',
                [b'#', b'x', digits @ ..] => char::from_u32(number_of(digits)?)?,
                [b'#', digits @ ..] => char::from_u32(std::str::from_utf8(digits).ok()?.parse().ok()?)?,
                _ => return None,
            };
            Some((Escaped::Char(c), name.len() + 2))
        }
        _ => None,
    }
}

/// Parses up to eight hexadecimal digits.
fn number_of(digits: &[u8]) -> Option<u32> {
    let digit = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
    if digits.is_empty() || digits.len() > 8 { None } else { digits.iter().try_fold(0, digit) }
}

/// Returns the value of a base64 character, in the alphabet of mail or of URLs.
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}
