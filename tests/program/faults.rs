//! A deployment that misbehaves on the wire, and what the harness makes of it: each fault ends in the right verdict within
//! its limit, costs only so much memory, and keeps nothing from being cleared away.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rstest::rstest;
use secrecy::SecretString;
use serde_json::Value;
use syncano_conformance::harness::{
    self, Access, CheckResult, Credentials, Event, Limits, Plan, Rate, Retries, Selection, Target, TimeOuts,
};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Format, Outcome, Report, Terminal};
use syncano_conformance::scenario::{Suite, SuiteFiles};
use syncano_simulator::Simulator;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// So short that a test does not wait, and so long that a busy machine is no fault.
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

/// For what never ends by itself.
const SHORT: Limits =
    Limits { time_outs: TimeOuts { exchange: Duration::from_millis(500), ..LIMITS.time_outs }, ..LIMITS };

/// A request that meets the fault, between two that do not.
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

fn suite(scenarios: &[(&str, &str)]) -> Arc<Suite> {
    let scenarios = scenarios.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    Arc::new(SuiteFiles { scenarios, ..SuiteFiles::default() }.read().unwrap())
}

/// What comes of a fault: the connection, where it goes on as if nothing had been.
type Written = Pin<Box<dyn Future<Output = std::io::Result<Option<TcpStream>>> + Send>>;

/// What a server does with a request: it gets the connection and whoever can answer it.
type Fault = Arc<dyn Fn(TcpStream, Request<Bytes>, Simulator) -> Written + Send + Sync>;

/// The simulator behind a listener that does wrong where a request is to meet a fault.
struct Server {
    url: String,
    simulator: Simulator,
    /// The key of an account that only the run uses.
    key: String,
    /// What was asked: method and path.
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
        let (meets, fault): (_, Fault) = (Arc::new(meets), Arc::new(fault));
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

    /// Does wrong where a scenario asks for it.
    async fn with(fault: impl Fn(TcpStream, Response<Bytes>) -> Written + Send + Sync + 'static) -> Server {
        Server::start(asks_for_it, move |stream, request, simulator| fault(stream, simulator.handle(request))).await
    }

    fn plan(&self) -> Plan {
        Plan { credentials: Credentials::AccountKey(SecretString::from(self.key.clone())), jobs: 1, ..Plan::default() }
    }

    async fn run(&self, suite: &Arc<Suite>, limits: Limits, plan: Plan) -> Report {
        let (_end, stop) = watch::channel(false);
        let target = Target::http(&self.url, limits).unwrap();
        Report::of(&events(suite, &Selection::default(), target, plan, stop).await, false)
    }

    fn asked(&self, what: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.contains(what)).count()
    }

    /// How many instances there are.
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

/// A request, as far as the harness writes any.
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

/// An answer as it stands on the wire.
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

/// The same answer with more fields in its head.
fn with_fields(answer: &Response<Bytes>, fields: &[u8]) -> Vec<u8> {
    let text = wire(answer);
    let (first, rest) = text.split_at("HTTP/1.1 200\r\n".len());
    [first, fields, rest].concat()
}

/// The same answer with another body or another field of its head.
fn but(answer: Response<Bytes>, field: Option<(&'static str, &str)>, body: impl Into<Bytes>) -> Vec<u8> {
    let mut answer = answer.map(|_| body.into());
    if let Some((name, value)) = field {
        answer.headers_mut().insert(name, value.parse().unwrap());
    }
    wire(&answer)
}

fn writes(mut stream: TcpStream, text: Vec<u8>, then: Then) -> Written {
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

/// The checks of the step that meets the fault; and the others have passed, and nothing is left.
fn faulty(server: &Server, report: &Report) -> Vec<CheckResult> {
    assert_eq!(server.instances(), 0, "the world is removed");
    assert_eq!(report.scenarios[0].left_behind, Vec::<String>::new());
    let [before, faulty @ .., after, _leak_check] = report.scenarios[0].checks.as_slice() else { panic!("{report:?}") };
    assert_eq!((before.verdict(), after.verdict()), (Verdict::Pass, Verdict::Pass), "{before:?} {after:?}");
    faulty.to_vec()
}

const FAIL: [Verdict; 3] = [Verdict::Fail; 3];
const ERROR: [Verdict; 3] = [Verdict::Error; 3];
/// The answer is there, but does not hold what it should; and what it should not hold neither.
const EMPTY: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::Pass];

/// What is written instead of an answer, and what becomes of the connection then.
struct Wrong(Vec<u8>, Then);

enum Then {
    Closes,
    /// It stays open until the client goes, and says no more.
    Stays,
    GoesOn,
}
use Then::{Closes, GoesOn, Stays};

fn silence(_: Response<Bytes>) -> Wrong {
    Wrong(Vec::new(), Stays)
}

fn closes_at_once(_: Response<Bytes>) -> Wrong {
    Wrong(Vec::new(), Closes)
}

fn closes_in_the_middle(answer: Response<Bytes>) -> Wrong {
    let text = wire(&answer);
    Wrong(text[..text.len() - 9].to_vec(), Closes)
}

fn less_than_it_says(answer: Response<Bytes>) -> Wrong {
    Wrong([head(&answer, answer.body().len() + 1), answer.body().to_vec()].concat(), Stays)
}

fn more_than_it_says(answer: Response<Bytes>) -> Wrong {
    Wrong([head(&answer, answer.body().len() - 1), answer.body().to_vec()].concat(), GoesOn)
}

fn no_http(_: Response<Bytes>) -> Wrong {
    Wrong(b"220 mail.example.com\r\n\r\n".to_vec(), GoesOn)
}

fn many_fields(answer: Response<Bytes>) -> Wrong {
    let fields = (0..1000).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    Wrong(with_fields(&answer, fields.as_bytes()), GoesOn)
}

fn no_utf8_in_the_head(answer: Response<Bytes>) -> Wrong {
    Wrong(with_fields(&answer, b"X-Odd: \xff\xfe\r\n"), GoesOn)
}

fn no_utf8(answer: Response<Bytes>) -> Wrong {
    Wrong(but(answer, None, vec![0xff, 0xfe, 0x00]), GoesOn)
}

fn gzip_that_is_none(answer: Response<Bytes>) -> Wrong {
    Wrong(but(answer, Some(("content-encoding", "gzip")), "{\"id\": 4711}"), GoesOn)
}

fn nested_arrays(answer: Response<Bytes>) -> Wrong {
    Wrong(but(answer, None, "[".repeat(100_000) + &"]".repeat(100_000)), GoesOn)
}

fn a_circle(mut answer: Response<Bytes>) -> Wrong {
    *answer.status_mut() = StatusCode::FOUND;
    Wrong(but(answer, Some(("location", "/v1.1/user/?fault=1")), ""), GoesOn)
}

fn another_host(mut answer: Response<Bytes>) -> Wrong {
    *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let body = answer.body().clone();
    Wrong(but(answer, Some(("location", "https://user:password@evil.example/?api_key=1")), body), GoesOn)
}

#[rstest]
#[case(silence, SHORT, ERROR, "within the time-out")]
#[case(closes_at_once, LIMITS, ERROR, "no complete answer")]
#[case(closes_in_the_middle, LIMITS, ERROR, "no complete answer")]
#[case(less_than_it_says, SHORT, ERROR, "within the time-out")]
#[case(more_than_it_says, LIMITS, EMPTY, "not JSON")]
#[case(no_http, LIMITS, ERROR, "no complete answer")]
#[case(many_fields, LIMITS, ERROR, "no complete answer")]
#[case(no_utf8_in_the_head, LIMITS, [Verdict::Pass; 3], "")]
#[case(no_utf8, LIMITS, EMPTY, "not JSON")]
#[case(gzip_that_is_none, LIMITS, EMPTY, "the value is another")]
#[case(nested_arrays, LIMITS, EMPTY, "not JSON")]
#[case(a_circle, LIMITS, [Verdict::Fail, Verdict::Fail, Verdict::Pass], "the status is 302, not 200")]
#[case(another_host, LIMITS, FAIL, "another host, https://evil.example, which is not followed")]
#[tokio::test]
async fn what_is_no_answer_is_no_pass(
    #[case] fault: fn(Response<Bytes>) -> Wrong,
    #[case] limits: Limits,
    #[case] expected: [Verdict; 3],
    #[case] why: &str,
) {
    let server = Server::with(move |stream, answer| {
        let Wrong(text, then) = fault(answer);
        writes(stream, text, then)
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), limits, server.plan()).await;
    let checks = faulty(&server, &report);
    assert_eq!(checks.iter().map(|check| check.verdict()).collect::<Vec<_>>(), expected, "{checks:?}");
    let because = checks.iter().find_map(|check| check.because().map(str::to_owned)).unwrap_or_default();
    assert!(because.contains(why), "{because}");
    let outcome = if expected == [Verdict::Pass; 3] { Outcome::Passed } else { Outcome::Failed };
    assert_eq!(report.summary.outcome(false), outcome);
}

#[rstest]
#[case::a_body("HTTP/1.1 200 OK\r\n\r\n[", "1,", Verdict::Fail, "the answer is longer than 1048576 bytes")]
#[case::a_head("HTTP/1.1 200 OK\r\nX-Bomb: ", "bomb", Verdict::Error, "no complete answer")]
#[case::many_fields("HTTP/1.1 200 OK\r\n", "X-Bomb: 1\r\n", Verdict::Error, "no complete answer")]
#[tokio::test]
async fn an_answer_without_an_end_is_read_only_so_far(
    #[case] begin: &'static str,
    #[case] more: &'static str,
    #[case] verdict: Verdict,
    #[case] why: &str,
) {
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let server = Server::with(move |mut stream, _| {
        let count = Arc::clone(&count);
        Box::pin(async move {
            stream.write_all(begin.as_bytes()).await?;
            let more = more.repeat(10_000);
            loop {
                stream.write_all(more.as_bytes()).await?;
                count.fetch_add(more.len(), Ordering::Relaxed);
            }
        })
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let checks = faulty(&server, &report);
    assert!(checks.iter().all(|check| check.verdict() == verdict), "{checks:?}");
    assert!(checks.iter().all(|check| check.because().unwrap().contains(why)), "{checks:?}");
    // The other half is for what the machine keeps between the two.
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 16 << 20, "{sent} bytes were taken");
    assert_eq!(server.asked("fault=1"), 1, "what is too long will be too long again");
}

/// What a server answers to every read of a scenario, and what is said of it.
#[rstest]
#[case::small_objects(format!("[{}0]", "{},".repeat(3_500_000)), "the answer is longer than 2097152 bytes")]
#[case::small_values(format!("[{}0]", "1,".repeat(900_000)), "the answer is JSON of more than 65536 values")]
#[case::no_text((0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>(), "not JSON")]
#[tokio::test]
#[cfg(target_os = "linux")]
async fn large_answers_take_little_memory(#[case] body: impl Into<Bytes>, #[case] why: &str) {
    let body = body.into();
    let is_read = |request: &Request<Bytes>| {
        let below = request.uri().path().trim_end_matches('/').split('/').nth(4);
        *request.method() == Method::GET && below.is_some()
    };
    let large = move |mut stream: TcpStream, _, _| -> Written {
        let answer = Response::new(body.clone());
        Box::pin(async move {
            // The reader goes away where it has read enough.
            stream.write_all(&wire(&answer)).await?;
            Ok(Some(stream))
        })
    };
    let server = Server::start(is_read, large).await;
    let folder = tempfile::tempdir().unwrap();
    let [trace, report] = ["trace", "report.json"].map(|name| folder.path().join(name));
    let mut program = crate::binary::program();
    program.args([
        "run",
        "--url",
        &server.url,
        "--allow-writes",
        "--access-table",
        "off",
        "--log",
        "trace",
        "--jobs",
        "4",
    ]);
    program.args([
        "user-groups/own",
        "user-groups/missing",
        "user-groups/limit",
        "reset-key/by-the-administrator",
        "--trace",
    ]);
    program.arg(&trace).arg("--report").arg(format!("json={}", report.display()));
    program.env("SYNCANO_ACCOUNT_KEY", &server.key);
    let out = std::fs::File::create(folder.path().join("out")).unwrap();
    let mut child = program.stdout(out).stderr(std::process::Stdio::null()).spawn().unwrap();
    let mut most = 0;
    let exit = loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0_u64));
        if let Some(exit) = child.try_wait().unwrap() {
            break exit;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(exit.code(), Some(1), "answers are wrong");
    assert!(0 < most && most < 300 << 10, "the run took {most} KiB");
    let report = std::fs::read_to_string(report).unwrap();
    assert!(report.contains(why), "{report}");
    assert!(std::fs::metadata(trace).unwrap().len() > 0);
    assert_eq!(server.instances(), 0);
}

#[tokio::test]
async fn a_long_answer_is_printed_once_for_its_step_and_not_whole() {
    let lines = (0..5000).map(|line| format!("line {line} of many\n")).collect::<String>();
    let server = Server::with(move |stream, answer| writes(stream, but(answer, None, lines.clone()), GoesOn)).await;
    // All checks of the step fail.
    let scenario = SCENARIO.replace("status: 200", "status: 201").replace("absent: [bob.username]", "matches: nobody");
    let (_end, stop) = watch::channel(false);
    let target = Target::http(&server.url, LIMITS).unwrap();
    let suite = suite(&[("a/fault.yaml", &scenario)]);
    let events = events(&suite, &Selection::default(), target, server.plan(), stop).await;
    let report = Report::of(&events, false);
    assert_eq!(faulty(&server, &report).iter().map(|check| check.verdict()).collect::<Vec<_>>(), FAIL);
    let mut said = Vec::new();
    let mut terminal = Terminal::new(anstream::StripStream::new(&mut said), false);
    events.iter().for_each(|event| terminal.show(event).unwrap());
    drop(terminal);
    let said = String::from_utf8(said).unwrap();
    assert_eq!(said.matches("line 7 of many").count(), 1, "{said}");
    assert_eq!(said.matches("the answer shown above").count(), 2, "{said}");
    assert!(said.contains("--trace FILE writes whole answers") && said.lines().count() < 90, "{said}");
}

#[tokio::test]
async fn an_answer_that_drips_ends_with_the_time_out() {
    let server = Server::with(|mut stream, answer| {
        Box::pin(async move {
            for byte in wire(&answer).into_iter().cycle() {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok(None)
        })
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), SHORT, server.plan()).await;
    let checks = faulty(&server, &report);
    assert!(checks.iter().all(|check| check.verdict() == Verdict::Error), "{checks:?}");
    assert_eq!(server.asked("fault=1"), 3);
}

#[tokio::test]
async fn a_second_answer_is_not_that_of_the_next_request() {
    // Every answer to a read is followed by one that nobody asked for, on a connection that goes on.
    let server = Server::start(
        |_| true,
        |stream, request, simulator| {
            let is_read = request.method() == Method::GET;
            let answer = simulator.handle(request);
            let mut text = wire(&answer);
            if is_read {
                text.extend_from_slice(&but(answer, None, r#"{"id": 4711, "objects": []}"#));
            }
            writes(stream, text, GoesOn)
        },
    )
    .await;
    let suite = suite(&[("a/fault.yaml", SCENARIO), ("b/fault.yaml", &SCENARIO.replace("id: fault/", "id: again/"))]);
    let report = server.run(&suite, SHORT, server.plan()).await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks);
    assert!(checks.clone().count() > 0 && checks.clone().all(|check| check.verdict().holds()), "{report:?}");
    assert_eq!(server.instances(), 0);
}

/// Something is made and read in turns, so that requests of both kinds follow each other closely.
const TURNS: &str = r#"
title: Groups are made and read
given: {users: [alice]}
steps:
  - name: the first group is made
    as: account
    send: POST /groups/
    json: '{"label": "{{unique.first}}"}'
    checks: [{id: turns/first, status: 201}]
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks: [{id: turns/reads, at: $.id, equals: '"{{alice.id}}"'}]
  - name: the second group is made
    as: account
    send: POST /groups/
    json: '{"label": "{{unique.second}}"}'
    checks: [{id: turns/second, status: 201}]
  - name: there are two
    as: account
    send: GET /groups/
    checks: [{id: turns/each-is-made-once, at: $.objects, count: 2}]
  - name: alice changes
    as: account
    send: PATCH /users/{{alice.id}}/
    json: '{"username": "{{unique.ripley}}"}'
    checks: [{id: turns/changes, status: 200}]
"#;

/// Answers each request and closes the connection after a while, without having said so and whatever has come since.
async fn closes_without_notice(idle: Duration) -> Server {
    Server::start(
        |_| true,
        move |mut stream, request, simulator| {
            Box::pin(async move {
                stream.write_all(&wire(&simulator.handle(request))).await?;
                tokio::time::sleep(idle).await;
                Ok(None)
            })
        },
    )
    .await
}

#[rstest]
#[case::at_once_without_a_pace(0, None)]
#[case::at_once_at_10_a_second(0, Some(10))]
#[case::at_once_at_100_a_second(0, Some(100))]
#[case::soon_without_a_pace(3, None)]
#[case::soon_at_10_a_second(100, Some(10))]
#[case::soon_at_100_a_second(10, Some(100))]
#[tokio::test]
async fn connections_that_are_closed_without_notice_are_no_fault_of_the_target(
    #[case] idle: u64,
    #[case] rate: Option<u32>,
) {
    let server = closes_without_notice(Duration::from_millis(idle)).await;
    let rate = rate.map_or(Rate::Unlimited, |rate| Rate::Every(Duration::from_secs(1) / rate));
    // At a pace of 10 a second one scenario takes two seconds.
    let most = if rate == Rate::Every(Duration::from_millis(100)) { 2 } else { 12 };
    let files = (0..most)
        .map(|number| (format!("a/{number}.yaml"), TURNS.replace("id: turns/", &format!("id: turns-{number}/"))));
    let files = files.collect::<Vec<_>>();
    let suite = suite(&files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect::<Vec<_>>());
    let limits = Limits { rate, retries: Retries { most: 0, ..LIMITS.retries }, ..LIMITS };
    let report = server.run(&suite, limits, Plan { jobs: 4, ..server.plan() }).await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks).collect::<Vec<_>>();
    assert_eq!(checks.len(), 6 * most);
    assert!(checks.iter().all(|check| check.verdict() == Verdict::Pass), "{checks:?}");
    assert_eq!((report.summary.outcome(true), server.instances()), (Outcome::Passed, 0));
}

#[tokio::test]
async fn after_a_connection_was_closed_without_notice_none_is_kept() {
    // A request that says that its connection ends with it.
    let ends =
        |request: &Request<Bytes>| request.headers().get("connection").is_some_and(|connection| connection == "close");
    let kept = Arc::new(Mutex::new(Vec::new()));
    let notes = Arc::clone(&kept);
    let server = Server::start(
        move |request| {
            notes.lock().unwrap().push((request.method().clone(), !ends(request)));
            asks_for_it(request) && !ends(request)
        },
        |stream, _, _| writes(stream, Vec::new(), Closes),
    )
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    assert_eq!(report.summary.outcome(true), Outcome::Passed, "{report:?}");
    assert_eq!(server.asked("fault=1"), 2, "once on a kept connection, once on a new one");
    let kept = kept.lock().unwrap();
    let (reads, writes): (Vec<_>, Vec<_>) = kept.iter().partition(|(method, _)| *method == Method::GET);
    assert!(writes.iter().all(|(_, kept)| !kept), "what may change something has its own connection: {writes:?}");
    let last = reads.iter().rposition(|(_, kept)| *kept).unwrap();
    assert!(reads[..=last].iter().all(|(_, kept)| *kept) && last + 2 < reads.len(), "{reads:?}");
}

#[tokio::test]
async fn a_new_connection_that_is_closed_without_an_answer_is_an_attempt_that_failed() {
    // The second request for it meets a new connection, for the first has ended the keeping.
    let is_early = times(2);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let checks = faulty(&server, &report);
    assert!(checks.iter().all(|check| check.verdict() == Verdict::Flaky), "{checks:?}");
    assert_eq!(server.asked("fault=1"), 3);
}

/// An answer without a body.
fn status(status: u16) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::new()).unwrap()
}

/// The first so many times true.
fn times(most: usize) -> impl Fn() -> bool + Send + Sync {
    let left = AtomicUsize::new(most);
    move || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
}

/// Whatever is asked from the first request on that asks for a fault.
fn since_then() -> impl Fn(&Request<Bytes>) -> bool + Send + Sync {
    let met = AtomicBool::new(false);
    move |request| met.fetch_or(asks_for_it(request), Ordering::Relaxed) || asks_for_it(request)
}

#[tokio::test]
async fn what_passes_only_when_asked_again_is_flaky_and_shown() {
    let is_early = times(2);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| writes(stream, wire(&status(503)), GoesOn)).await;
    let (_end, stop) = watch::channel(false);
    let target = Target::http(&server.url, LIMITS).unwrap();
    let suite = suite(&[("a/fault.yaml", SCENARIO)]);
    let events = events(&suite, &Selection::default(), target, server.plan(), stop).await;
    let report = Report::of(&events, false);
    let because = "it passed only when asked again: first 503, then 503";
    for check in faulty(&server, &report) {
        assert_eq!((check.verdict(), check.because()), (Verdict::Flaky, Some(because)));
    }
    assert_eq!(
        report.scenarios[0].checks.last().unwrap().verdict(),
        Verdict::Pass,
        "nothing was shown that must not be"
    );
    let outcomes = [false, true].map(|strict| report.summary.outcome(strict));
    assert_eq!(outcomes, [Outcome::Passed, Outcome::Incomplete]);

    let mut said = Vec::new();
    let mut terminal = Terminal::new(&mut said, false);
    events.iter().for_each(|event| terminal.show(event).unwrap());
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("fault/value") && said.contains(because) && said.contains("3 flaky"), "{said}");
    let junit = Format::Junit.render(&report).unwrap();
    assert!(junit.contains("<flakyError") && junit.contains("failures=\"0\"") && junit.contains(because), "{junit}");
}

#[tokio::test]
async fn an_answer_that_waits_for_its_turn_is_not_flaky() {
    let is_early = times(2);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| {
        writes(stream, but(status(429), Some(("retry-after", "0")), "slow down"), GoesOn)
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    assert_eq!(report.summary.outcome(true), Outcome::Passed, "{report:?}");
    assert_eq!(server.asked("fault=1"), 3);
}

#[tokio::test]
async fn who_is_told_to_come_back_much_later_has_no_answer() {
    let server =
        Server::with(|stream, _| writes(stream, but(status(429), Some(("retry-after", "3600")), "slow down"), GoesOn))
            .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let checks = faulty(&server, &report);
    let because =
        "the target answers with 429, Too Many Requests, and asks to be left alone for 3600 s; waits are 30 s at most";
    assert!(
        checks.iter().all(|check| check.verdict() == Verdict::Error),
        "an `absent` does not pass on it: {checks:?}"
    );
    assert_eq!(checks[0].because(), Some(because));
    assert_eq!(server.asked("fault=1"), 1);
}

#[rstest]
#[case::a_gateway(Some(503))]
#[case::no_answer(None)]
#[tokio::test]
async fn what_may_have_gone_through_is_sent_only_once(#[case] answer: Option<u16>) {
    let meets =
        |request: &Request<Bytes>| request.uri().path().ends_with("/groups/") && *request.method() == Method::POST;
    let server = Server::start(meets, move |stream, request, simulator| {
        simulator.handle(request);
        match answer {
            Some(code) => writes(stream, wire(&status(code)), GoesOn),
            None => writes(stream, Vec::new(), Closes),
        }
    })
    .await;
    let scenario = r#"
title: A group is made
given: {}
steps:
  - name: the group is made
    as: account
    send: POST /groups/
    json: '{"label": "{{unique.group}}"}'
    checks: [{id: group/is-made, status: 201}]
  - name: there is one
    as: account
    send: GET /groups/
    checks: [{id: group/is-there-once, at: $.objects, count: 1}]
"#;
    let report = server.run(&suite(&[("a/group.yaml", scenario)]), LIMITS, server.plan()).await;
    let [made, once, ..] = report.scenarios[0].checks.as_slice() else { panic!("{report:?}") };
    let expected = if answer.is_some() { Verdict::Fail } else { Verdict::Error };
    assert_eq!((made.verdict(), once.verdict()), (expected, Verdict::Pass), "{made:?} {once:?}");
    assert_eq!(server.instances(), 0);
}

/// A write, and what follows if it took effect and if it did not.
const WRITE: &str = r#"
title: A user gets a new password
given: {users: [alice, bob]}
steps:
  - name: alice is there
    as: account
    send: GET /users/{{alice.id}}/
    checks: [{id: write/before, witness: true, at: $.id, equals: '"{{alice.id}}"'}]
  - name: the password is changed
    as: account
    send: PATCH /users/{{alice.id}}/
    json: '{"password": "{{unique.password}}"}'
    checks: [{id: write/status, status: STATUS}]
  - name: it opens
    as: api
    send: POST /user/auth/
    json: '{"username": "{{alice.username}}", "password": "{{unique.password}}"}'
    checks: [{id: write/opens, at: $.id, equals: '"{{alice.id}}"'}]
  - name: the one before does not
    as: api
    send: POST /user/auth/
    json: '{"username": "{{alice.username}}", "password": "{{alice.password}}"}'
    checks: [{id: write/refused, status: 401}, {id: write/absent, absent: [alice.user_key]}]
  - name: bob is there
    as: account
    send: GET /users/{{bob.id}}/
    checks: [{id: write/after, at: $.id, equals: '"{{bob.id}}"'}]
"#;

#[rstest]
#[case::no_answer_and_no_effect(None, false, 200, Verdict::Error)]
#[case::no_answer_and_an_effect(None, true, 200, Verdict::Error)]
#[case::a_gateway_and_no_effect(Some(504), false, 200, Verdict::Fail)]
#[case::a_gateway_and_an_effect(Some(502), true, 200, Verdict::Fail)]
#[case::one_that_should_be_refused(None, false, 403, Verdict::Error)]
#[tokio::test]
async fn after_a_lost_write_nothing_that_depends_on_it_is_judged(
    #[case] answer: Option<u16>,
    #[case] takes_effect: bool,
    #[case] expected: u16,
    #[case] of_the_write: Verdict,
) {
    let meets = |request: &Request<Bytes>| {
        *request.method() == Method::PATCH && String::from_utf8_lossy(request.body()).contains("password")
    };
    let server = Server::start(meets, move |stream, request, simulator| {
        if takes_effect {
            simulator.handle(request);
        }
        match answer {
            Some(code) => writes(stream, wire(&status(code)), GoesOn),
            None => writes(stream, Vec::new(), Closes),
        }
    })
    .await;
    let scenario = WRITE.replace("STATUS", &expected.to_string());
    let plan = Plan { replays: true, ..server.plan() };
    let report = server.run(&suite(&[("a/write.yaml", &scenario)]), LIMITS, plan).await;
    let checks = &report.scenarios[0].checks;
    let verdict = |id: &str| checks.iter().find(|check| check.id == id).unwrap().verdict();
    assert_eq!((verdict("write/before"), verdict("write/status")), (Verdict::Pass, of_the_write));
    assert!(checks.iter().all(|check| check.verdict() != Verdict::Fail || check.id == "write/status"), "{checks:?}");
    for negative in ["write/refused", "write/absent"] {
        assert_eq!(verdict(negative), Verdict::Untestable, "a target that never got the write could fulfil it too");
    }
    // What was seen was there. Where a refused write is stated to have changed nothing, it shows nothing.
    let shown = |is_there: bool| if is_there && expected == 200 { Verdict::Pass } else { Verdict::Untestable };
    assert_eq!((verdict("write/opens"), verdict("write/after")), (shown(takes_effect), shown(true)));
    let because = checks.iter().find(|check| check.id == "write/refused").unwrap().because().unwrap();
    assert!(because.contains("the effect of the step \"the password is changed\" is unknown"), "{because}");
    assert_eq!(verdict("leak/a/write"), Verdict::Pass, "what was answered was searched");
    assert_eq!(verdict("replay/a/write/twice"), Verdict::Untestable, "the write may come between two reads");
    assert_eq!(server.instances(), 0);
}

#[tokio::test]
async fn what_could_not_be_written_for_want_of_a_lost_answer_is_not_missed() {
    let server = Server::start(asks_for_it, |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let scenario = r#"
title: A user is deleted
given: {users: [alice, bob]}
steps:
  - name: who is alice
    as: account
    send: GET /users/{{alice.id}}/?fault=1
    save: {number: $.id}
  - name: she is deleted
    as: account
    send: DELETE /users/{{number}}/
    checks: [{id: lost/deleted, status: 204}]
  - name: she is gone
    as: account
    send: GET /users/
    checks: [{id: lost/gone, at: $.objects, count: 1}]
"#;
    let report = server.run(&suite(&[("a/lost.yaml", scenario)]), LIMITS, server.plan()).await;
    let verdicts = report.scenarios[0].checks.iter().map(|check| check.verdict()).collect::<Vec<_>>();
    assert_eq!(verdicts, [Verdict::Untestable, Verdict::Untestable, Verdict::Pass], "{report:?}");
}

#[rstest]
#[case::of_no_answer(None, "may have been registered for this run")]
#[case::of_an_answer_that_cannot_be_read(Some(200), "may have been registered for this run")]
#[case::of_a_refusal(Some(403), "")]
#[tokio::test]
async fn an_account_is_reported_only_where_it_was_or_may_have_been_registered(
    #[case] answer: Option<u16>,
    #[case] note: &str,
) {
    let meets = |request: &Request<Bytes>| request.uri().path().ends_with("/register/");
    let server = Server::start(meets, move |stream, _, _| match answer {
        Some(code) => writes(stream, wire(&status(code)), GoesOn),
        None => writes(stream, Vec::new(), Closes),
    })
    .await;
    let error = no_account(&server.url).await;
    assert_eq!(error.contains("registered for this run"), !note.is_empty(), "{error}");
    assert!(error.contains(note), "{error}");
}

#[tokio::test]
async fn a_run_that_never_reached_its_target_reports_no_account() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = no_account(&url).await;
    assert!(error.contains("no connection") && !error.contains("registered"), "{error}");
}

/// Why a run that registers its account judges nothing.
async fn no_account(url: &str) -> String {
    let plan = Plan { credentials: Credentials::Register, ..Plan::default() };
    let suite = suite(&[("a/fault.yaml", SCENARIO)]);
    let (_end, stop) = watch::channel(false);
    let target = Target::http(url, LIMITS).unwrap();
    harness::run(suite, &Selection::default(), target, plan, stop, |_| {}).await.unwrap_err().to_string()
}

#[tokio::test]
async fn what_was_never_sent_is_not_left_behind() {
    // The deployment is gone from the moment when the world is to be made.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        read(&mut stream).await.unwrap();
        drop(listener);
        let account = r#"{"id": 1, "email": "admin@example.com", "account_key": "0123"}"#;
        stream.write_all(&but(status(200), None, account)).await.unwrap();
    });
    let plan = Plan { credentials: Credentials::AccountKey(SecretString::from("0123")), jobs: 1, ..Plan::default() };
    let (_end, stop) = watch::channel(false);
    let target = Target::http(&url, LIMITS).unwrap();
    let events = events(&suite(&[("a/fault.yaml", SCENARIO)]), &Selection::default(), target, plan, stop).await;
    let report = Report::of(&events, false);
    let because = report.scenarios[0].checks[0].because().unwrap();
    assert!(because.contains("no connection"), "{because}");
    assert_eq!(report.scenarios[0].left_behind, Vec::<String>::new(), "nothing was made");
}

#[tokio::test]
async fn nobody_is_led_to_another_host_while_a_world_is_made() {
    let meets =
        |request: &Request<Bytes>| request.uri().path().ends_with("/users/") && *request.method() == Method::POST;
    let server = Server::start(meets, |stream, _, _| {
        writes(stream, but(status(302), Some(("location", "//evil.example/")), ""), GoesOn)
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let because = report.scenarios[0].checks[0].because().unwrap().to_owned();
    assert!(because.ends_with("another host, http://evil.example, which is not followed"), "{because}");
    assert_eq!((report.summary.outcome(false), server.instances()), (Outcome::NotSetUp, 0));
}

/// A scenario that asks so often that its target could be found to answer no more.
fn long(word: &str) -> String {
    let mut scenario = "title: Much is asked\ngiven: {users: [alice]}\nsteps:\n".to_owned();
    for number in 0..14 {
        scenario += &format!("  - name: number {number}\n    as: alice\n    send: GET /user/?fault=1\n");
        scenario += &format!("    checks: [{{id: {word}/number-{number}, status: 200}}]\n");
    }
    scenario
}

#[tokio::test]
async fn a_target_that_has_stopped_answering_is_left_alone_but_for_what_must_not_stay() {
    let server = Server::start(since_then(), |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let suite = suite(&[("a/long.yaml", &long("first")), ("b/long.yaml", &long("second"))]);
    let report = server.run(&suite, LIMITS, server.plan()).await;
    let [first, second] = report.scenarios.as_slice() else { panic!("{report:?}") };
    let stopped = |check: &CheckResult| check.because() == Some("the target has stopped answering");
    assert!(first.checks.iter().take(14).all(|check| check.verdict() == Verdict::Error), "{first:?}");
    assert_eq!(first.checks.iter().filter(|check| stopped(check)).count(), 4, "{first:?}");
    // Ten exchanges, of which each was tried three times; and a kept connection that is closed is no attempt.
    assert_eq!(server.asked("fault=1"), 31);
    assert!(second.checks.iter().all(|check| check.verdict() == Verdict::Error), "{second:?}");
    let worlds = server.asked.lock().unwrap().iter().filter(|asked| asked.as_str() == "POST /v1.1/instances/").count();
    assert_eq!(worlds, 1, "no second world is begun");
    assert_eq!((first.left_behind.len(), second.left_behind.len()), (1, 0), "{report:?}");
    let looked = format!("GET /v1.1/instances/conformance-{}-0-own/", report.started.as_ref().unwrap().run);
    assert!(server.asked.lock().unwrap().contains(&looked), "what is left is tried to be removed");
    assert_eq!(report.summary.outcome(false), Outcome::Failed);
}

#[tokio::test]
async fn one_answer_shows_that_a_target_is_there_again() {
    let is_early = times(31);
    let meets = move |request: &Request<Bytes>| asks_for_it(request) && is_early();
    let server = Server::start(meets, |stream, _, _| writes(stream, Vec::new(), Closes)).await;
    let suite = suite(&[("a/long.yaml", &long("first")), ("b/long.yaml", &long("second"))]);
    let report = server.run(&suite, LIMITS, server.plan()).await;
    let [first, second] = report.scenarios.as_slice() else { panic!("{report:?}") };
    assert!(first.checks.iter().take(14).all(|check| check.verdict() == Verdict::Error), "{first:?}");
    assert!(second.checks.iter().all(|check| check.verdict() == Verdict::Pass), "{second:?}");
    assert_eq!(server.instances(), 0);
}

#[tokio::test]
async fn a_run_whose_time_is_over_has_judged_nothing_more_and_clears_away() {
    let server = Server::with(|stream, _| writes(stream, Vec::new(), Stays)).await;
    let suite = suite(&[("a/fault.yaml", SCENARIO), ("b/fault.yaml", &SCENARIO.replace("id: fault/", "id: later/"))]);
    let plan = Plan { max_time: Some(Duration::from_secs(2)), replays: true, ..server.plan() };
    let report = server.run(&suite, LIMITS, plan).await;
    let checks = report.scenarios.iter().flat_map(|scenario| &scenario.checks);
    let unjudged = checks.filter(|check| check.id != "fault/before").collect::<Vec<_>>();
    assert!(unjudged.len() > 10, "{unjudged:?}");
    for check in unjudged {
        let because = check.because().unwrap();
        assert_eq!((check.verdict(), because), (Verdict::Untestable, "the run's time was over"), "{}", check.id);
    }
    assert_eq!((report.summary.outcome(false), server.instances()), (Outcome::Incomplete, 0));
}

#[tokio::test]
async fn clearing_away_has_an_end_too() {
    let server = Server::start(since_then(), |stream, _, _| writes(stream, Vec::new(), Stays)).await;
    let plan =
        Plan { max_time: Some(Duration::from_secs(2)), clearing_time: Duration::from_millis(100), ..server.plan() };
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, plan).await;
    let left = &report.scenarios[0].left_behind;
    assert!(left.len() == 1 && left[0].contains("could not be removed within"), "{left:?}");
    assert_eq!(report.summary.outcome(false), Outcome::Incomplete);
}

#[tokio::test]
async fn the_rate_is_that_of_all_jobs_and_of_all_that_is_sent() {
    let server = Server::with(|stream, answer| writes(stream, wire(&answer), GoesOn)).await;
    let interval = Duration::from_millis(10);
    let limits = Limits { rate: Rate::Every(interval), ..LIMITS };
    let suite = suite(&[("a/fault.yaml", SCENARIO), ("b/fault.yaml", &SCENARIO.replace("id: fault/", "id: again/"))]);
    let begun = Instant::now();
    let report = server.run(&suite, limits, Plan { jobs: 4, ..server.plan() }).await;
    let took = begun.elapsed();
    let asked = server.asked("");
    assert_eq!(report.summary.outcome(false), Outcome::Passed);
    assert!(asked > 20 && took >= interval * (asked as u32 - 1), "{asked} requests in {took:?}");
}

/// Id and verdict of each check of a part of the suite, on the simulator behind a server of this kind.
async fn part_of_the_suite(
    fault: impl Fn(&mut StdRng, &Request<Bytes>) -> Option<Response<Bytes>> + Send + Sync + 'static,
) -> Vec<(String, Verdict)> {
    let random = Mutex::new(StdRng::seed_from_u64(7));
    let server = Server::start(
        |_| true,
        move |stream, request, simulator| {
            let (delay, instead) = {
                let mut random = random.lock().unwrap();
                (random.random_range(0..3), fault(&mut random, &request))
            };
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(delay)).await;
                let answer = instead.unwrap_or_else(|| simulator.handle(request));
                writes(stream, wire(&answer), GoesOn).await
            })
        },
    )
    .await;
    // So that even a number of the same answers in a row is no trouble.
    let limits = Limits { retries: Retries { most: 20, ..LIMITS.retries }, ..LIMITS };
    let suite = Arc::new(SuiteFiles::embedded().read().unwrap());
    let selection = Selection::new(vec!["reset-key/by-the".to_owned(), "access/groups/mine".to_owned()]);
    let plan = Plan { jobs: 4, replays: true, access: Access::ReadOnly, ..server.plan() };
    let (_end, stop) = watch::channel(false);
    let events = events(&suite, &selection, Target::http(&server.url, limits).unwrap(), plan, stop).await;
    assert_eq!(server.instances(), 0);
    let checks = Report::of(&events, false).scenarios.into_iter().flat_map(|scenario| scenario.checks);
    checks
        .map(|check| {
            let verdict = check.verdict();
            (check.id, verdict)
        })
        .collect()
}

#[tokio::test]
async fn a_busy_or_slow_deployment_is_judged_like_any_other_and_a_shaky_one_is_flaky() {
    let busy = |random: &mut StdRng, _: &Request<Bytes>| {
        let busy = Response::builder().status(429).header("Retry-After", "0").body(Bytes::new()).unwrap();
        random.random_bool(0.1).then_some(busy)
    };
    let shaky = |random: &mut StdRng, request: &Request<Bytes>| {
        (*request.method() == Method::GET && random.random_bool(0.2)).then(|| status(503))
    };
    let expected = part_of_the_suite(|_, _| None).await;
    assert!(expected.len() > 150 && expected.iter().all(|(_, verdict)| *verdict <= Verdict::Skip), "{expected:?}");
    assert_eq!(part_of_the_suite(busy).await, expected);
    let mut shaken = part_of_the_suite(shaky).await;
    let flaky = shaken.iter_mut().filter(|(_, verdict)| *verdict == Verdict::Flaky);
    let flaky = flaky.map(|(_, verdict)| *verdict = Verdict::Pass).count();
    assert!(flaky > 0, "{shaken:?}");
    assert_eq!(shaken, expected);
}
