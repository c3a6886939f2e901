//! Writes a run down while it goes on.

use std::fs::{self, File, OpenOptions};
use std::future::Future;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, SET_COOKIE};
use http::{HeaderMap, Request};
use serde::Serialize;

use super::stand_in::{Hider, StandIns};
use super::{
    Content, EndLine, ExchangeLine, Line, Phase, RemovedLine, RequestLine, ResponseLine, TraceHeader, ValueLine,
    WorldLine, lane_of,
};
use crate::harness::client::SetUpError;
use crate::harness::target::{Answer, NoAnswer};
use crate::judge::{Bindings, Bound, KEY_HEADERS};
use crate::scenario::Scenario;
use crate::secret::Secrets;

/// A trace cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("the trace {} cannot be written: {reason}", path.display())]
pub struct CannotRecord {
    path: PathBuf,
    reason: String,
}

/// Writes a trace, line by line, so that what has been written is there whatever becomes of the run. A file is called
/// `FILE.partial` until the run has ended; then it gets its name.
pub struct Recorder {
    stand_ins: Arc<StandIns>,
    path: PathBuf,
    /// Where it is written until then; nothing for what is no file, as a pipe.
    partial: Option<PathBuf>,
    out: Mutex<Out>,
}

struct Out {
    file: File,
    /// The first thing that went wrong. Nothing is written after it.
    error: Option<io::Error>,
}

impl Recorder {
    /// Opens what will be written.
    pub fn create(path: &Path) -> Result<Recorder, CannotRecord> {
        let failed = |reason: String| CannotRecord { path: path.to_owned(), reason };
        let hint = |error: io::Error| failed(format!("{error}\n  hint: name a file in a folder that exists"));
        let stand_ins = StandIns::new().map_err(|_| failed("the system has no random numbers".to_owned()))?;
        let found = fs::metadata(path).ok().filter(|found| !found.is_file());
        if found.as_ref().is_some_and(fs::Metadata::is_dir) {
            return Err(hint(io::Error::other("it is a folder")));
        }
        // A link keeps leading to the file that it leads to.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let (file, partial) = match found {
            Some(_) => (OpenOptions::new().write(true).open(&path).map_err(hint)?, None),
            None => {
                let mut partial = path.clone().into_os_string();
                partial.push(".partial");
                let partial = PathBuf::from(partial);
                let file = OpenOptions::new().write(true).create_new(true).open(&partial);
                let file = file.map_err(|error| match error.kind() {
                    io::ErrorKind::AlreadyExists => failed(format!(
                        "{} is there already\n  \
                         hint: a run that was killed has left it, or one is writing it; judge it, move it or delete it",
                        partial.display()
                    )),
                    _ => hint(error),
                })?;
                (file, Some(partial))
            }
        };
        let out = Mutex::new(Out { file, error: None });
        Ok(Recorder { stand_ins: Arc::new(stand_ins), path, partial, out })
    }

    /// Gives the file its name. Fails where anything could not be written.
    pub fn finish(&self) -> Result<(), CannotRecord> {
        let error = self.out.lock().unwrap_or_else(PoisonError::into_inner).error.take();
        let finished = match (error, &self.partial) {
            (Some(error), _) => Err(error),
            (None, Some(partial)) => fs::rename(partial, &self.path),
            (None, None) => Ok(()),
        };
        finished.map_err(|error| CannotRecord { path: self.path.clone(), reason: error.to_string() })
    }

    fn write(&self, line: &impl Serialize) {
        let text = serde_json::to_string(line).map_err(io::Error::from);
        let mut out = self.out.lock().unwrap_or_else(PoisonError::into_inner);
        if out.error.is_none() {
            let written = text.and_then(|text| out.file.write_all(format!("{text}\n").as_bytes()));
            out.error = written.err();
        }
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Recorder").field(&self.path).finish()
    }
}

/// Where is written what belongs to one world, or to none. Without a recorder nothing is.
#[derive(Clone)]
pub(in crate::harness) struct Lane(Option<Arc<Pen>>);

struct Pen {
    recorder: Arc<Recorder>,
    /// The lane's name.
    lane: Option<String>,
    hider: Hider,
}

/// To what an exchange belongs.
#[derive(Clone)]
struct Now {
    pen: Arc<Pen>,
    phase: Phase,
    step: Option<usize>,
}

tokio::task_local! {
    /// To what the exchanges belong that this task makes. They are made in many places, all of which would have to hand it on.
    static NOW: Now;
}

/// Sends a request, and writes it down with what became of it, where that is wanted.
pub(in crate::harness) async fn take_down<F>(
    request: Request<Bytes>,
    send: impl FnOnce(Request<Bytes>) -> F,
) -> F::Output
where
    F: Future<Output = Result<Answer, NoAnswer>>,
{
    let Ok(now) = NOW.try_with(Clone::clone) else { return send(request).await };
    let sent = request.clone();
    let answered = send(request).await;
    now.pen.exchange(&now, &sent, &answered);
    answered
}

impl Lane {
    /// What the worlds share. The run knows these secrets.
    pub fn of_the_run(recorder: Option<&Arc<Recorder>>, known: &Secrets) -> Lane {
        Lane::new(recorder, known, None, "")
    }

    /// The world of a scenario.
    pub fn of(recorder: Option<&Arc<Recorder>>, known: &Secrets, scenario: &Scenario) -> Lane {
        Lane::new(recorder, known, Some(scenario), &scenario.source.text)
    }

    fn new(recorder: Option<&Arc<Recorder>>, known: &Secrets, scenario: Option<&Scenario>, file: &str) -> Lane {
        Lane(recorder.map(|recorder| {
            let hider = Hider::new(Arc::clone(&recorder.stand_ins), known.clone(), file);
            Arc::new(Pen { recorder: Arc::clone(recorder), lane: scenario.map(lane_of), hider })
        }))
    }

    /// Writes down what is sent meanwhile, as belonging to this lane and phase, and perhaps to the step of this number.
    pub async fn during<F: Future>(&self, phase: Phase, step: Option<usize>, future: F) -> F::Output {
        match &self.0 {
            Some(pen) => NOW.scope(Now { pen: Arc::clone(pen), phase, step }, future).await,
            None => future.await,
        }
    }

    /// Tells it the keys among these values.
    pub fn know(&self, bindings: &Bindings) {
        if let Some(pen) = &self.0 {
            pen.hider.know(bindings.secrets().map(|(_, secret)| secret));
        }
    }

    /// Writes a world down: its values, why it could not be made or seen, and why there is no other instance.
    pub fn world(
        &self,
        bindings: &Bindings,
        not_made: Option<&SetUpError>,
        unseen: Option<&str>,
        no_other: Option<&SetUpError>,
    ) {
        let Some(pen) = &self.0 else { return };
        self.know(bindings);
        let value = |bound: &Bound| ValueLine { kind: bound.kind, value: pen.hider.value(&bound.value) };
        let text = |text: &str| pen.hider.text(text);
        pen.write(&Line::World(WorldLine {
            lane: pen.lane.clone().unwrap_or_default(),
            values: bindings.iter().map(|(reference, bound)| (reference.to_owned(), value(bound))).collect(),
            not_made: not_made.map(|error| text(&error.0)),
            unseen: unseen.map(text),
            no_other: no_other.map(|error| text(&error.0)),
        }));
    }

    /// Writes down what of the world could not be removed.
    pub fn removed(&self, left_behind: &[String]) {
        let Some(pen) = &self.0 else { return };
        let left_behind = left_behind.iter().map(|left| pen.hider.text(left)).collect();
        pen.write(&Line::Removed(RemovedLine { lane: pen.lane.clone().unwrap_or_default(), left_behind }));
    }

    /// Writes the first line.
    pub fn begin(&self, header: &TraceHeader) {
        let Some(pen) = &self.0 else { return };
        pen.write(&TraceHeader {
            target: pen.hider.text(&header.target),
            base: pen.hider.text(&header.base),
            instance: header.instance.as_ref().map(|name| pen.hider.text(name)),
            ..header.clone()
        });
    }

    /// Writes the last line.
    pub fn end(&self, end: &EndLine) {
        let Some(pen) = &self.0 else { return };
        let text = |text: &String| pen.hider.text(text);
        pen.write(&Line::End(EndLine {
            not_set_up: end.not_set_up.as_ref().map(text),
            early: end.early,
            left_behind: end.left_behind.iter().map(text).collect(),
            notes: end.notes.iter().map(text).collect(),
        }));
    }
}

impl Pen {
    fn write(&self, line: &impl Serialize) {
        self.recorder.write(line);
    }

    fn exchange(&self, now: &Now, request: &Request<Bytes>, answered: &Result<Answer, NoAnswer>) {
        // Keys of whatever form are known before anything is written that holds them. What a step sends as a key may be none.
        let is_own = matches!(now.phase, Phase::SetUp | Phase::Look);
        let headers = KEY_HEADERS.iter().filter_map(|name| request.headers().get(*name)?.to_str().ok());
        let answer = answered.as_ref().ok();
        let response = answer.map(|answer| &answer.response);
        let body = response.map_or(Default::default(), |response| String::from_utf8_lossy(response.body()));
        self.hider.learn(headers.filter(|_| is_own), &body);
        self.write(&Line::Exchange(Box::new(ExchangeLine {
            lane: self.lane.clone(),
            phase: now.phase,
            step: now.step,
            request: RequestLine {
                method: request.method().to_string(),
                path: self.hider.text(&request.uri().to_string()),
                content: self.content(request.headers(), request.body()),
            },
            response: response.map(|response| ResponseLine {
                status: response.status().as_u16(),
                content: self.content(response.headers(), response.body()),
            }),
            retries: answer
                .map(|answer| answer.retries.iter().map(|why| self.hider.text(why)).collect())
                .unwrap_or_default(),
            astray: answer.and_then(|answer| answer.astray.as_ref()).map(|host| self.hider.text(host)),
            too_large: answer.and_then(|answer| answer.too_large.clone()),
            no_answer: answered.as_ref().err().map(|error| self.hider.text(&error.to_string())),
        })));
    }

    fn content(&self, headers: &HeaderMap, body: &Bytes) -> Content {
        let header = |name: &HeaderName, value: &HeaderValue| {
            let value = String::from_utf8_lossy(value.as_bytes());
            // What a cookie holds opens as much as a key.
            if *name == SET_COOKIE { self.hider.stand_in(&value) } else { self.hider.text(&value) }
        };
        let headers =
            headers.iter().map(|(name, value)| (self.hider.text(name.as_str()), header(name, value))).collect();
        match String::from_utf8(self.hider.bytes(body)) {
            Ok(body) => Content { headers, body, base64: None },
            Err(bytes) => Content { headers, body: String::new(), base64: Some(STANDARD.encode(bytes.as_bytes())) },
        }
    }
}
