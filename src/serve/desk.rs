//! What stands between a socket and the simulator: faults that were asked for, the journal, and the paths of the control.

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Body;

use super::control::{self, Control, Controls};
use super::faults::{Effect, Faults, Then, refuse};
use super::journal::{Entry, Sent};
use super::listener::Limits;
use super::service;
use crate::simulator::Simulator;

/// A simulator as a listener serves it.
pub struct Desk {
    simulator: Simulator,
    faults: Faults,
    controls: Option<Controls>,
    log: Option<Log>,
}

/// Somebody who wants to know of every request.
pub struct Log(pub Box<dyn Fn(&Entry) + Send + Sync>);

/// The connection ends here, without an answer: a fault wants it so.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed, as a fault wants it")]
pub struct Closed;

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Log(...)")
    }
}

impl Desk {
    /// With the world as it is now to go back to.
    pub fn new(simulator: Simulator, faults: Faults, control: Option<Control>, log: Option<Log>) -> Desk {
        let controls = control.map(|control| Controls::new(simulator.clone(), control, faults.clone()));
        Desk { simulator, faults, controls, log }
    }

    /// Answers one request; the error is a connection to be closed.
    pub async fn answer<B>(&self, request: Request<B>, limits: &Limits) -> Result<Response<Full<Bytes>>, Closed>
    where
        B: Body,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        if self.controls.is_none() && self.log.is_none() && self.faults.is_empty() {
            return Ok(service::answer(&self.simulator, request, limits.target, limits.body).await);
        }
        let begun = Instant::now();
        let sent = Sent::of(&request);
        let wanted = self.controls.as_ref().zip(control::wanted(request.uri().path()).map(str::to_owned));
        let whole = service::whole(request, limits.target, limits.body).await;
        let request = match (whole, wanted) {
            (Ok(request), Some((controls, wanted))) => return Ok(controls.answer(&wanted, &request).map(Full::new)),
            (Ok(request), None) => request,
            (Err(refusal), Some(_)) => return Ok(refusal.map(Full::new)),
            (Err(refusal), None) => {
                self.note(sent.refused(refusal.status(), begun.elapsed()));
                return Ok(refusal.map(Full::new));
            }
        };
        let Effect { delay, then } =
            self.strike(&request).unwrap_or(Effect { delay: Duration::ZERO, then: Then::Answer });
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match then {
            Then::Answer => {
                let (answer, explanation) = self.simulator.handle_explained(request);
                self.note(sent.answered(answer.status(), explanation, begun.elapsed()));
                Ok(answer.map(Full::new))
            }
            Then::Refuse { status, retry_after, is_applied } => {
                let done = is_applied.then(|| self.simulator.handle_explained(request));
                self.note(sent.struck(Some(status), done.map(|(_, explanation)| explanation), begun.elapsed()));
                Ok(refuse(status, retry_after).map(Full::new))
            }
            Then::Close { is_applied } => {
                let done = is_applied.then(|| self.simulator.handle_explained(request));
                self.note(sent.struck(None, done.map(|(_, explanation)| explanation), begun.elapsed()));
                Err(Closed)
            }
        }
    }

    /// The fault that strikes a request to the API, if one does.
    fn strike(&self, request: &Request<Bytes>) -> Option<Effect> {
        if self.faults.is_empty() {
            return None;
        }
        self.faults.strike(request.method(), self.simulator.template_of(request.uri().path()))
    }

    fn note(&self, entry: Entry) {
        if let Some(Log(tell)) = &self.log {
            tell(&entry);
        }
        if let Some(controls) = &self.controls {
            controls.note(entry);
        }
    }
}
