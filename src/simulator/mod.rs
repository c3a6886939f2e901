//! The API in memory: a request in, a response out. No sockets, no clock of its own, no panic, whatever it is sent.

mod variation;

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};

pub use variation::{Kind, UnknownVariation, Variation, Variations};

/// The simulator. Clones share one world.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    variations: Variations,
}

/// What a simulator is made of; all of it can be handed in, so that a run can be repeated.
#[derive(Default)]
pub struct Builder {
    seed: Option<u64>,
    variations: Variations,
}

impl Builder {
    /// Fixes keys, passwords' salts and the clock: with the same seed and the same requests the answers are the same bytes.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Switches deviations on.
    pub fn variations(mut self, variations: Variations) -> Self {
        self.variations = variations;
        self
    }

    /// An empty world: no account, no instance.
    pub fn build(self) -> Simulator {
        Simulator { inner: Arc::new(Inner { variations: self.variations }) }
    }
}

impl Simulator {
    /// Begins a simulator.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Answers one request.
    pub fn handle(&self, _request: Request<Bytes>) -> Response<Bytes> {
        let _ = &self.inner.variations;
        Response::new(Bytes::new())
    }
}
