//! Reads a trace, and answers from it.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::Value;

use super::format::{EndLine, ExchangeLine, FORMAT, Line, Phase, TraceHeader, WorldLine, stream_name};
use crate::harness::plan::{Access, Plan};
use crate::harness::shutdown::StopReason;
use crate::input::{Limit, Lines};
use crate::judge::{Bindings, Exchange, Kind, Outcome};
use crate::scenario::Scenario;
use crate::secret::Secrets;
use syncano_simulator::api::Version;

/// The reason for a request that the trace does not hold.
const NOT_HELD: &str = "the trace holds no such request";

/// A trace that cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// The file cannot be read.
    #[error("the trace {} cannot be read: {reason}\n  hint: name a file that `run --trace FILE` wrote", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: io::Error,
    },
    /// It holds something else than a trace.
    #[error("{}:{line}: {reason}\n  hint: {hint}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
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
    streams: HashMap<String, Track>,
    /// `None` if the run never came to its end.
    end: Option<EndLine>,
}

/// The stream of one world.
#[derive(Debug, Default)]
struct Track {
    world: Option<WorldLine>,
    /// In the order in which they were sent.
    steps: Vec<Sent>,
    left_behind: Vec<String>,
}

/// A step: the answers to it, of which there is more than one where it was asked again, and those to its replays.
#[derive(Debug)]
struct Sent {
    number: usize,
    answers: Vec<Answer>,
    replays: Vec<Answer>,
}

/// A request and its answer, or why none came.
#[derive(Debug)]
struct Answer {
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
                Some(_) => return Err(malformed("the line is torn".to_owned(), IS_TORN)),
            }
        }
        trace.ok_or_else(|| TraceError::Malformed {
            path: path.to_owned(),
            line: 1,
            reason: "the file is empty".to_owned(),
            hint: IS_A_TRACE,
        })
    }

    /// Adds the pseudonyms of secrets to these secrets: they must not be shown either.
    pub fn tell(&self, secrets: &Secrets) {
        for world in self.streams.values().filter_map(|track| track.world.as_ref()) {
            for (reference, value) in &world.values {
                if let (Kind::Key | Kind::Secret, Some(secret)) = (value.kind, value.value.as_str()) {
                    secrets.tell(reference, secret);
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
            access: self.header.access,
            replays: self.header.replays,
            ..Plan::default()
        }
    }

    /// Returns the name of the target.
    pub fn target(&self) -> &str {
        &self.header.target
    }

    /// Returns which cells of the access table the run was to go through.
    pub fn access(&self) -> Access {
        self.header.access
    }

    fn begun(text: &[u8]) -> Result<Trace, String> {
        let value: Value = serde_json::from_slice(text).map_err(|error| format!("this is no trace: {error}"))?;
        match value.get("format").and_then(Value::as_str) {
            Some(FORMAT) => {}
            Some(other) => return Err(format!("this is written as {other:?}, not {FORMAT}")),
            None => return Err("this is no trace: there is no member `format`".to_owned()),
        }
        let header: TraceHeader = serde_json::from_value(value).map_err(|error| error.to_string())?;
        let version = header.api_version.parse().map_err(|_| format!("{:?} is no version", header.api_version))?;
        Ok(Trace { header, version, streams: HashMap::new(), end: None })
    }

    fn add(&mut self, text: &[u8]) -> Result<(), String> {
        if self.end.is_some() {
            return Err("a line after the last one".to_owned());
        }
        match serde_json::from_slice(text).map_err(|error| error.to_string())? {
            Line::Exchange(line) => {
                let (Some(stream), Phase::Step | Phase::Replay) = (&line.stream, line.phase) else { return Ok(()) };
                let track = self.streams.entry(stream.clone()).or_default();
                track.add(&line)
            }
            Line::World(world) => {
                let track = self.streams.entry(world.stream.clone()).or_default();
                match track.world.replace(world) {
                    None => Ok(()),
                    Some(world) => Err(format!("the stream {} has a world already", world.stream)),
                }
            }
            Line::Removed(line) => {
                self.streams.entry(line.stream).or_default().left_behind = line.left_behind;
                Ok(())
            }
            Line::End(end) => {
                self.end = Some(end);
                Ok(())
            }
        }
    }

    /// Returns the part of a scenario, which answers like its world; `None` if there is none.
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

    /// Returns how the run ended. A run whose trace does not say so was killed.
    pub fn end(&self) -> EndLine {
        self.end.clone().unwrap_or_else(|| {
            let left =
                format!("the trace ends before its run did; what may be left has {} in its name", self.header.run);
            EndLine { stopped: self.stopped(), left_behind: vec![left], ..EndLine::default() }
        })
    }
}

const IS_A_TRACE: &str = "name a file that `run --trace FILE` of this version wrote";
const IS_WHOLE: &str = "a trace is judged as it was written; make it again";
const IS_TORN: &str = "a run that was killed has left it; take the last line away to judge the others";

impl Track {
    fn add(&mut self, line: &ExchangeLine) -> Result<(), String> {
        let request = line.request.read()?;
        let (response, no_answer) = match (&line.response, &line.no_answer) {
            (Some(response), None) => (response.read()?, None),
            (None, Some(why)) => (Response::new(Bytes::new()), Some(why.clone())),
            _ => return Err("an exchange has either a response or the reason for none".to_owned()),
        };
        let (retries, astray, too_large) = (line.retries.clone(), line.astray.clone(), line.too_large.clone());
        let exchange = Exchange { request, response, retries, astray, too_large };
        let answer = Answer { exchange: Arc::new(exchange), no_answer };
        let number = line.step.ok_or("the number of the step is missing")?;
        let step = match self.steps.last_mut().filter(|step| step.number == number) {
            Some(step) => step,
            None => {
                self.steps.push(Sent { number, answers: Vec::new(), replays: Vec::new() });
                self.steps.last_mut().ok_or("there is no step")?
            }
        };
        match line.phase {
            Phase::Replay => step.replays.push(answer),
            _ => step.answers.push(answer),
        }
        Ok(())
    }
}

impl Answer {
    fn is_to(&self, request: &Request<Bytes>) -> bool {
        let sent = &self.exchange.request;
        sent.method() == request.method()
            && sent.uri() == request.uri()
            && sent.headers() == request.headers()
            && sent.body() == request.body()
    }
}

/// The part of a trace that belongs to one scenario. It answers in place of a world.
pub struct RecordedScenario<'t> {
    track: &'t Track,
    stopped: Option<StopReason>,
    /// The first step that was not asked for yet.
    next: usize,
    /// The replays of the step before it that were asked for.
    replayed: Vec<usize>,
}

impl RecordedScenario<'_> {
    /// Returns the values of the world as it was before the first step.
    pub fn bindings(&self) -> Bindings {
        let mut bindings = Bindings::default();
        for (reference, value) in self.track.world.iter().flat_map(|world| &world.values) {
            bindings.bind(reference, value.value.clone(), value.kind);
        }
        bindings
    }

    /// Returns why there was no world: the run stopped before, or it could not be created.
    pub fn no_world(&self) -> Option<Result<StopReason, &str>> {
        match &self.track.world {
            None => Some(Ok(self.stopped.unwrap_or(StopReason::Interrupted))),
            Some(world) => world.not_made.as_deref().map(Err),
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
    pub fn no_other(&self) -> Option<&str> {
        self.track.world.as_ref()?.no_other.as_deref()
    }

    /// Returns what could not be removed.
    pub fn left_behind(&self) -> &[String] {
        &self.track.left_behind
    }

    /// Returns the outcome of the next step that has sent this very request, or why the run stopped before it. A step that was
    /// sent again is read until it passes.
    pub fn step(
        &mut self,
        request: &Request<Bytes>,
        would_pass: impl Fn(&Exchange) -> bool,
    ) -> Result<Outcome, StopReason> {
        let mut steps = self.track.steps.iter().enumerate().skip(self.next);
        let is_it = |step: &Sent| step.answers.first().is_some_and(|answer| answer.is_to(request));
        let Some((place, step)) = steps.find(|(_, step)| is_it(step)) else {
            return self.stopped.map_or_else(|| Ok(Outcome::NotSent(NOT_HELD.to_owned())), Err);
        };
        self.next = place + 1;
        self.replayed.clear();
        let ends = |answer: &&Answer| answer.no_answer.is_some() || would_pass(&answer.exchange);
        Ok(match step.answers.iter().find(ends).or(step.answers.last()) {
            Some(Answer { no_answer: Some(why), .. }) => Outcome::Broken(why.clone()),
            Some(answer) => Outcome::Answered(Arc::clone(&answer.exchange)),
            None => Outcome::NotSent(NOT_HELD.to_owned()),
        })
    }

    /// Returns the response to a replay of the last step with this very request; `None` if there was no such replay.
    pub fn replay(&mut self, request: &Request<Bytes>) -> Option<Result<Arc<Exchange>, String>> {
        let step = self.track.steps.get(self.next.checked_sub(1)?)?;
        let mut replays = step.replays.iter().enumerate();
        let (place, answer) =
            replays.find(|(place, answer)| !self.replayed.contains(place) && answer.is_to(request))?;
        self.replayed.push(place);
        Some(answer.no_answer.clone().map_or_else(|| Ok(Arc::clone(&answer.exchange)), Err))
    }
}
