//! Parses the head of a request: the request line and the header fields.

use std::mem::MaybeUninit;

use bytes::{BufMut, BytesMut};
use http::header::{CONTENT_LENGTH, ORIGIN, TRANSFER_ENCODING};
use http::{Method, StatusCode, Uri};
use httparse::ParserConfig;
use percent_encoding::{AsciiSet, PercentEncode, percent_encode};

/// The maximum number of header fields, which is also the maximum of hyper.
const MAX_FIELDS: usize = 100;
/// The error detail for a connection on which the client speaks TLS.
pub const TLS_HINT: &str = "A client spoke TLS to this port; use http://.";
/// The maximum length of a target in `http::Uri`, in bytes.
const MAX_URI: usize = u16::MAX as usize - 1;

/// The first byte of a TLS connection. No HTTP request begins with it.
const TLS_HANDSHAKE: u8 = 22;

/// The bytes that `http::Uri` rejects in a path or a query and other servers accept.
const RAW: AsciiSet =
    AsciiSet::EMPTY.add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'|').add(b'}');

/// The result of reading a head.
#[derive(Debug, PartialEq, Eq)]
pub enum Head {
    /// The head is not complete yet.
    Incomplete,
    /// A complete head of this length, and the framing of its body.
    Whole(usize, BodyEnd),
    /// A head that hyper cannot read.
    Unreadable(UnreadableRequest),
}

/// The way to find the end of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyEnd {
    Sized(u64),
    Chunked,
}

/// A request that hyper cannot read, with its known parts.
#[derive(Debug, PartialEq, Eq)]
pub struct UnreadableRequest {
    pub status: StatusCode,
    /// The error detail.
    pub detail: String,
    /// The method; empty if unknown.
    pub method: String,
    /// The path and query; empty if unknown.
    pub target: String,
    /// Whether it has an `Origin` header.
    pub has_origin: bool,
}

/// Percent-encodes the bytes of a path or a query that `http::Uri` rejects.
pub fn escape(target: &[u8]) -> PercentEncode<'_> {
    percent_encode(target, &RAW)
}

/// Escapes the target in the request line at the beginning of the input.
///
/// Returns `false` if the line is not complete yet.
pub fn escape_request_line(input: &mut BytesMut) -> bool {
    let begin = input.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let Some(length) = input.iter().skip(begin).position(|byte| *byte == b'\n') else { return false };
    let Some(line) = input.get(begin..begin + length) else { return false };
    let is_raw = |byte: &u8| !byte.is_ascii() || matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{'..=b'}');
    if !line.iter().any(is_raw) {
        return true;
    }
    let spaces = (line.iter().position(|byte| *byte == b' '), line.iter().rposition(|byte| *byte == b' '));
    if let (Some(first), Some(last)) = spaces
        && let Some(target) = line.get(first + 1..last)
    {
        let mut escaped = BytesMut::with_capacity(input.len() + 2 * target.len());
        escaped.extend_from_slice(input.get(..begin + first + 1).unwrap_or_default());
        escape(target).for_each(|part| escaped.put_slice(part.as_bytes()));
        escaped.extend_from_slice(input.get(begin + last..).unwrap_or_default());
        *input = escaped;
    }
    true
}

/// Reads the head at the beginning of the input. A head may have up to `limit` bytes.
pub fn read(input: &[u8], limit: usize) -> Head {
    let mut fields = [MaybeUninit::uninit(); MAX_FIELDS];
    let mut request = httparse::Request::new(&mut []);
    let read = ParserConfig::default().parse_request_with_uninit_headers(&mut request, input, &mut fields);
    let too_long = format_args!("The request line and the header fields have more than {limit} bytes.");
    let result = match read {
        Ok(httparse::Status::Partial) if input.len() <= limit => return Head::Incomplete,
        Ok(httparse::Status::Complete(length)) if length <= limit => match check(&request) {
            Ok(body) => return Head::Whole(length, body),
            Err(wrong) => wrong,
        },
        Ok(_) => (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, too_long.to_string()),
        Err(_) if input.first() == Some(&TLS_HANDSHAKE) => (StatusCode::BAD_REQUEST, TLS_HINT.to_owned()),
        Err(error) => misread(error),
    };
    let (status, detail) = result;
    let has_origin = request.headers.iter().any(|field| field.name.eq_ignore_ascii_case(ORIGIN.as_str()));
    let [method, target] = [request.method, request.path].map(|part| part.unwrap_or_default().to_owned());
    Head::Unreadable(UnreadableRequest { status, detail, method, target, has_origin })
}

fn misread(error: httparse::Error) -> (StatusCode, String) {
    let detail = match error {
        httparse::Error::TooManyHeaders => {
            let detail = format!("The request has more than {MAX_FIELDS} header fields.");
            return (StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, detail);
        }
        httparse::Error::Version => "The version of HTTP is not 1.0 or 1.1.",
        httparse::Error::HeaderName | httparse::Error::HeaderValue => "A header field is not valid.",
        _ => "The request line is not valid.",
    };
    (StatusCode::BAD_REQUEST, detail.to_owned())
}

/// Rejects heads that hyper cannot read, and returns how to find the end of the body.
fn check(request: &httparse::Request<'_, '_>) -> Result<BodyEnd, (StatusCode, String)> {
    let wrong = |detail: &str| (StatusCode::BAD_REQUEST, detail.to_owned());
    let target = request.path.unwrap_or_default();
    if target.len() > MAX_URI {
        let detail = format!("The path and the query have more than {MAX_URI} bytes.");
        return Err((StatusCode::URI_TOO_LONG, detail));
    }
    Method::from_bytes(request.method.unwrap_or_default().as_bytes()).map_err(|_| wrong("The method is not valid."))?;
    Uri::try_from(target).map_err(|_| wrong("The path or the query is not valid."))?;
    let fields = |name: http::HeaderName| {
        request
            .headers
            .iter()
            .filter(move |field| field.name.eq_ignore_ascii_case(name.as_str()))
            .map(|field| field.value)
    };
    if let Some(codings) = fields(TRANSFER_ENCODING).last() {
        let last = codings.rsplit(|byte| *byte == b',').next().unwrap_or_default().trim_ascii();
        let is_known = request.version == Some(1) && last.eq_ignore_ascii_case(b"chunked");
        return is_known.then_some(BodyEnd::Chunked).ok_or_else(|| wrong("The Transfer-Encoding is not chunked."));
    }
    let mut lengths = fields(CONTENT_LENGTH).map(|text| {
        let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        // hyper reserves the two highest numbers.
        text.parse::<u64>().ok().filter(|length| *length < u64::MAX - 1)
    });
    let Some(first) = lengths.next() else { return Ok(BodyEnd::Sized(0)) };
    let length = first.filter(|_| lengths.all(|other| other == first));
    length.map(BodyEnd::Sized).ok_or_else(|| wrong("The Content-Length is not one number."))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("GET /a HTTP/1.1\r\nX: {\r\n", "GET /a HTTP/1.1\r\nX: {\r\n")]
    #[case("GET /a_b?c=%7B HTTP/1.1\r\n", "GET /a_b?c=%7B HTTP/1.1\r\n")]
    #[case("GET /{a}?\"<>|^\\` HTTP/1.1\r\n{", "GET /%7Ba%7D?%22%3C%3E%7C%5E%5C%60 HTTP/1.1\r\n{")]
    #[case("\r\nGET /é HTTP/1.1\n", "\r\nGET /%C3%A9 HTTP/1.1\n")]
    fn the_target_alone_is_escaped(#[case] sent: &str, #[case] read: &str) {
        let mut input = BytesMut::from(sent);
        assert!(escape_request_line(&mut input));
        assert_eq!(input, read);
    }

    #[test]
    fn bytes_outside_ascii_are_escaped() {
        let mut input = BytesMut::from(&b"GET /\xff HTTP/1.1\r\n"[..]);
        assert!(escape_request_line(&mut input));
        assert_eq!(input, "GET /%FF HTTP/1.1\r\n");
        assert!(!escape_request_line(&mut BytesMut::from("GET /{ HTTP/1.1")), "the line has no end yet");
    }

    #[rstest]
    #[case("", BodyEnd::Sized(0))]
    #[case("Content-Length: 7\r\n", BodyEnd::Sized(7))]
    #[case("Content-Length: 7\r\ncontent-length: 7\r\n", BodyEnd::Sized(7))]
    #[case("Transfer-Encoding: gzip, Chunked\r\n", BodyEnd::Chunked)]
    #[case("Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", BodyEnd::Chunked)]
    fn the_headers_determine_the_end_of_the_body(#[case] fields: &str, #[case] body: BodyEnd) {
        let head = format!("POST / HTTP/1.1\r\n{fields}\r\n");
        assert_eq!(read(format!("{head}more").as_bytes(), 1000), Head::Whole(head.len(), body));
    }

    #[rstest]
    #[case("GET", "/", "Content-Length: x\r\n", 400)]
    #[case("GET", "/", "Content-Length: +1\r\n", 400)]
    #[case("GET", "/", "Content-Length: 1\r\nContent-Length: 2\r\n", 400)]
    #[case("GET", "/", "Content-Length: 18446744073709551615\r\n", 400)]
    #[case("GET", "/", "Transfer-Encoding: gzip\r\n", 400)]
    #[case("GET", "nowhere/", "", 400)]
    #[case("GET", "http://a b/", "", 400)]
    #[case("G{T", "/", "", 400)]
    #[case("GET", "/", "X X: 1\r\n", 400)]
    #[case("GET", "/", "X: \x01\r\n", 400)]
    fn unreadable_heads_are_rejected(
        #[case] method: &str,
        #[case] target: &str,
        #[case] fields: &str,
        #[case] status: u16,
    ) {
        let head = read(format!("{method} {target} HTTP/1.1\r\n{fields}\r\n").as_bytes(), 1000);
        assert!(matches!(&head, Head::Unreadable(unreadable) if unreadable.status == status), "{head:?}");
    }

    #[test]
    fn an_unreadable_request_keeps_its_method_target_and_origin() {
        let head = read(b"PUT /a?b HTTP/1.1\r\nOrigin: x\r\nContent-Length: x\r\n\r\n", 1000);
        let Head::Unreadable(unreadable) = head else { panic!("{head:?}") };
        assert_eq!(
            (unreadable.method.as_str(), unreadable.target.as_str(), unreadable.has_origin),
            ("PUT", "/a?b", true)
        );
    }
}
