//! Runs the harness against a deployment with faults on the wire. Each fault must end in the right
//! verdict within its time limit, use limited memory, and not prevent the cleanup.

mod again;
mod answers;
mod connections;
mod end;

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use secrecy::SecretString;
use serde_json::Value;
use syncano_conformance::harness::{
    self, CheckResult, Credentials, Event, Limits, Plan, Rate, Retries, Selection, Target, TimeOuts,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::Report;
use syncano_simulator::Simulator;
use syncano_suite::{BuiltInCheck, Suite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Limits that are short enough for a test and long enough for a busy machine.
const LIMITS: Limits = Limits {
    time_outs: TimeOuts { connect: Duration::from_secs(10), exchange: Duration::from_secs(20) },
    rate: Rate::Unlimited,
    retries: Retries {
        most: 2,
        shortest: Duration::from_millis(1),
        longest: Duration::from_millis(2),
        busy: Duration::from_secs(30),
    },
    answer: 1 << 20,
};

/// Limits for faults that never end by themselves.
const SHORT: Limits =
    Limits { time_outs: TimeOuts { exchange: Duration::from_millis(500), ..LIMITS.time_outs }, ..LIMITS };

/// A scenario with a request that meets the fault, between two that do not.
const SCENARIO: &str = r#"
title: A user reads herself
given: {users: [alice, bob]}
steps:
  - name: alice is there
    as: account
    send: GET /users/{{alice.id}}/
    checks: [{id: fault/before, witness: true, at: $.id, equals: '"{{alice.id}}"'}]
  - name: alice reads herself
    as: alice
    send: GET /user/?fault=1
    checks:
      - {id: fault/status, status: 200}
      - {id: fault/value, at: $.id, equals: '"{{alice.id}}"'}
      - {id: fault/absent, absent: [bob.username]}
  - name: bob is there
    as: account
    send: GET /users/{{bob.id}}/
    checks: [{id: fault/after, at: $.id, equals: '"{{bob.id}}"'}]
"#;

/// The result of a fault: the connection, if it stays in use.
type Written = Pin<Box<dyn Future<Output = std::io::Result<Option<TcpStream>>> + Send>>;

/// Handles a request with a fault. Gets the connection and the simulator.
type FaultHandler = Arc<dyn Fn(TcpStream, Request<Bytes>, Simulator) -> Written + Send + Sync>;

/// The simulator behind a listener that injects faults into selected requests.
struct Server {
    url: String,
    simulator: Simulator,
    /// The key of an account that only the run uses.
    key: String,
    /// The method and path of every request.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn start(
        meets: impl Fn(&Request<Bytes>) -> bool + Send + Sync + 'static,
        fault: impl Fn(TcpStream, Request<Bytes>, Simulator) -> Written + Send + Sync + 'static,
    ) -> Server {
        let simulator = Simulator::builder().build();
        let account = Request::post("/v1.1/account/register/")
            .header("Content-Type", "application/json")
            .body(Bytes::from(r#"{"email": "admin@example.com", "password": "pass"}"#))
            .unwrap();
        let account: Value = serde_json::from_slice(simulator.handle(account).body()).unwrap();
        let key = account["account_key"].as_str().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (meets, fault): (_, FaultHandler) = (Arc::new(meets), Arc::new(fault));
        let (handles, notes) = (simulator.clone(), Arc::clone(&asked));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (simulator, asked) = (handles.clone(), Arc::clone(&notes));
                let (meets, fault) = (Arc::clone(&meets), Arc::clone(&fault));
                tokio::spawn(async move {
                    while let Some(request) = read(&mut stream).await {
                        asked.lock().unwrap().push(format!("{} {}", request.method(), request.uri()));
                        if meets(&request) {
                            match fault(stream, request, simulator.clone()).await {
                                Ok(Some(goes_on)) => stream = goes_on,
                                _ => return,
                            }
                        } else if stream.write_all(&wire(&simulator.handle(request))).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Server { url, simulator, key, asked }
    }

    /// Starts a server that injects the fault where a scenario asks for it.
    async fn with(fault: impl Fn(TcpStream, Response<Bytes>) -> Written + Send + Sync + 'static) -> Server {
        Server::start(asks_for_it, move |stream, request, simulator| fault(stream, simulator.handle(request))).await
    }

    fn plan(&self) -> Plan {
        Plan { credentials: Credentials::AccountKey(SecretString::from(self.key.clone())), jobs: 1, ..Plan::default() }
    }

    async fn run(&self, suite: &Arc<Suite>, limits: Limits, plan: Plan) -> Report {
        let (_end, stop) = watch::channel(false);
        let target = Target::http(&self.url, limits).unwrap();
        Report::new(&events(suite, &Selection::default(), target, plan, stop).await, false)
    }

    fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.contains(what)).count()
    }

    /// Returns the number of instances.
    fn instances(&self) -> usize {
        let list = Request::get("/v1.1/instances/").header("X-API-KEY", &self.key).body(Bytes::new()).unwrap();
        let list: Value = serde_json::from_slice(self.simulator.handle(list).body()).unwrap();
        list["objects"].as_array().unwrap().len()
    }
}

fn asks_for_it(request: &Request<Bytes>) -> bool {
    request.uri().query() == Some("fault=1")
}

async fn events(
    suite: &Arc<Suite>,
    selection: &Selection,
    target: Target,
    plan: Plan,
    stop: watch::Receiver<bool>,
) -> Vec<Event> {
    let mut events = Vec::new();
    harness::run(Arc::clone(suite), selection, target, plan, stop, |event| events.push(event)).await.unwrap();
    events
}

/// Reads a request. Supports only the requests that the harness writes.
async fn read(stream: &mut TcpStream) -> Option<Request<Bytes>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let (first, fields) = head.split_once("\r\n").unwrap();
    let mut words = first.split(' ');
    let mut request = Request::builder().method(words.next().unwrap()).uri(words.next().unwrap());
    let mut length = 0;
    for (name, value) in fields.lines().filter_map(|line| line.split_once(": ")) {
        request = request.header(name, value);
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(request.body(Bytes::from(body)).unwrap())
}

/// Returns the bytes of a response on the wire.
fn wire(answer: &Response<Bytes>) -> Vec<u8> {
    let mut text = head(answer, answer.body().len());
    text.extend_from_slice(answer.body());
    text
}

fn head(answer: &Response<Bytes>, length: usize) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {}\r\nContent-Length: {length}\r\n", answer.status().as_u16()).into_bytes();
    for (name, value) in answer.headers().iter().filter(|(name, _)| *name != "content-length") {
        text.extend_from_slice(format!("{name}: ").as_bytes());
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text
}

/// Returns the same response with another body or another header field.
fn but(answer: Response<Bytes>, field: Option<(&'static str, &str)>, body: impl Into<Bytes>) -> Vec<u8> {
    let mut answer = answer.map(|_| body.into());
    if let Some((name, value)) = field {
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    wire(&answer)
}

fn writes(mut stream: TcpStream, text: Vec<u8>, then: Afterwards) -> Written {
    Box::pin(async move {
        stream.write_all(&text).await?;
        match then {
            Closes => return Ok(None),
            Stays => while stream.read(&mut [0; 1024]).await? > 0 {},
            GoesOn => {}
        }
        Ok(Some(stream))
    })
}

/// Returns the checks of the step that meets the fault. Panics if another check did not pass or a
/// resource is left behind.
fn faulty(server: &Server, report: &Report) -> Vec<CheckResult> {
    assert_eq!(server.instances(), 0, "the world is removed");
    assert_eq!(report.summary.left_behind, 0, "{report:?}");
    let checks = in_file(report);
    let [before, faulty @ .., after] = checks.as_slice() else { panic!("{report:?}") };
    assert_eq!((before.verdict(), after.verdict()), (Verdict::Pass, Verdict::Pass), "{before:?} {after:?}");
    faulty.to_vec()
}

/// Returns the checks of the first scenario without the built-in ones, which have their own tests.
fn in_file(report: &Report) -> Vec<CheckResult> {
    let checks = report.scenarios[0].checks.iter();
    checks.filter(|check| BuiltInCheck::named(&check.id).is_none()).cloned().collect()
}

enum Afterwards {
    Closes,
    /// Stays open until the client disconnects, without further data.
    Stays,
    GoesOn,
}

use Afterwards::{Closes, GoesOn, Stays};

use crate::small::suite;

/// Returns a response without a body.
fn status(status: u16) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::new()).unwrap()
}

/// Returns a function that is true for the first `most` calls.
fn times(most: usize) -> impl Fn() -> bool + Send + Sync {
    let left = AtomicUsize::new(most);
    move || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}
