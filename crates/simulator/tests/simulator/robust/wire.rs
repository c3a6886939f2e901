//! Random bytes on a socket: answers are HTTP, and the next client is served.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use proptest::prelude::*;
use syncano_simulator::Simulator;
use syncano_simulator::server::{Listener, ServerLimits};

use super::times;

/// Much longer than any test takes; a hanging connection fails.
const PATIENCE: Duration = Duration::from_secs(20);

const GOOD: &[u8] = b"GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n";

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let line = prop_oneof![
        "(GET|POST|HEAD|PUT|FOO|get|) /(v1\\.1/)?[!-~]{0,20} HTTP/1\\.[01]\r\n",
        "(GET|POST) [ -~]{0,20}(\r\n|\n|)",
        "(Host|Content-Length|Transfer-Encoding|Connection|Expect|Upgrade|X-API-KEY): (chunked|close|5|-1|99999999999999999999|100-continue|[ -~]{0,10})\r\n",
        "[!-~]{0,10}:[ -~]{0,10}\r\n",
        "\r\n",
        "[0-9a-f]{1,17}\r\n[ -~]{0,10}\r\n",
        ".{0,20}",
    ];
    prop_oneof![
        6 => prop::collection::vec(line, 0..12).prop_map(|lines| lines.concat().into_bytes()),
        1 => prop::collection::vec(any::<u8>(), 0..300),
    ]
}

/// Sends the bytes and returns everything that comes back until the connection closes.
fn answer(address: SocketAddr, sent: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut answer = Vec::new();
    // The server may have closed the connection before it read everything; then the rest cannot be
    // sent.
    let closed_early = stream.write_all(sent).and_then(|()| stream.shutdown(Shutdown::Write)).is_err();
    match stream.read_to_end(&mut answer) {
        Err(error) if !closed_early && error.kind() != std::io::ErrorKind::ConnectionReset => Err(error),
        _ => Ok(answer),
    }
}

#[test]
fn random_bytes_get_an_http_answer_or_none() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    // The server must not wait for a client that closed its side in the middle of a request.
    let limits = ServerLimits { silence: PATIENCE / 2, ..ServerLimits::default() };
    let running = runtime.block_on(async {
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a socket");
        listener.limits(limits).spawn(Simulator::builder().build())
    });
    let address: SocketAddr = running.url().trim_start_matches("http://").parse().expect("an address");
    proptest!(times(1), |(sent in bytes())| {
        let answer = answer(address, &sent).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert!(answer.is_empty() || answer.starts_with(b"HTTP/1."), "{}", String::from_utf8_lossy(&answer));
        prop_assert!(!answer.windows(13).any(|part| part.starts_with(b"HTTP/1.1 5") && part.ends_with(b" ")));
    });
    assert!(answer(address, GOOD).expect("an answer").starts_with(b"HTTP/1.1 200"));
    runtime.block_on(running.stop());
}
