//! A step that waits for the next one: it is sent before it and answered after it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::time::sleep;

use crate::harness::deployment::{CompleteResponse, ExchangeError, Target};
use crate::harness::shutdown::{Shutdown, StopReason};
use crate::judge::Outcome;

/// The time for a request to reach a deployment, before the next one is sent.
const HEAD_START: Duration = Duration::from_millis(300);

type Answer = Result<CompleteResponse, ExchangeError>;

/// A request without a response yet.
pub struct WaitingStep {
    request: Request<Bytes>,
    sending: Pin<Box<dyn Future<Output = Answer> + Send>>,
    answer: Option<Answer>,
}

impl WaitingStep {
    /// Sends a request, and gives it time to arrive.
    pub async fn begin(target: Target, request: Request<Bytes>) -> WaitingStep {
        let head_start = if target.is_in_process() { Duration::ZERO } else { HEAD_START };
        let (target, sent) = (target.waiting(), request.clone());
        let sending = Box::pin(async move { target.send(sent).await });
        let mut waiting = WaitingStep { request, sending, answer: None };
        waiting.beside(sleep(head_start)).await;
        waiting
    }

    /// Waits for something else, while the request goes on.
    pub async fn beside<T>(&mut self, other: impl Future<Output = T>) -> T {
        let mut other = pin!(other);
        if self.answer.is_none() {
            tokio::select! {
                biased;
                answer = &mut self.sending => self.answer = Some(answer),
                done = &mut other => return done,
            }
        }
        other.await
    }

    /// Returns the outcome, or why the run stopped before the response.
    pub async fn finish(mut self, shutdown: &Shutdown) -> Result<Outcome, StopReason> {
        let answer = match self.answer.take() {
            Some(answer) => answer,
            None => tokio::select! {
                answer = self.sending => answer,
                reason = shutdown.wait() => return Err(reason),
            },
        };
        Ok(match answer {
            Ok(answer) => Outcome::Answered(Arc::new(answer.into_exchange(self.request))),
            Err(error) => Outcome::Broken(error.to_string()),
        })
    }
}
