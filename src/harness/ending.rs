//! When a run has to end before all is run, and how long it may take to clear away after that.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::target::Target;

/// The longest that is waited at the end of a run for the answer to a request that may make something.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// What ends a run early.
#[derive(Clone)]
pub struct Ending {
    stop: watch::Receiver<bool>,
    /// When the run's time is over, where that is limited.
    deadline: Option<Instant>,
    clearing: Duration,
    /// When somebody first saw that the run has to end.
    seen: Arc<OnceLock<Instant>>,
}

/// Why a run ends early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Early {
    /// The user wants it.
    Interrupted,
    /// Its time is over.
    TimeOver,
}

impl Ending {
    /// A run that begins now ends when `stop` turns true, or when this much time has passed. Clearing away may take so long
    /// after that.
    pub fn new(stop: watch::Receiver<bool>, most: Option<Duration>, clearing: Duration) -> Ending {
        // A time beyond what a clock can show never comes.
        let deadline = most.and_then(|most| Instant::now().checked_add(most));
        Ending { stop, deadline, clearing, seen: Arc::default() }
    }

    /// That of something that nobody ends early.
    pub fn never() -> Ending {
        let (_, stop) = watch::channel(false);
        Ending::new(stop, None, Duration::MAX)
    }

    /// Why the run has to end, where it has to.
    pub fn early(&self) -> Option<Early> {
        let early = if *self.stop.borrow() {
            Early::Interrupted
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            Early::TimeOver
        } else {
            return None;
        };
        self.seen.get_or_init(Instant::now);
        Some(early)
    }

    /// Completes when the run has to end.
    pub async fn comes(&self) -> Early {
        let mut stop = self.stop.clone();
        let stopped = async {
            // Where nobody is left who could end the run, it is never ended.
            if stop.wait_for(|stop| *stop).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let over = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let early = tokio::select! {
            biased;
            () = stopped => Early::Interrupted,
            () = over => Early::TimeOver,
        };
        self.seen.get_or_init(Instant::now);
        early
    }

    /// The same, and then waits for the answer to a request that may make something, but not long: what was made is then
    /// known, and nothing comes to be after one has looked.
    pub async fn comes_and_waits(&self, target: &Target) -> Early {
        let early = self.comes().await;
        target.pause(LAST_ANSWER).await;
        early
    }

    /// What something comes to that clears away; nothing where the time for that is over.
    pub async fn clearing<T>(&self, clears: impl Future<Output = T>) -> Option<T> {
        let over = async {
            self.comes().await;
            let seen = *self.seen.get_or_init(Instant::now);
            match seen.checked_add(self.clearing) {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            cleared = clears => Some(cleared),
            () = over => None,
        }
    }

    /// For how long is cleared away after the end.
    pub fn clearing_time(&self) -> Duration {
        self.clearing
    }
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Early::Interrupted => "the run was ended",
            Early::TimeOver => "the run's time was over",
        })
    }
}
