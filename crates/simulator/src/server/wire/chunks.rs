//! Finds the end of a chunked body.

/// The position of the next byte in a chunked body.
pub enum Chunks {
    /// The beginning of a line with the size of a chunk.
    Size,
    /// Inside a chunk, with this number of bytes left, including the line break after it.
    Data(u64),
    /// The beginning of a line after the last chunk.
    Trailer,
}

/// A part of a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub struct ChunkedPart {
    pub length: usize,
    /// Whether the body ends with this part.
    pub is_last: bool,
}

impl Chunks {
    /// Returns the part of the input that certainly belongs to the body, or `None` if the input is
    /// not valid chunked encoding.
    pub fn follow(&mut self, input: &[u8]) -> Option<ChunkedPart> {
        let mut rest = input;
        loop {
            match self {
                Chunks::Data(left) => {
                    let length = usize::try_from(*left).map_or(rest.len(), |left| left.min(rest.len()));
                    *left -= length as u64;
                    rest = rest.get(length..)?;
                    if *left > 0 {
                        break;
                    }
                    *self = Chunks::Size;
                }
                Chunks::Size => {
                    let Some((line, after)) = line(rest) else { break };
                    *self = match size(line)? {
                        0 => Chunks::Trailer,
                        size => Chunks::Data(size.checked_add(2)?),
                    };
                    rest = after;
                }
                Chunks::Trailer => {
                    let Some((line, after)) = line(rest) else { break };
                    rest = after;
                    if line.trim_ascii().is_empty() {
                        return Some(ChunkedPart { length: input.len() - rest.len(), is_last: true });
                    }
                }
            }
        }
        Some(ChunkedPart { length: input.len() - rest.len(), is_last: false })
    }
}

fn line(input: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = input.iter().position(|byte| *byte == b'\n')?;
    input.split_at_checked(end + 1)
}

fn size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|byte| *byte == b';').next()?.trim_ascii();
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const NEXT: &[u8] = b"GET / HTTP/1.1\r\n\r\n";

    #[rstest]
    #[case("0\r\n\r\n")]
    #[case("5\r\nhello\r\n0\r\n\r\n")]
    #[case("5;name=value\r\nhello\r\nA \r\n0123456789\r\n000\r\nX-After: 1\r\n\r\n")]
    fn a_chunked_body_ends_at_the_same_byte_however_it_arrives(#[case] body: &str) {
        let sent = [body.as_bytes(), NEXT].concat();
        for step in 1..=sent.len() {
            let (mut chunks, mut passed, mut seen) = (Chunks::Size, 0, 0);
            loop {
                seen = (seen + step).min(sent.len());
                let part = chunks.follow(&sent[passed..seen]).unwrap();
                passed += part.length;
                if part.is_last {
                    break;
                }
                assert!(seen < sent.len(), "it has no end in steps of {step}");
            }
            assert_eq!(passed, body.len(), "in steps of {step}");
        }
    }

    #[rstest]
    #[case("\r\n")]
    #[case("+5\r\n")]
    #[case("x\r\n")]
    #[case("ffffffffffffffff\r\n")]
    #[case("11111111111111111\r\n")]
    fn an_invalid_chunk_size_is_rejected(#[case] line: &str) {
        assert_eq!(Chunks::Size.follow(line.as_bytes()), None);
    }
}
