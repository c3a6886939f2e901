//! What was answered before, as far as it decides how the next answer is shown.

use std::sync::Arc;

use super::Exchange;
use super::bindings::Bindings;
use super::normalise::{Fresh, Normaliser};

/// Answers of more bytes than this are numbered at once rather than kept.
const MOST_KEPT: usize = 256 << 10;

/// How what nobody knows was numbered up to some answer, and the answers since. Few answers are ever shown, so they are
/// numbered when one is.
#[derive(Clone, Default)]
pub struct Past {
    numbered: Fresh,
    since: Vec<Arc<Exchange>>,
    /// How many bytes these are.
    bytes: usize,
}

impl Past {
    /// After this answer, and with the numbers after it, where they are known. The values are those as of the answer.
    pub fn add(&mut self, exchange: &Arc<Exchange>, numbers: Option<Fresh>, bindings: &Bindings) {
        if let Some(numbers) = numbers {
            *self = Past { numbered: numbers, ..Past::default() };
            return;
        }
        self.since.push(Arc::clone(exchange));
        self.bytes += exchange.response.body().len();
        if self.bytes > MOST_KEPT {
            self.settle(bindings);
        }
    }

    /// The numbers after all answers; the values have to be those as of the answers that are not numbered yet.
    pub fn numbers(&self, bindings: &Bindings) -> Fresh {
        let mut fresh = self.numbered.clone();
        for exchange in &self.since {
            Normaliser::of(exchange, bindings, &mut fresh).answer(&exchange.response);
        }
        fresh
    }

    /// Numbers the answers so far, before values change.
    pub fn settle(&mut self, bindings: &Bindings) {
        self.numbered = self.numbers(bindings);
        self.since.clear();
        self.bytes = 0;
    }
}
