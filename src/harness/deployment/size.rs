//! Limits the size of responses.
//!
//! The cost of judging a response grows with its bytes and with the number of its JSON values:
//! `{},` is three bytes, and more than a hundred once it is parsed. Both are limited. The beginning
//! of a response that is too large is kept for reports.

use bytes::Bytes;
use http::Response;

/// The default maximum length of a response body, in bytes.
pub const DEFAULT: usize = 2 << 20;
/// JSON may have one value for each of this many bytes of the maximum length.
const BYTES_PER_VALUE: usize = 32;
/// The maximum depth of JSON; deeper values are not counted, because serde_json rejects them.
const MAX_DEPTH: usize = 128;
/// The number of bytes that are kept of a response that is too large.
const BEGINNING: usize = 16 << 10;

/// Marks a response that is too large, with the reason.
#[derive(Clone, Debug)]
pub struct TooLarge(pub String);

/// Marks a response that is larger than `most` bytes, and keeps only its beginning. Its body may be
/// a little longer than `most`.
pub fn limit(response: Response<Bytes>, most: usize) -> Response<Bytes> {
    let why = if response.body().len() > most {
        format!("the answer is longer than {most} bytes")
    } else if values(response.body()) > most / BYTES_PER_VALUE {
        format!("the answer is JSON of more than {} values", most / BYTES_PER_VALUE)
    } else {
        return response;
    };
    // A copy, because a slice would keep the whole body in memory.
    let mut response = response.map(|body| Bytes::copy_from_slice(body.get(..BEGINNING.min(most)).unwrap_or(&body)));
    let why = format!("{why}, the maximum; --max-answer changes it");
    response.extensions_mut().insert(TooLarge(why));
    response
}

/// Returns the maximum number of values in a JSON text; 0 if it is not a list or an object.
fn values(body: &[u8]) -> usize {
    if !matches!(body.trim_ascii_start().first(), Some(b'[' | b'{')) {
        return 0;
    }
    let (mut values, mut depth, mut in_text, mut escaped) = (1, 0_usize, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if in_text => {}
            b',' => values += 1,
            b'[' | b'{' if depth == MAX_DEPTH => break,
            b'[' | b'{' => (values, depth) = (values + 1, depth + 1),
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited(body: impl Into<Bytes>, most: usize) -> Option<(String, usize)> {
        let mut response = limit(Response::new(body.into()), most);
        let length = response.body().len();
        response.extensions_mut().remove::<TooLarge>().map(|TooLarge(why)| (why, length))
    }

    #[test]
    fn a_response_that_is_too_large_is_marked_and_cut() {
        assert_eq!(limited("a".repeat(640), 640), None);
        let (why, length) = limited("a".repeat(641), 640).unwrap();
        assert!(why.starts_with("the answer is longer than 640 bytes"), "{why}");
        assert_eq!(length, 640);
        assert_eq!(limited("a".repeat(BEGINNING * 3), BEGINNING * 2).unwrap().1, BEGINNING);
    }

    #[test]
    fn json_of_many_small_values_is_too_large_and_a_string_with_many_commas_is_not() {
        let most = 20 * BYTES_PER_VALUE;
        let list = |number: usize| format!("[{}0]", "{},".repeat(number));
        assert_eq!(limited(list(8), most), None);
        assert!(limited(list(12), most).unwrap().0.starts_with("the answer is JSON of more than 20 values"));
        assert_eq!(limited(format!("[\"{}\"]", "\\\",[{".repeat(40)), most), None);
        assert_eq!(limited(",[{".repeat(40), most), None);
        let nested = "[".repeat(100_000);
        assert_eq!(values(nested.as_bytes()), 1 + MAX_DEPTH);
        assert!(serde_json::from_str::<serde_json::Value>(&nested).unwrap_err().to_string().contains("recursion"));
    }
}
