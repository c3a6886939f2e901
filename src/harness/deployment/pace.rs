//! Limits the rate of requests. All jobs of a run share one pace, so the limit applies to the whole
//! run.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::MutexGuard;
use tokio::time::{Instant, sleep};

/// The time in which a deployment counts requests, with a margin.
pub const WINDOW: Duration = Duration::from_millis(1100);
/// The number of requests that a stock deployment allows a second.
const STOCK: usize = 60;
/// The wait before it is checked again whether a batch has room.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The number that a target must have answered in a [`WINDOW`] before it has no such limit. A window
/// touches three seconds of the clock.
const BEYOND_STOCK: usize = 4 * STOCK;

/// A request, as a deployment with limits counts it.
#[derive(Clone, Copy, Debug)]
pub struct Load<'p> {
    /// The name of its instance; empty outside of instances.
    instance: &'p str,
    /// The number of requests that it counts as.
    requests: usize,
}

/// Lets requests begin one after the other.
pub struct Pace {
    interval: Duration,
    /// Callers get their turns in order of arrival.
    queue: tokio::sync::Mutex<()>,
    schedule: Mutex<Schedule>,
    is_limited: AtomicBool,
}

#[derive(Default)]
struct Schedule {
    /// The earliest start of the next request; `None` if none was sent yet.
    next: Option<Instant>,
    /// When the requests of the last [`WINDOW`] began, with their instance and the number that each
    /// counts as.
    recent: VecDeque<(Instant, String, usize)>,
    /// Whether the target has had [`BEYOND_STOCK`] requests to an instance. If it has not asked to
    /// wait then, it has no such limit.
    exceeds_stock: bool,
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

    /// Completes when it is the caller's turn. No other request begins while the caller keeps the
    /// guard.
    pub async fn turn(&self, load: Load<'_>) -> MutexGuard<'_, ()> {
        let first = self.queue.lock().await;
        self.begin(load, self.interval).await;
        first
    }

    /// Like [`turn`](Self::turn), once a stock deployment would answer all that the request counts
    /// as.
    pub async fn turn_with_room(&self, load: Load<'_>) -> MutexGuard<'_, ()> {
        let first = self.queue.lock().await;
        while self.with(|schedule| schedule.could_exceed_stock(Instant::now(), load)) {
            sleep(BETWEEN_LOOKS).await;
        }
        self.begin(load, self.interval).await;
        first
    }

    /// Like [`turn`](Self::turn), and no other request begins for [`WINDOW`] before and after it.
    pub async fn turn_alone(&self, load: Load<'_>) -> MutexGuard<'_, ()> {
        let first = self.queue.lock().await;
        self.with(|schedule| schedule.hold(Instant::now() + WINDOW));
        self.begin(load, WINDOW.max(self.interval)).await;
        first
    }

    /// Waits until the next request may begin, and counts it.
    async fn begin(&self, load: Load<'_>, interval: Duration) {
        // `hold` can postpone the turn during the wait.
        while let Err(wait) = self.with(|schedule| schedule.take(Instant::now(), interval)) {
            sleep(wait).await;
        }
        self.with(|schedule| schedule.count(Instant::now(), load));
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

    fn count(&mut self, now: Instant, load: Load<'_>) {
        if !self.exceeds_stock {
            self.recent.push_back((now, load.instance.to_owned(), load.requests));
            self.exceeds_stock = self.recent(now, load.instance) >= BEYOND_STOCK;
        }
    }

    /// Returns whether this request could now be too many for a stock deployment.
    fn could_exceed_stock(&mut self, now: Instant, load: Load<'_>) -> bool {
        let recent = self.recent(now, load.instance);
        !self.exceeds_stock && recent > 0 && recent + load.requests > STOCK
    }

    /// Returns the number of requests to an instance in the last [`WINDOW`].
    fn recent(&mut self, now: Instant, instance: &str) -> usize {
        let is_old = |(begun, ..): &(Instant, String, usize)| now.saturating_duration_since(*begun) >= WINDOW;
        while self.recent.front().is_some_and(is_old) {
            self.recent.pop_front();
        }
        self.recent.iter().filter(|(_, to, _)| to == instance).map(|(.., requests)| requests).sum()
    }
}

impl Load<'_> {
    /// Returns the load of a request to a path that counts as this number of requests.
    pub fn new(path: &str, requests: usize) -> Load<'_> {
        let mut parts = path.split('/').skip(2);
        let instance = match (parts.next(), parts.next(), parts.next()) {
            (Some("instances"), Some(name), Some(rest)) if !rest.is_empty() => name,
            _ => "",
        };
        Load { instance, requests }
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

    #[tokio::test(start_paused = true)]
    async fn a_batch_needs_room_unless_the_target_answers_more_than_a_stock_deployment() {
        let (pace, begun) = (Pace::new(Duration::ZERO), Instant::now());
        let to = |instance: &'static str, requests| Load { instance, requests };
        drop(pace.turn_with_room(to("shop", 50)).await);
        drop(pace.turn_with_room(to("shop", 10)).await);
        for _ in 0..BEYOND_STOCK - 1 {
            drop(pace.turn(to("club", 1)).await);
        }
        assert_eq!(begun.elapsed(), Duration::ZERO);
        drop(pace.turn_with_room(to("shop", 2)).await);
        assert!(begun.elapsed() >= WINDOW, "60 have begun just before");
        for _ in 0..BEYOND_STOCK {
            drop(pace.turn(to("shop", 1)).await);
        }
        let busy = Instant::now();
        drop(pace.turn_with_room(to("shop", 50)).await);
        assert_eq!(busy.elapsed(), Duration::ZERO, "it has answered 240");
    }

    #[test]
    fn a_request_counts_for_its_instance() {
        let instance = |path| Load::new(path, 1).instance;
        assert_eq!(instance("/v1.1/instances/shop/users/"), "shop");
        for outside in ["/v1.1/instances/shop/", "/v1.1/instances/", "/v1.1/account/login/a/", "/", ""] {
            assert_eq!(instance(outside), "", "{outside}");
        }
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
