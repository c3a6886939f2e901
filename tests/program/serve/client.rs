//! A raw HTTP client for tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use super::{PATIENCE, address};

/// A client connection with control over every byte.
pub struct RawClient(BufReader<TcpStream>);

impl RawClient {
    pub fn connect(url: &str) -> RawClient {
        let stream = TcpStream::connect(address(url)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        RawClient(BufReader::new(stream))
    }

    /// Sends the head of a request with a two-byte body, and waits until the server asks for the
    /// body.
    pub fn begin_request(url: &str) -> RawClient {
        let mut client = RawClient::connect(url);
        client.send("POST /v1.1/account/auth/ HTTP/1.1\r\nHost: simulator\r\nContent-Type: application/json\r\n");
        client.send("Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
        assert_eq!(client.answer().status, 100);
        client
    }

    pub fn send(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    pub fn try_send(&mut self, text: &str) -> std::io::Result<()> {
        self.0.get_mut().set_write_timeout(Some(PATIENCE))?;
        match self.0.get_mut().write_all(text.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => panic!("it hangs"),
            sent => sent,
        }
    }

    pub fn has_nothing_to_read(&mut self) -> bool {
        self.0.get_mut().set_nonblocking(true).unwrap();
        let read = self.0.get_mut().peek(&mut [0]);
        self.0.get_mut().set_nonblocking(false).unwrap();
        read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    pub fn close_sending(&mut self) {
        self.0.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    }

    pub fn answer(&mut self) -> RawAnswer {
        let status_line = self.line();
        let status = status_line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let line = self.line();
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_lowercase(), value.to_owned()));
        }
        let mut answer = RawAnswer { status, headers, body: Vec::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        answer.body.resize(length, 0);
        self.0.read_exact(&mut answer.body).unwrap();
        answer
    }

    pub fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Waits for the end of the connection. Returns false if the server sends data or the wait
    /// times out.
    pub fn is_closed(&mut self) -> bool {
        match self.0.read(&mut [0]) {
            Ok(read) => read == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }
}

pub struct RawAnswer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl RawAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}
