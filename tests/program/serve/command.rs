//! Tests for the command `serve`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rstest::rstest;

use super::client::RawClient;

#[cfg(unix)]
#[test]
fn serve_prints_its_url_and_exits_with_0_on_sigterm() {
    let mut served = ServeProcess::start(&["--seed", "7"]);
    let ready = served.ready();
    let url = ready["url"].as_str().unwrap();
    let mut client = RawClient::connect(url);
    client.send(&format!(
        "GET /v1.1/instances/{}/user/ HTTP/1.1\r\nHost: simulator\r\nX-API-KEY: {}\r\nX-USER-KEY: {}\r\n\r\n",
        ready["instance"].as_str().unwrap(),
        ready["api_keys"]["plain"].as_str().unwrap(),
        ready["users"][0]["user_key"].as_str().unwrap(),
    ));
    let user: serde_json::Value = serde_json::from_slice(&client.answer().body).unwrap();
    assert_eq!(user["username"], "alice");

    let mut busy = RawClient::begin_request(url);
    served.terminate();
    assert!(client.is_closed());
    busy.send("{}");
    assert_eq!(busy.answer().status, 400);
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn serve_exits_with_0_if_its_terminal_is_closed() {
    let mut served = ServeProcess::start(&["--empty"]);
    served.ready();
    served.signal("HUP");
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_simulator_that_was_started_with_nohup_outlives_its_terminal() {
    let program = serve_command(&["--empty"]);
    let mut nohup = Command::new("nohup");
    nohup.arg(program.get_program()).args(program.get_args()).stdin(Stdio::null());
    let mut served = ServeProcess(nohup.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap());
    let ready = served.ready();
    served.signal("HUP");
    std::thread::sleep(Duration::from_millis(200));
    let mut client = RawClient::connect(ready["url"].as_str().unwrap());
    client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    assert_eq!(client.answer().status, 200);
    drop(client);
    served.terminate();
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_empty_simulator_prints_only_its_url() {
    let mut served = ServeProcess::start(&["--empty"]);
    let ready = served.ready();
    assert_eq!(ready.as_object().unwrap().keys().collect::<Vec<_>>(), ["url"]);
    served.terminate();
    assert_eq!(served.exit_code(), Some(0));
}

#[cfg(unix)]
#[test]
fn the_limits_are_options() {
    let mut served = ServeProcess::start(&["--empty", "--max-body", "10", "--max-connections", "1", "--timeout", "1"]);
    let ready = served.ready();
    let url = ready["url"].as_str().unwrap();
    let mut idle = RawClient::connect(url);
    let mut client = RawClient::connect(url);
    // The limit is one connection, so this client waits until the server closes the idle one.
    client.send("POST /v1.1/account/auth/ HTTP/1.1\r\nHost: simulator\r\nContent-Length: 11\r\n\r\n[1,2,3,4,5]");
    assert_eq!(client.answer().status, 413);
    assert!(idle.is_closed());
}

/// The output is the same as without limits, and the demo world uses up none of them.
#[cfg(unix)]
#[test]
fn the_limits_of_a_platform_are_an_option() {
    let mut served = ServeProcess::start(&["--limits", "stock,anonymous=0"]);
    let ready = served.ready();
    assert_eq!(
        ready.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["url", "account", "instance", "api_keys", "users", "group"]
    );
    let mut client = RawClient::connect(ready["url"].as_str().unwrap());
    client.send("GET /v1.1/ HTTP/1.1\r\nHost: simulator\r\n\r\n");
    let answer = client.answer();
    assert_eq!((answer.status, answer.header("retry-after")), (429, Some("1")));
    let key = ready["account"]["account_key"].as_str().unwrap();
    let statuses = ["alpha", "beta-", "gamma", "delta", "omega"].map(|name| {
        let body = format!("name={name}");
        client.send(&format!(
            "POST /v1.1/instances/ HTTP/1.1\r\nHost: simulator\r\nX-API-KEY: {key}\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ));
        client.answer().status
    });
    assert_eq!(statuses, [201, 400, 201, 201, 400]);
    served.terminate();
    assert_eq!(served.exit_code(), Some(0));
}

#[rstest]
#[case("")]
#[case("none")]
#[case("users=4")]
#[case("instances=many")]
fn an_unknown_limit_of_a_platform_exits_with_2(#[case] limits: &str) {
    let output = serve_command(&["--limits", limits]).output().unwrap();
    let printed = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{printed}");
    assert!(printed.contains("instances=16,anonymous=10,account=60,instance=60"), "{printed}");
}

#[rstest]
#[case(&["--timeout", "0"])]
#[case(&["--max-connections", "0"])]
#[case(&["--max-body", "much"])]
fn an_unusable_limit_exits_with_2(#[case] limit: &[&str]) {
    assert_eq!(serve_command(limit).output().unwrap().status.code(), Some(2));
}

#[test]
fn an_address_in_use_exits_with_6() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = serve_command(&["--empty", "--listen", &address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(6), "{said}");
    assert!(said.contains(&address) && said.contains("in use") && said.contains("--listen"), "{said}");
}

#[rstest]
#[case::no_address("nonsense")]
#[case::an_invalid_port("127.0.0.1:65536")]
#[case::an_address_of_another_machine("192.0.2.1:0")]
fn an_invalid_address_exits_with_2(#[case] address: &str) {
    let output = serve_command(&["--empty", "--listen", address]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains(address) && said.contains("127.0.0.1:8080"), "{said}");
}

fn serve_command(arguments: &[&str]) -> Command {
    let mut command = crate::binary::program();
    command.arg("serve").args(arguments);
    command
}

/// A `serve` process.
struct ServeProcess(Child);

impl ServeProcess {
    fn start(arguments: &[&str]) -> ServeProcess {
        ServeProcess(serve_command(arguments).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn ready(&mut self) -> serde_json::Value {
        let mut line = String::new();
        BufReader::new(self.0.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn terminate(&self) {
        self.signal("TERM");
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args(["-s", signal]).arg(self.0.id().to_string()).status().unwrap().success());
    }

    fn exit_code(&mut self) -> Option<i32> {
        self.0.wait().unwrap().code()
    }
}

impl Drop for ServeProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
