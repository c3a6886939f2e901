//! Reads a trace, and returns its responses.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;

use super::format::{EndLine, ExchangeLine, FORMAT, Phase, TraceHeader, TraceLine, WorldLine, stream_name};
use crate::harness::plan::{Access, Plan};
use crate::harness::shutdown::StopReason;
use crate::judge::{Bindings, Exchange, Outcome, ValueKind};
use syncano_secrets::Secrets;
use syncano_simulator::api::Version;
use syncano_suite::Scenario;
use syncano_suite::input::{Limit, Lines};

/// The reason why a request gets no response from a trace.
const NOT_HELD: &str = "the trace does not hold this request";

/// A trace that cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("the trace {} cannot be read: {reason}\n  hint: name a file that `run --trace FILE` wrote", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        reason: io::Error,
    },
    /// The file is not a valid trace.
    #[error("{}:{line}: {reason}\n  hint: {hint}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The error in the line.
        reason: String,
        /// How to fix it.
        hint: &'static str,
    },
}

/// The trace of a run.
#[derive(Debug)]
pub struct Trace {
    header: TraceHeader,
    version: Version,
    streams: HashMap<String, RecordedStream>,
    /// The last line; `None` if the run was killed.
    end: Option<EndLine>,
}

/// The stream of one world.
#[derive(Debug, Default)]
struct RecordedStream {
    world: Option<WorldLine>,
    /// The steps by number. A step that waits for the next one is written after it.
    steps: Vec<RecordedStep>,
}

/// A step: its responses, several if it was repeated, and the responses to its replays.
#[derive(Debug)]
struct RecordedStep {
    number: usize,
    answers: Vec<RecordedAnswer>,
    replays: Vec<RecordedAnswer>,
}

/// A request with its response, or the reason why there is none.
#[derive(Debug)]
struct RecordedAnswer {
    exchange: Arc<Exchange>,
    no_answer: Option<String>,
}

impl Trace {
    /// Reads a trace.
    pub fn read(path: &Path) -> Result<Trace, TraceError> {
        let unreadable = |reason| TraceError::Unreadable { path: path.to_owned(), reason };
        let mut lines = Lines::open(path, Limit::TRACE_LINE, Limit::TRACE).map_err(unreadable)?;
        let mut number = 0;
        let mut trace: Option<Trace> = None;
        let mut text = Vec::new();
        loop {
            lines.next(&mut text).map_err(unreadable)?;
            if text.is_empty() {
                break;
            }
            number += 1;
            let malformed =
                |reason: String, hint| TraceError::Malformed { path: path.to_owned(), line: number, reason, hint };
            match &mut trace {
                None => trace = Some(Trace::begun(&text).map_err(|reason| malformed(reason, IS_A_TRACE))?),
                Some(trace) if text.last() == Some(&b'\n') => {
                    trace.add(&text).map_err(|reason| malformed(reason, IS_WHOLE))?;
                }
                Some(_) => return Err(malformed("the line is incomplete".to_owned(), IS_TORN)),
            }
        }
        trace.ok_or_else(|| TraceError::Malformed {
            path: path.to_owned(),
            line: 1,
            reason: "the file is empty".to_owned(),
            hint: IS_A_TRACE,
        })
    }

    /// Adds the pseudonyms to these secrets, because they must not be shown either.
    pub fn add_secrets(&self, secrets: &Secrets) {
        for world in self.streams.values().filter_map(|track| track.world.as_ref()) {
            for (reference, value) in &world.values {
                if let (ValueKind::Key | ValueKind::Secret, Some(secret)) = (value.kind, value.value.as_str()) {
                    secrets.add(reference, secret);
                }
            }
        }
    }

    /// Returns the header.
    pub fn header(&self) -> &TraceHeader {
        &self.header
    }

    /// Returns the plan of the run, without its secrets.
    pub fn plan(&self) -> Plan {
        Plan {
            version: self.version,
            credentials: self.header.credentials(),
            capabilities: self.header.capabilities.clone(),
            more_accounts: self.header.more_accounts,
            instance: self.header.instance.clone(),
            writes: self.header.writes,
            basic_login: self.header.basic_login,
            access: self.header.access,
            replays: self.header.replays,
            ..Plan::default()
        }
    }

    /// Returns the name of the target.
    pub fn target(&self) -> &str {
        &self.header.target
    }

    /// Returns the access cases of the run.
    pub fn access(&self) -> Access {
        self.header.access
    }

    fn begun(text: &[u8]) -> Result<Trace, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| format!("this is not a trace: {error}"))?;
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("unknown trace format {other:?}; expected {FORMAT}")),
            None => return Err("this is not a trace: the member `format` is missing".to_owned()),
        }
        let header: TraceHeader = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let version =
            header.api_version.parse().map_err(|_| format!("{:?} is not a version of the API", header.api_version))?;
        Ok(Trace { header, version, streams: HashMap::new(), end: None })
    }

    fn add(&mut self, text: &[u8]) -> Result<(), String> {
        if self.end.is_some() {
            return Err("there is a line after the end of the trace".to_owned());
        }
        match serde_json::from_slice(text).map_err(|error| error.to_string())? {
            TraceLine::Exchange(line) => {
                let (Some(stream), Phase::Step | Phase::Replay) = (&line.stream, line.phase) else { return Ok(()) };
                let track = self.streams.entry(stream.clone()).or_default();
                track.add(&line)
            }
            TraceLine::World(world) => {
                let track = self.streams.entry(world.stream.clone()).or_default();
                match track.world.replace(world) {
                    None => Ok(()),
                    Some(world) => Err(format!("the stream {} has a world already", world.stream)),
                }
            }
            TraceLine::End(end) => {
                self.end = Some(end);
                Ok(())
            }
        }
    }

    /// Returns the recorded part of a scenario, which responds like its world; `None` if there is
    /// none.
    pub fn scenario(&self, scenario: &Scenario) -> Option<RecordedScenario<'_>> {
        let stopped = self.stopped();
        self.streams.get(&stream_name(scenario)).map(|track| RecordedScenario {
            track,
            stopped,
            next: 0,
            replayed: Vec::new(),
        })
    }

    /// Returns why the run stopped early, if it did.
    pub fn stopped(&self) -> Option<StopReason> {
        self.end.as_ref().map_or(Some(StopReason::Interrupted), |end| end.stopped)
    }

    /// Returns the end of the run. A run without a last line was killed.
    pub fn end(&self) -> EndLine {
        self.end.clone().unwrap_or_else(|| {
            let left = format!(
                "the trace ends before its run did; resources that may be left have {} in their name",
                self.header.run
            );
            EndLine { stopped: self.stopped(), left_behind: vec![left], ..EndLine::default() }
        })
    }
}

const IS_A_TRACE: &str = "name a file that `run --trace FILE` of this version wrote";
const IS_WHOLE: &str = "the trace was changed or damaged; record it again";
const IS_TORN: &str = "the run was killed; remove the last line to judge the others";

impl RecordedStream {
    fn add(&mut self, line: &ExchangeLine) -> Result<(), String> {
        let request = line.request.read()?;
        let (response, no_answer) = match (&line.response, &line.no_answer) {
            (Some(response), None) => (response.read()?, None),
            (None, Some(why)) => (Response::new(Bytes::new()), Some(why.clone())),
            _ => return Err("an exchange needs either a response or the reason for none".to_owned()),
        };
        let (retries, astray, too_large) = (line.retries.clone(), line.astray.clone(), line.too_large.clone());
        let exchange = Exchange { request, response, retries, astray, too_large };
        let answer = RecordedAnswer { exchange: Arc::new(exchange), no_answer };
        let number = line.step.ok_or("the number of the step is missing")?;
        let place = self.steps.partition_point(|step| step.number < number);
        if self.steps.get(place).is_none_or(|step| step.number != number) {
            self.steps.insert(place, RecordedStep { number, answers: Vec::new(), replays: Vec::new() });
        }
        let step = self.steps.get_mut(place).ok_or("there is no step")?;
        match line.phase {
            Phase::Replay => step.replays.push(answer),
            _ => step.answers.push(answer),
        }
        Ok(())
    }
}

impl RecordedAnswer {
    fn is_to(&self, request: &Request<Bytes>) -> bool {
        let sent = &self.exchange.request;
        sent.method() == request.method()
            && sent.uri() == request.uri()
            && sent.headers() == request.headers()
            && sent.body() == request.body()
    }
}

/// The part of a trace that belongs to one scenario. It responds in place of a world.
pub struct RecordedScenario<'t> {
    track: &'t RecordedStream,
    stopped: Option<StopReason>,
    /// The index of the next step.
    next: usize,
    /// The indices of the replays of the last step that were used already.
    replayed: Vec<usize>,
}

impl RecordedScenario<'_> {
    /// Returns the values of the world before the first step.
    pub fn bindings(&self) -> Bindings {
        let mut bindings = Bindings::default();
        for (reference, value) in self.track.world.iter().flat_map(|world| &world.values) {
            bindings.bind(reference, value.value.clone(), value.kind);
        }
        bindings
    }

    /// Returns why there was no world, if there was none: the run had stopped, or the world could
    /// not be created.
    pub fn no_world(&self) -> Option<Result<StopReason, &str>> {
        match &self.track.world {
            None => Some(Ok(self.stopped.unwrap_or(StopReason::Interrupted))),
            Some(world) => world.not_created.as_deref().map(Err),
        }
    }

    /// Returns why the run stopped early, if it did.
    pub fn stopped(&self) -> Option<StopReason> {
        self.stopped
    }

    /// Returns why the world could not be seen.
    pub fn unseen(&self) -> Option<String> {
        self.track.world.as_ref()?.unseen.clone()
    }

    /// Returns why there was no other instance.
    pub fn no_other_instance(&self) -> Option<&str> {
        self.track.world.as_ref()?.no_other_instance.as_deref()
    }

    /// Returns the outcome of the next step with exactly this request, or why the run stopped
    /// before it. Of a repeated step it takes the first response that passes.
    pub fn step(
        &mut self,
        request: &Request<Bytes>,
        would_pass: impl Fn(&Exchange) -> bool,
    ) -> Result<Outcome, StopReason> {
        let mut steps = self.track.steps.iter().enumerate().skip(self.next);
        let is_it = |step: &RecordedStep| step.answers.first().is_some_and(|answer| answer.is_to(request));
        let Some((place, step)) = steps.find(|(_, step)| is_it(step)) else {
            return self.stopped.map_or_else(|| Ok(Outcome::NotSent(NOT_HELD.to_owned())), Err);
        };
        self.next = place + 1;
        self.replayed.clear();
        let ends = |answer: &&RecordedAnswer| answer.no_answer.is_some() || would_pass(&answer.exchange);
        Ok(match step.answers.iter().find(ends).or(step.answers.last()) {
            Some(RecordedAnswer { no_answer: Some(why), .. }) => Outcome::Broken(why.clone()),
            Some(answer) => Outcome::Answered(Arc::clone(&answer.exchange)),
            None => Outcome::NotSent(NOT_HELD.to_owned()),
        })
    }

    /// Returns the response to a replay of the last step with exactly this request; `None` if there
    /// was no such replay.
    pub fn replay(&mut self, request: &Request<Bytes>) -> Option<Result<Arc<Exchange>, String>> {
        let step = self.track.steps.get(self.next.checked_sub(1)?)?;
        let mut replays = step.replays.iter().enumerate();
        let (place, answer) =
            replays.find(|(place, answer)| !self.replayed.contains(place) && answer.is_to(request))?;
        self.replayed.push(place);
        Some(answer.no_answer.clone().map_or_else(|| Ok(Arc::clone(&answer.exchange)), Err))
    }
}
