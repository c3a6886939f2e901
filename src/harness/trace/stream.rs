//! Writes the stream of one world, or the stream of the run, to a trace.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{HeaderName, HeaderValue, SET_COOKIE};
use http::{HeaderMap, Request};

use super::format::{
    Content, EndLine, ExchangeLine, Phase, RequestLine, ResponseLine, TraceHeader, TraceLine, ValueLine, WorldLine,
    stream_name,
};
use super::pseudonymiser::Pseudonymiser;
use super::writer::TraceWriter;
use crate::harness::deployment::{CompleteResponse, ExchangeError, Observer, Target};
use crate::judge::{Bindings, Bound, KEY_HEADERS};
use syncano_secrets::Secrets;
use syncano_suite::Scenario;

/// Writes the lines of one world, or of the whole run. Without a trace writer it writes nothing.
#[derive(Clone)]
pub struct TraceStream(Option<Arc<TraceStreamState>>);

struct TraceStreamState {
    writer: Arc<TraceWriter>,
    /// `None` for the stream of the run.
    name: Option<String>,
    pseudonymiser: Arc<Pseudonymiser>,
    /// The phase of the next exchange, and the index of its step. A stream has one exchange at a
    /// time; a step that waits for the next one has a stream of its own.
    now: Mutex<(Phase, Option<usize>)>,
}

impl TraceStream {
    /// Creates the stream of the run, whose known secrets are `known`.
    pub fn for_run(writer: Option<&Arc<TraceWriter>>, known: &Secrets) -> TraceStream {
        TraceStream::new(writer, known, None, "")
    }

    /// Creates the stream of the world of a scenario.
    pub fn for_scenario(writer: Option<&Arc<TraceWriter>>, known: &Secrets, scenario: &Scenario) -> TraceStream {
        TraceStream::new(writer, known, Some(stream_name(scenario)), &scenario.source.text)
    }

    fn new(writer: Option<&Arc<TraceWriter>>, known: &Secrets, name: Option<String>, file: &str) -> TraceStream {
        TraceStream(writer.map(|writer| {
            let pseudonymiser = Arc::new(Pseudonymiser::new(Arc::clone(writer.pseudonyms()), known.clone(), file));
            let now = Mutex::new((Phase::SetUp, None));
            Arc::new(TraceStreamState { writer: Arc::clone(writer), name, pseudonymiser, now })
        }))
    }

    /// Returns the target with this stream as an observer.
    pub fn observe(&self, target: &Target) -> Target {
        match &self.0 {
            Some(stream) => target.observed_by(Arc::<TraceStreamState>::clone(stream)),
            None => target.clone(),
        }
    }

    /// Sets the phase of the next exchanges, and the index of their step.
    pub fn enter(&self, phase: Phase, step: Option<usize>) {
        if let Some(stream) = &self.0 {
            *stream.now.lock().unwrap_or_else(PoisonError::into_inner) = (phase, step);
        }
    }

    /// Returns a stream of the same world for an exchange beside others, which stays in a step.
    pub fn beside(&self, step: usize) -> TraceStream {
        TraceStream(self.0.as_deref().map(|TraceStreamState { writer, name, pseudonymiser, .. }| {
            let now = Mutex::new((Phase::Step, Some(step)));
            let (writer, pseudonymiser) = (Arc::clone(writer), Arc::clone(pseudonymiser));
            Arc::new(TraceStreamState { writer, name: name.clone(), pseudonymiser, now })
        }))
    }

    /// Adds the keys among these values.
    pub fn know(&self, bindings: &Bindings) {
        if let Some(stream) = &self.0 {
            stream.pseudonymiser.know(bindings.secrets().map(|(_, secret)| secret));
        }
    }

    /// Writes a world: its values, why it could not be created or seen, and why there is no other
    /// instance.
    pub fn world(
        &self,
        bindings: &Bindings,
        not_created: Option<&str>,
        unseen: Option<&str>,
        no_other_instance: Option<&str>,
    ) {
        let Some(stream) = &self.0 else { return };
        self.know(bindings);
        let value = |bound: &Bound| ValueLine { kind: bound.kind, value: stream.pseudonymiser.value(&bound.value) };
        let text = |text: &str| stream.pseudonymiser.text(text);
        stream.writer.write(&TraceLine::World(WorldLine {
            stream: stream.name.clone().unwrap_or_default(),
            values: bindings.iter().map(|(reference, bound)| (reference.to_owned(), value(bound))).collect(),
            not_created: not_created.map(text),
            unseen: unseen.map(text),
            no_other_instance: no_other_instance.map(text),
        }));
    }

    /// Writes the first line.
    pub fn begin(&self, header: &TraceHeader) {
        let Some(stream) = &self.0 else { return };
        let text = |text: &String| stream.pseudonymiser.text(text);
        stream.writer.write(&TraceHeader {
            target: text(&header.target),
            base: text(&header.base),
            instance: header.instance.as_ref().map(text),
            ..header.clone()
        });
    }

    /// Writes the last line.
    pub fn end(&self, end: &EndLine) {
        let Some(stream) = &self.0 else { return };
        let text = |text: &String| stream.pseudonymiser.text(text);
        stream.writer.write(&TraceLine::End(EndLine {
            not_set_up: end.not_set_up.as_ref().map(text),
            stopped: end.stopped,
            left_behind: end.left_behind.iter().map(text).collect(),
            notes: end.notes.iter().map(text).collect(),
        }));
    }
}

impl Observer for TraceStreamState {
    fn exchanged(&self, request: &Request<Bytes>, outcome: &Result<CompleteResponse, ExchangeError>, _: Duration) {
        let (phase, step) = *self.now.lock().unwrap_or_else(PoisonError::into_inner);
        // Learn keys of any form before a line that holds them is written. Steps may send arbitrary
        // texts as keys, so only the harness's own headers count.
        let is_own = matches!(phase, Phase::SetUp | Phase::Look);
        let headers = KEY_HEADERS.iter().filter_map(|name| request.headers().get(*name)?.to_str().ok());
        let answer = outcome.as_ref().ok();
        let response = answer.map(|answer| &answer.response);
        let body = response.map_or(Default::default(), |response| String::from_utf8_lossy(response.body()));
        let text = |text: &str| self.pseudonymiser.text(text);
        self.pseudonymiser.learn(headers.filter(|_| is_own), &body);
        self.writer.write(&TraceLine::Exchange(Box::new(ExchangeLine {
            stream: self.name.clone(),
            phase,
            step,
            request: RequestLine {
                method: request.method().to_string(),
                path: text(&request.uri().to_string()),
                content: self.content(request.headers(), request.body()),
            },
            response: response.map(|response| ResponseLine {
                status: response.status().as_u16(),
                content: self.content(response.headers(), response.body()),
            }),
            retries: answer.map(|answer| answer.retries.iter().map(|why| text(why)).collect()).unwrap_or_default(),
            astray: answer.and_then(|answer| answer.astray.as_deref()).map(text),
            too_large: answer.and_then(|answer| answer.too_large.clone()),
            no_answer: outcome.as_ref().err().map(|error| text(&error.to_string())),
        })));
    }
}

impl TraceStreamState {
    fn content(&self, headers: &HeaderMap, body: &Bytes) -> Content {
        let header = |name: &HeaderName, value: &HeaderValue| {
            let value = String::from_utf8_lossy(value.as_bytes());
            // A cookie can grant the same access as a key.
            if *name == SET_COOKIE { self.pseudonymiser.pseudonym(&value) } else { self.pseudonymiser.text(&value) }
        };
        let headers = headers.iter();
        let headers = headers.map(|(name, value)| (self.pseudonymiser.text(name.as_str()), header(name, value)));
        let headers = headers.collect();
        match String::from_utf8(self.pseudonymiser.bytes(body)) {
            Ok(body) => Content { headers, body, base64: None },
            Err(bytes) => Content { headers, body: String::new(), base64: Some(STANDARD.encode(bytes.as_bytes())) },
        }
    }
}
