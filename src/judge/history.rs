//! The answers before, as far as they decide which placeholders the next one gets.

use std::sync::Arc;

use super::bindings::Bindings;
use super::exchange::Exchange;
use super::normalise::{Normaliser, Placeholders};

/// The maximum number of bytes of answers that are kept; more are normalised at once.
const MOST_KEPT: usize = 256 << 10;

/// The placeholders up to some answer, and the answers since. Few answers are ever shown, so they are normalised only when one
/// is.
#[derive(Clone, Default)]
pub struct History {
    settled: Placeholders,
    since: Vec<Arc<Exchange>>,
    /// The number of bytes of these.
    bytes: usize,
}

impl History {
    /// Adds an answer, and the placeholders after it if they are known. The values are the ones at the time of the answer.
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

    /// Returns the placeholders after all answers; the values have to be the ones at the time of the answers that are not
    /// settled yet.
    pub fn placeholders(&self, bindings: &Bindings) -> Placeholders {
        let mut placeholders = self.settled.clone();
        for exchange in &self.since {
            Normaliser::from_exchange(exchange, bindings, &mut placeholders).answer(&exchange.response);
        }
        placeholders
    }

    /// Normalises the answers so far, before values change.
    pub fn settle(&mut self, bindings: &Bindings) {
        self.settled = self.placeholders(bindings);
        self.since.clear();
        self.bytes = 0;
    }
}
