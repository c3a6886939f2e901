//! Whatever is sent, in whatever order and by however many at once: the simulator answers, keeps its promises and stays in
//! bounds.

mod ask;
mod bounds;
mod carried;
mod model;
mod requests;
mod sane;
mod threads;
mod wire;

use proptest::test_runner::Config;

/// So many times the cases that proptest tries by itself, 256 unless the environment variable `PROPTEST_CASES` says otherwise.
fn times(factor: u32) -> Config {
    let config = Config::default();
    Config { cases: factor * config.cases, ..config }
}
