//! Decides when a run stops early, and how long it may clean up after that.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until};

/// The maximum wait, after the run has to stop, for the response to a request that may create
/// something.
const LAST_ANSWER: Duration = Duration::from_secs(5);

/// Stops a run early: on request, or at the end of its maximum time.
#[derive(Clone)]
pub struct Shutdown {
    requested: watch::Receiver<bool>,
    /// The end of the maximum time of the run, if it has one.
    deadline: Option<Instant>,
    grace: Duration,
    /// The time when the shutdown was first noticed.
    noticed: Arc<OnceLock<Instant>>,
}

/// The reason why a run stops early.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The user has interrupted it.
    Interrupted,
    /// The maximum time of the run is over.
    TimeOver,
}

impl Shutdown {
    /// Creates the shutdown of a run that begins now. It stops when `requested` turns true, or
    /// after `max_time`; then the clean-up may take `grace`.
    pub fn new(requested: watch::Receiver<bool>, max_time: Option<Duration>, grace: Duration) -> Shutdown {
        // A deadline that overflows the clock is no deadline.
        let deadline = max_time.and_then(|max_time| Instant::now().checked_add(max_time));
        Shutdown { requested, deadline, grace, noticed: Arc::default() }
    }

    /// Creates a shutdown that never stops the run.
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
    pub async fn wait(&self) -> StopReason {
        let mut requested = self.requested.clone();
        let requested = async {
            // Without a sender nothing can stop the run.
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

    /// Completes some seconds after the run has to stop, so that a request that may create
    /// something can still get its response. Otherwise the target could create a resource after the
    /// clean-up.
    pub async fn wait_and_settle(&self) -> StopReason {
        let reason = self.wait().await;
        sleep(LAST_ANSWER).await;
        reason
    }

    /// Runs a clean-up and returns its result, or `None` if the time for it is over.
    pub async fn within_grace<T>(&self, clean_up: impl Future<Output = T>) -> Option<T> {
        let over = async {
            self.wait().await;
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

    /// Returns the maximum time of the clean-up.
    pub fn grace(&self) -> Duration {
        self.grace
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StopReason::Interrupted => "the run was interrupted",
            StopReason::TimeOver => "the run's time was over",
        })
    }
}
