//! Decodes a text in every way in which a secret may be encoded in it: as it is, with its escapes undone, from base64, from
//! hexadecimal digits, without separators. Each decoded byte knows its place in the text.
//!
//! So secrets are looked for once in each decoded text, however many there are, and it does not matter how much of one is
//! escaped, or where in a longer piece of base64 it begins.

use std::ops::Range;

/// The maximum number of times that escapes are undone: `%2520` is a blank that was escaped twice.
const MOST_ESCAPES: usize = 3;
/// The shortest runs that are taken for base64 and for hexadecimal digits: four bytes.
const BASE64_RUN: usize = 6;
const HEX_RUN: usize = 8;
/// Stands between what came out of two runs.
pub const GAP: u8 = 0;

/// A text, decoded in one way.
pub struct Decoded {
    /// The decoded bytes.
    pub bytes: Vec<u8>,
    /// The place in the text of each byte; nothing for the text itself.
    from: Option<Vec<(u32, u32)>>,
}

impl Decoded {
    /// The text itself.
    pub fn plain(text: &[u8]) -> Decoded {
        Decoded { bytes: text.to_vec(), from: None }
    }

    /// Decodes a text in every way, the text itself first. It has to be shorter than 4 GiB.
    pub fn all(text: &[u8]) -> Vec<Decoded> {
        let mut forms = Decoded::plain(text).unescaped();
        let decoded = forms.iter().flat_map(Decoded::decoded).collect::<Vec<_>>();
        forms.extend(decoded.into_iter().flat_map(Decoded::unescaped));
        // In a form of HTML a blank is written so, before anything else is escaped.
        if text.contains(&b'+') {
            let blanks = text.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
            forms.extend(Decoded { bytes: blanks, from: None }.unescaped());
        }
        forms
    }

    /// Without what separates groups of digits.
    pub fn squeezed(text: &[u8]) -> Decoded {
        let mut squeezed = Decoded::empty();
        for (at, byte) in text.iter().enumerate() {
            if !matches!(byte, b'-' | b':' | b'.' | b'_' | b',') && !byte.is_ascii_whitespace() {
                squeezed.push(*byte, at..at + 1);
            }
        }
        squeezed
    }

    /// The place in the text from which a part of this form comes.
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        let Some(from) = &self.from else { return part };
        let of = |at: usize| from.get(at).copied().unwrap_or_default();
        of(part.start).0 as usize..of(part.end.saturating_sub(1)).1 as usize
    }

    fn empty() -> Decoded {
        Decoded { bytes: Vec::new(), from: Some(Vec::new()) }
    }

    /// Adds a byte that comes from this place in the text.
    fn push(&mut self, byte: u8, place: Range<usize>) {
        self.bytes.push(byte);
        if let Some(from) = &mut self.from {
            from.push((place.start as u32, place.end as u32));
        }
    }

    /// This form, and it with its escapes undone, once and again.
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

    /// With the escapes of URLs, JSON, shells and HTML undone; nothing where there are none.
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

    /// What comes out of the runs of base64 and of hexadecimal digits, read from their first character, their second, and so
    /// on: nobody knows where in a run something begins.
    fn decoded(&self) -> Vec<Decoded> {
        let mut forms = Vec::new();
        let runs = self.runs(BASE64_RUN, |byte| sextet(byte).is_some());
        for skip in if runs.is_empty() { 0..0 } else { 0..4 } {
            let mut form = Decoded::empty();
            for run in &runs {
                let start = run.start + skip;
                for (group, characters) in self.bytes.get(start..run.end).unwrap_or_default().chunks(4).enumerate() {
                    let group = start + 4 * group;
                    let sextets = characters.iter().filter_map(|byte| sextet(*byte)).collect::<Vec<_>>();
                    for (at, pair) in sextets.windows(2).enumerate() {
                        let [left, right] = *pair else { continue };
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

    /// Where so many bytes of a kind stand one after the other.
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

/// What the escape at the beginning stands for, and how long it is.
fn escape(text: &[u8]) -> Option<(Escaped, usize)> {
    match text {
        [b'%', high, low, ..] => Some((Escaped::Byte(number_of(&[*high, *low])? as u8), 3)),
        [b'\\', b'x' | b'X', high, low, ..] => Some((Escaped::Byte(number_of(&[*high, *low])? as u8), 4)),
        [b'\\', b'u' | b'U', rest @ ..] => {
            let unit = number_of(rest.get(..4)?)?;
            if let Some(c) = char::from_u32(unit) {
                return Some((Escaped::Char(c), 6));
            }
            // A character beyond the first 65 536 is written as two.
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

/// The number that up to eight hexadecimal digits write.
fn number_of(digits: &[u8]) -> Option<u32> {
    let digit = |number: u32, digit: &u8| Some(number << 4 | char::from(*digit).to_digit(16)?);
    if digits.is_empty() || digits.len() > 8 { None } else { digits.iter().try_fold(0, digit) }
}

/// What a character of base64 stands for, in the alphabet of mail or that of URLs.
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
