//! The previous answers of a scenario, which determine the next placeholders.

use std::sync::Arc;

use super::bindings::Bindings;
use super::exchange::Exchange;
use super::normalise::{Normaliser, Placeholders};

/// The maximum number of bytes of answers to keep; beyond it they are normalised at once.
const MOST_KEPT: usize = 256 << 10;

/// The placeholders up to some answer, and the answers since. Few answers are ever shown, so they
/// are normalised only when needed.
#[derive(Clone, Default)]
pub struct History {
    settled: Placeholders,
    since: Vec<Arc<Exchange>>,
    /// The number of bytes of the answers since.
    bytes: usize,
}

impl History {
    /// Adds an answer, and the placeholders after it if they are known. `bindings` are the values
    /// at the time of the answer.
    pub fn add(&mut self, exchange: &Arc<Exchange>, placeholders: Option<Placeholders>, bindings: &Bindings) {
        if let Some(settled) = placeholders {
            *self = History { settled, ..History::default() };
            return;
        }
        self.since.push(Arc::clone(exchange));
        self.bytes += exchange.response.body().len();
        if self.bytes > MOST_KEPT {
            self.settle(bindings);
        }
    }

    /// Returns the placeholders after all answers. `bindings` must be the values at the time of the
    /// answers that are not normalised yet.
    pub fn placeholders(&self, bindings: &Bindings) -> Placeholders {
        let mut placeholders = self.settled.clone();
        for exchange in &self.since {
            Normaliser::from_exchange(exchange, bindings, &mut placeholders).answer(&exchange.response);
        }
        placeholders
    }

    /// Normalises the answers so far. Call it before values change.
    pub fn settle(&mut self, bindings: &Bindings) {
        self.settled = self.placeholders(bindings);
        self.since.clear();
        self.bytes = 0;
    }
}
