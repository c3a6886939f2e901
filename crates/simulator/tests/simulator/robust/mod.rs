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

/// So many times the cases that the environment variable `PROPTEST_CASES` asks for, which `.cargo/config.toml` sets where nobody does.
fn times(factor: u32) -> Config {
    let config = Config::default();
    Config { cases: factor * config.cases, ..config }
}
