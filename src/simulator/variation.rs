//! Deliberate deviations from what the API should do, all off by default.
//!
//! A *defect* breaks a rule on purpose, so that the suite can be seen to notice; a *quirk* is a known defect of the
//! reference deployment, so that a recording of it can be compared without exceptions.

/// The deviations that are switched on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variations(Vec<Variation>);

/// One deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variation {
    /// Defect: `/user/` also takes an account key beside a user key.
    AccountKeyOnUser,
}

impl Variations {
    /// Whether a deviation is switched on.
    pub fn has(&self, variation: Variation) -> bool {
        self.0.contains(&variation)
    }
}
