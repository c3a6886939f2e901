//! Robustness: with any requests, in any order and from many threads, the simulator answers, keeps
//! its promises and stays within its limits.

mod ask;
mod bounds;
mod carried;
mod model;
mod requests;
mod sane;
mod threads;
mod wire;

use proptest::test_runner::Config;

/// Multiplies the number of cases of proptest: `PROPTEST_CASES`, which `.cargo/config.toml` sets by
/// default.
fn times(factor: u32) -> Config {
    let config = Config::default();
    Config { cases: factor * config.cases, ..config }
}
