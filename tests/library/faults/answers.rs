//! Tests faults in place of a response.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use rstest::rstest;
use syncano_conformance::harness::{Limits, Selection, Target};
use syncano_conformance::judge::Verdict;
use syncano_conformance::report::{Detail, Report, RunOutcome, Terminal};
use tokio::io::AsyncWriteExt;
use tokio::sync::watch;

use super::Afterwards::{Closes, GoesOn, Stays};
use super::{Afterwards, LIMITS, SCENARIO, SHORT, Server, but, events, faulty, head, status, suite, wire, writes};

/// Returns the same response with additional header fields.
fn with_fields(answer: &Response<Bytes>, fields: &[u8]) -> Vec<u8> {
    let text = wire(answer);
    let (first, rest) = text.split_at("HTTP/1.1 200\r\n".len());
    [first, fields, rest].concat()
}

const FAIL: [Verdict; 3] = [Verdict::Fail; 3];

const ERROR: [Verdict; 3] = [Verdict::Error; 3];

/// The verdicts for a response without the expected values: the check of absent values passes.
const EMPTY: [Verdict; 3] = [Verdict::Pass, Verdict::Fail, Verdict::Pass];

/// The bytes to write instead of the response, and what happens to the connection afterwards.
struct WrongAnswer(Vec<u8>, Afterwards);

fn silence(_: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(Vec::new(), Stays)
}

fn closes_at_once(_: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(Vec::new(), Closes)
}

fn closes_in_the_middle(answer: Response<Bytes>) -> WrongAnswer {
    let text = wire(&answer);
    WrongAnswer(text[..text.len() - 9].to_vec(), Closes)
}

fn less_than_it_says(answer: Response<Bytes>) -> WrongAnswer {
    WrongAnswer([head(&answer, answer.body().len() + 1), answer.body().to_vec()].concat(), Stays)
}

fn more_than_it_says(answer: Response<Bytes>) -> WrongAnswer {
    WrongAnswer([head(&answer, answer.body().len() - 1), answer.body().to_vec()].concat(), GoesOn)
}

fn no_http(_: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(b"220 mail.example.com\r\n\r\n".to_vec(), GoesOn)
}

fn many_fields(answer: Response<Bytes>) -> WrongAnswer {
    let fields = (0..1000).map(|number| format!("X-{number}: 1\r\n")).collect::<String>();
    WrongAnswer(with_fields(&answer, fields.as_bytes()), GoesOn)
}

fn no_utf8_in_the_head(answer: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(with_fields(&answer, b"X-Odd: \xff\xfe\r\n"), GoesOn)
}

fn no_utf8(answer: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(but(answer, None, vec![0xff, 0xfe, 0x00]), GoesOn)
}

fn invalid_gzip(answer: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(but(answer, Some(("content-encoding", "gzip")), "{\"id\": 4711}"), GoesOn)
}

fn nested_arrays(answer: Response<Bytes>) -> WrongAnswer {
    WrongAnswer(but(answer, None, "[".repeat(100_000) + &"]".repeat(100_000)), GoesOn)
}

fn a_circle(mut answer: Response<Bytes>) -> WrongAnswer {
    *answer.status_mut() = StatusCode::FOUND;
    WrongAnswer(but(answer, Some(("location", "/v1.1/user/?fault=1")), ""), GoesOn)
}

fn another_host(mut answer: Response<Bytes>) -> WrongAnswer {
    *answer.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    let body = answer.body().clone();
    WrongAnswer(but(answer, Some(("location", "https://user:password@evil.example/?api_key=1")), body), GoesOn)
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
#[case(invalid_gzip, LIMITS, EMPTY, "200: $.id is <user-1.id>, not <alice.id>")]
#[case(nested_arrays, LIMITS, EMPTY, "not JSON")]
#[case(a_circle, LIMITS, [Verdict::Fail, Verdict::Fail, Verdict::Pass], "the status is 302, not 200")]
#[case(another_host, LIMITS, FAIL, "redirects to https://evil.example, which is not followed")]
#[tokio::test]
async fn an_unreadable_answer_does_not_pass(
    #[case] fault: fn(Response<Bytes>) -> WrongAnswer,
    #[case] limits: Limits,
    #[case] expected: [Verdict; 3],
    #[case] why: &str,
) {
    let server = Server::with(move |stream, answer| {
        let WrongAnswer(text, then) = fault(answer);
        writes(stream, text, then)
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), limits, server.plan()).await;
    let checks = faulty(&server, &report);
    assert_eq!(checks.iter().map(|check| check.verdict()).collect::<Vec<_>>(), expected, "{checks:?}");
    let because = checks.iter().find_map(|check| check.because().map(str::to_owned)).unwrap_or_default();
    assert!(because.contains(why), "{because}");
    let outcome = if expected == [Verdict::Pass; 3] { RunOutcome::Passed } else { RunOutcome::Failed };
    assert_eq!(report.summary.outcome(false), outcome);
}

#[rstest]
#[case::a_body("HTTP/1.1 200 OK\r\n\r\n[", "1,", Verdict::Fail, "the answer is longer than 1048576 bytes")]
#[case::a_head("HTTP/1.1 200 OK\r\nX-Bomb: ", "bomb", Verdict::Error, "no complete answer")]
#[case::many_fields("HTTP/1.1 200 OK\r\n", "X-Bomb: 1\r\n", Verdict::Error, "no complete answer")]
#[tokio::test]
async fn an_endless_answer_is_read_up_to_a_limit(
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
    // The limit is twice the maximum body size, because the operating system buffers data in
    // between.
    let sent = sent.load(Ordering::Relaxed);
    assert!(sent < 16 << 20, "{sent} bytes were taken");
    assert_eq!(server.asked("fault=1"), 1, "what is too long will be too long again");
}

#[tokio::test]
async fn a_long_answer_is_printed_once_and_shortened() {
    let lines = (0..5000).map(|line| format!("line {line} of many\n")).collect::<String>();
    let server = Server::with(move |stream, answer| writes(stream, but(answer, None, lines.clone()), GoesOn)).await;
    // This change makes all checks of the step fail.
    let scenario = SCENARIO.replace("status: 200", "status: 201").replace("absent: [bob.username]", "matches: nobody");
    let (_end, stop) = watch::channel(false);
    let target = Target::http(&server.url, LIMITS).unwrap();
    let suite = suite(&[("a/fault.yaml", &scenario)]);
    let events = events(&suite, &Selection::default(), target, server.plan(), stop).await;
    let report = Report::new(&events, false);
    assert_eq!(faulty(&server, &report).iter().map(|check| check.verdict()).collect::<Vec<_>>(), FAIL);
    let mut said = Vec::new();
    let mut terminal = Terminal::new(anstream::StripStream::new(&mut said), false).detail(Detail::Much);
    events.iter().for_each(|event| terminal.show(event).unwrap());
    terminal.end(&Report::new(&events, false)).unwrap();
    drop(terminal);
    let said = String::from_utf8(said).unwrap();
    assert_eq!(said.matches("line 7 of many").count(), 1, "{said}");
    assert_eq!(said.matches("the response shown above").count(), 2, "{said}");
    assert!(said.contains("--trace FILE records whole responses") && said.lines().count() < 90, "{said}");
}

#[tokio::test]
async fn a_slow_answer_ends_with_the_time_out() {
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
async fn a_surplus_answer_is_not_taken_for_the_next_request() {
    // The server sends an unrequested response after every response to a read, and keeps the
    // connection open.
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

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed_during_set_up() {
    let meets =
        |request: &Request<Bytes>| request.uri().path().ends_with("/users/") && *request.method() == Method::POST;
    let server = Server::start(meets, |stream, _, _| {
        writes(stream, but(status(302), Some(("location", "//evil.example/")), ""), GoesOn)
    })
    .await;
    let report = server.run(&suite(&[("a/fault.yaml", SCENARIO)]), LIMITS, server.plan()).await;
    let because = report.scenarios[0].checks[0].because().unwrap().to_owned();
    assert!(because.ends_with("redirects to http://evil.example, which is not followed"), "{because}");
    assert_eq!((report.summary.outcome(false), server.instances()), (RunOutcome::NotSetUp, 0));
}
