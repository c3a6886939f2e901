//! A step that waits for the next one: it is sent before it and answered after it.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::harness::deployment::{CompleteResponse, ExchangeError, Target};
use crate::harness::shutdown::{Shutdown, StopReason};
use crate::judge::Outcome;

/// The time for a request to reach a deployment behind a URL, before the next one is sent.
const HEAD_START: Duration = Duration::from_millis(300);

type Answer = Result<CompleteResponse, ExchangeError>;

/// A request without a response yet.
pub struct WaitingStep {
    request: Request<Bytes>,
    sending: Pin<Box<dyn Future<Output = Answer> + Send>>,
    answer: Option<Answer>,
    /// Ends the wait of a poll in this process, when it is dropped. No time limit would do: other work
    /// of the process may delay the next step.
    end: watch::Sender<()>,
}

impl WaitingStep {
    /// Sends a request, and gives it time to arrive.
    pub async fn begin(target: Target, request: Request<Bytes>) -> WaitingStep {
        let is_behind_url = !target.is_in_process();
        let (end, ends) = watch::channel(());
        let (target, sent) = (target.waiting(ends), request.clone());
        let sending = Box::pin(async move { target.send(sent).await });
        let mut waiting = WaitingStep { request, sending, answer: None, end };
        if is_behind_url {
            waiting.beside(sleep(HEAD_START)).await;
        } else {
            waiting.beside(std::future::ready(())).await;
        }
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
    pub async fn finish(self, shutdown: &Shutdown) -> Result<Outcome, StopReason> {
        drop(self.end);
        let answer = match self.answer {
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
