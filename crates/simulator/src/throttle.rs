//! Counts the requests of the current second and rejects those over a limit.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use super::answer::Failure;
use super::caller::Caller;
use super::platform_limits::PlatformLimits;
use super::world::{AccountId, InstanceId};

/// Maximum number of counters, which bounds the memory. If a second needs more, all of its counters
/// begin again.
const MOST_COUNTERS: usize = 10_000;

/// The address of the client, as an extension of a request. [`PlatformLimits::anonymous`] counts
/// requests by it; all requests without an address count as one client.
///
/// A [`Listener`](crate::server::Listener) adds it to its requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The counters of the current second.
#[derive(Default)]
pub struct Throttle {
    window: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    second: i64,
    requests: HashMap<Counted, u32>,
}

/// The owner of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    Address(Option<IpAddr>),
    Account(AccountId),
    Instance(InstanceId),
}

impl Throttle {
    /// Counts a request of a caller, to an instance or outside of instances.
    ///
    /// # Errors
    ///
    /// 429 if it is over a limit.
    pub fn admit(
        &self,
        limits: &PlatformLimits,
        second: impl FnOnce() -> i64,
        (caller, address): (&Caller, Option<ClientAddress>),
        instance: Option<InstanceId>,
    ) -> Result<(), Failure> {
        let for_caller = match caller {
            Caller::Anonymous => limits
                .anonymous
                .map(|most| (Counted::Address(address.map(|ClientAddress(ip)| ip.to_canonical())), most)),
            Caller::Account { id, .. } if instance.is_none() => {
                limits.account.map(|most| (Counted::Account(*id), most))
            }
            Caller::Account { .. } | Caller::Api { .. } => None,
        };
        let for_instance = instance.and_then(|id| Some((Counted::Instance(id), limits.instance?)));
        if for_caller.is_none() && for_instance.is_none() {
            return Ok(());
        }
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.begin(second());
        let passes =
            [for_caller, for_instance].into_iter().flatten().all(|(counted, most)| window.count(counted) <= most);
        if passes { Ok(()) } else { Err(Failure::throttled()) }
    }
}

impl Window {
    /// Forgets the counters of another second.
    fn begin(&mut self, second: i64) {
        if self.second != second || self.requests.len() >= MOST_COUNTERS {
            *self = Window { second, requests: HashMap::new() };
        }
    }

    /// Counts a request and returns the number of requests so far.
    fn count(&mut self, counted: Counted) -> u32 {
        let requests = self.requests.entry(counted).or_default();
        *requests = requests.saturating_add(1);
        *requests
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_EACH: PlatformLimits =
        PlatformLimits { instances: None, anonymous: Some(1), account: Some(1), instance: Some(1) };

    fn account(id: AccountId) -> Caller {
        Caller::Account { id, role: None }
    }

    #[test]
    fn each_address_account_and_instance_has_a_counter_for_each_second() {
        let throttle = Throttle::default();
        let admits = |second, caller: Caller, address: [u8; 4], instance| {
            throttle.admit(&ONE_EACH, || second, (&caller, Some(ClientAddress(address.into()))), instance).is_ok()
        };
        for second in [1, 2] {
            assert!(admits(second, Caller::Anonymous, [127, 0, 0, 1], None));
            assert!(!admits(second, Caller::Anonymous, [127, 0, 0, 1], None));
            assert!(admits(second, Caller::Anonymous, [127, 0, 0, 2], None));
            assert!(admits(second, account(1), [127, 0, 0, 1], None));
            assert!(admits(second, account(2), [127, 0, 0, 1], None));
            assert!(!admits(second, account(1), [127, 0, 0, 2], None));
            assert!(admits(second, account(1), [127, 0, 0, 1], Some(1)));
            assert!(admits(second, account(1), [127, 0, 0, 1], Some(2)));
            assert!(!admits(second, account(2), [127, 0, 0, 1], Some(1)));
        }
    }

    #[test]
    fn an_ipv4_address_is_the_same_in_ipv6() {
        let throttle = Throttle::default();
        let admits = |address: &str| {
            let address = Some(ClientAddress(address.parse().unwrap()));
            throttle.admit(&ONE_EACH, || 1, (&Caller::Anonymous, address), None).is_ok()
        };
        assert_eq!((admits("192.0.2.1"), admits("::ffff:192.0.2.1"), admits("::1")), (true, false, true));
    }

    #[test]
    fn the_number_of_counters_is_bounded() {
        let throttle = Throttle::default();
        for number in 0..3 * MOST_COUNTERS as u32 {
            let address = Some(ClientAddress(IpAddr::from(number.to_be_bytes())));
            assert!(throttle.admit(&ONE_EACH, || 1, (&Caller::Anonymous, address), None).is_ok());
        }
        assert!(throttle.window.lock().unwrap().requests.len() <= MOST_COUNTERS);
    }
}
