//! Measures polls that wait: the memory of each, and how long a message takes to reach all of them.
//! The server is a process of its own. `cargo bench --bench polls [-- NUMBER_OF_POLLS]`; each poll
//! needs a connection, so `ulimit -n` must be higher.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a benchmark ends with its first error")]

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const POLLS: usize = 10_000;
const MESSAGE: &str = r#"{"room":"lobby","payload":{"text":"hello"}}"#;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let polls = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(POLLS);
    let server = Server::start();
    // The first requests take memory once, for all.
    server.publish().await;
    let before = server.memory();
    let mut streams = Vec::new();
    for _ in 0..polls {
        streams.push(server.connect().await);
    }
    let connected = server.settled_memory().await;
    let mut waiting = JoinSet::new();
    for mut stream in streams {
        server.ask(&mut stream, "GET", "poll/?room=lobby&last_id=1", "").await;
        waiting.spawn(async move {
            let answer = whole(stream).await;
            if answer.contains("hello") { Ok(Instant::now()) } else { Err(answer) }
        });
    }
    let polling = server.settled_memory().await;
    let each = |more: u64, less: u64| more.saturating_sub(less) as f64 / polls as f64;
    println!("{polls} connections: {:.1} KiB each", each(connected, before));
    println!("a poll waits on each: {:.1} KiB more each", each(polling, connected));

    let begun = Instant::now();
    server.publish().await;
    let published = begun.elapsed();
    let heard = waiting.join_all().await.into_iter().collect::<Result<Vec<_>, _>>();
    let mut heard = heard.expect("each poll hears the message");
    heard.sort();
    let after = |part: usize| heard.get(part).map_or(Duration::ZERO, |heard| heard.duration_since(begun));
    println!("the answer to the message: after {published:.0?}");
    println!("half of the polls have it: after {:.0?}; all: after {:.0?}", after(polls / 2), after(polls - 1));
}

/// The server's process, killed at the end.
struct Server {
    process: Child,
    address: String,
    key: String,
    instance: String,
}

impl Server {
    fn start() -> Server {
        let mut program = Command::new(env!("CARGO_BIN_EXE_syncano-conformance"));
        program.args(["serve", "--listen", "127.0.0.1:0", "--max-connections", "100000"]);
        let mut process = program.stdout(Stdio::piped()).spawn().expect("a process");
        let mut line = String::new();
        let output = process.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let ready: Value = serde_json::from_str(&line).expect("what serve prints");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let address = text(&ready["url"]).replace("http://", "");
        let (key, instance) = (text(&ready["account"]["account_key"]), text(&ready["instance"]));
        Server { process, address, key, instance }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).await.expect("a connection")
    }

    /// Sends the only request of a connection, on the channel `default`.
    async fn ask(&self, stream: &mut TcpStream, method: &str, path: &str, body: &str) {
        let head = format!(
            "{method} /v1.1/instances/{}/channels/default/{path} HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            self.instance,
            self.key,
            body.len()
        );
        stream.write_all((head + body).as_bytes()).await.expect("a sent request");
    }

    async fn publish(&self) {
        let mut stream = self.connect().await;
        self.ask(&mut stream, "POST", "publish/", MESSAGE).await;
        let answer = whole(stream).await;
        assert!(answer.starts_with("HTTP/1.1 201 "), "{answer}");
    }

    /// The memory after the server has read everything that was sent.
    async fn settled_memory(&self) -> u64 {
        let mut last = self.memory();
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            match self.memory() {
                memory if memory == last => return memory,
                memory => last = memory,
            }
        }
    }

    /// The memory of the process, in KiB. The kernel's memory for connections is not in it.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a Linux system");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a figure");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads an answer to its end.
async fn whole(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    answer
}
