//! When a run stops before all is run, and how long it may clean up after that.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// The maximum wait, after the run has to stop, for the response to a request that may create something.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// Stops a run early: on request, or when its time is over.
#[derive(Clone)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
    /// When the time of the run is over, if it is limited.
    deadline: Option<Instant>,
    grace: Duration,
    /// When the shutdown was noticed first.
    noticed: Arc<OnceLock<Instant>>,
}

/// Why a run stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The user asked for it.
    Interrupted,
    /// The time of the run is over.
    TimeOver,
}

impl Shutdown {
    /// Creates the shutdown of a run that begins now: when `requested` turns true, or after `max_time`. Cleaning up may take
    /// `grace` after that.
    pub fn new(requested: watch::Receiver<bool>, max_time: Option<Duration>, grace: Duration) -> Shutdown {
        // A time beyond what a clock can show never comes.
        let deadline = max_time.and_then(|max_time| Instant::now().checked_add(max_time));
        Shutdown { requested, deadline, grace, noticed: Arc::default() }
    }

    /// Creates a shutdown that never comes.
    pub fn never() -> Shutdown {
        let (_, requested) = watch::channel(false);
        Shutdown::new(requested, None, Duration::MAX)
    }

    /// Returns why the run has to stop, if it has to.
    pub fn reason(&self) -> Option<StopReason> {
        let reason = if *self.requested.borrow() {
            StopReason::Interrupted
        } else if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            StopReason::TimeOver
        } else {
            return None;
        };
        self.noticed.get_or_init(Instant::now);
        Some(reason)
    }

    /// Completes when the run has to stop.
    pub async fn comes(&self) -> StopReason {
        let mut requested = self.requested.clone();
        let requested = async {
            // Without a sender the run is never stopped.
            if requested.wait_for(|requested| *requested).await.is_err() {
                std::future::pending::<()>().await;
            }
        };
        let over = async {
            match self.deadline {
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let reason = tokio::select! {
            biased;
            () = requested => StopReason::Interrupted,
            () = over => StopReason::TimeOver,
        };
        self.noticed.get_or_init(Instant::now);
        reason
    }

    /// Does the same, and then waits a little for the response to a request that may create something: what was created is
    /// known then, and nothing comes to be after the clean-up has looked.
    pub async fn comes_and_settles(&self) -> StopReason {
        let reason = self.comes().await;
        sleep(LAST_ANSWER).await;
        reason
    }

    /// Runs a clean-up and returns its result, or `None` if the time for it is over.
    pub async fn within_grace<T>(&self, clean_up: impl Future<Output = T>) -> Option<T> {
        let over = async {
            self.comes().await;
            let noticed = *self.noticed.get_or_init(Instant::now);
            match noticed.checked_add(self.grace) {
                Some(end) => sleep_until(end).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            cleaned = clean_up => Some(cleaned),
            () = over => None,
        }
    }

    /// Returns how long the run may clean up after it has to stop.
    pub fn grace(&self) -> Duration {
        self.grace
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Interrupted => "the run was ended",
            StopReason::TimeOver => "the run's time was over",
        })
    }
}
