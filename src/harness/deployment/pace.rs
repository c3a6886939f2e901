//! Limits the rate of requests. All jobs of a run share one pace, so the limit applies to the whole
//! run.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Lets requests begin one after the other.
pub struct Pace {
    interval: Duration,
    /// Callers get their turns in order of arrival.
    queue: tokio::sync::Mutex<()>,
    schedule: Mutex<Schedule>,
    is_limited: AtomicBool,
}

/// The earliest start of the next request; `None` if none was sent yet.
#[derive(Default)]
struct Schedule {
    next: Option<Instant>,
}

impl Pace {
    /// Creates a pace with this interval between the beginnings of two requests.
    pub fn new(interval: Duration) -> Pace {
        Pace {
            interval,
            queue: tokio::sync::Mutex::default(),
            schedule: Mutex::default(),
            is_limited: AtomicBool::new(false),
        }
    }

    /// Returns the interval.
    pub fn interval(&self) -> Duration {
        self.interval
    }

    /// Completes when it is the caller's turn.
    pub async fn turn(&self) {
        let _first = self.queue.lock().await;
        // `hold` can postpone the turn during the wait.
        while let Err(wait) = self.with(|schedule| schedule.take(Instant::now(), self.interval)) {
            sleep(wait).await;
        }
    }

    /// Completes when it is the caller's turn and no other request begins for a time before and
    /// after it.
    pub async fn turn_alone(&self, quiet: Duration) {
        let _first = self.queue.lock().await;
        self.with(|schedule| schedule.hold(Instant::now() + quiet));
        while let Err(wait) = self.with(|schedule| schedule.take(Instant::now(), quiet.max(self.interval))) {
            sleep(wait).await;
        }
    }

    /// Returns whether the target has asked to wait.
    pub fn is_limited(&self) -> bool {
        self.is_limited.load(Ordering::Relaxed)
    }

    /// Postpones all turns for this time, because the target has asked for it.
    pub fn hold(&self, wait: Duration) {
        self.is_limited.store(true, Ordering::Relaxed);
        self.with(|schedule| schedule.hold(Instant::now() + wait));
    }

    fn with<T>(&self, act: impl FnOnce(&mut Schedule) -> T) -> T {
        act(&mut self.schedule.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Schedule {
    /// Takes a turn, or returns the time until the next one.
    fn take(&mut self, now: Instant, interval: Duration) -> Result<(), Duration> {
        match self.next.map(|next| next.saturating_duration_since(now)) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                self.next = Some(now + interval);
                Ok(())
            }
        }
    }

    fn hold(&mut self, until: Instant) {
        self.next = self.next.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn turns_are_an_interval_apart_and_idle_time_is_not_saved_up() {
        let (mut schedule, begun) = (Schedule::default(), Instant::now());
        let mut take = |after: u64| schedule.take(begun + SECOND * after as u32, SECOND * 2);
        assert_eq!([take(0), take(0), take(1), take(2)], [Ok(()), Err(SECOND * 2), Err(SECOND), Ok(())]);
        assert_eq!([take(100), take(100)], [Ok(()), Err(SECOND * 2)]);
    }

    #[test]
    fn a_postponed_turn_is_not_moved_forward() {
        let (mut schedule, begun) = (Schedule::default(), Instant::now());
        schedule.hold(begun + SECOND * 5);
        schedule.hold(begun + SECOND);
        assert_eq!(schedule.take(begun + SECOND * 2, Duration::ZERO), Err(SECOND * 3));
        assert_eq!(schedule.take(begun + SECOND * 5, Duration::ZERO), Ok(()));
    }
}
