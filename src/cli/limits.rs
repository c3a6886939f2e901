//! The options that limit the traffic with a target.

use std::time::Duration;

use syncano_conformance::config::{ANSWER_BYTES, Profile, RETRIES, RUN_SECONDS, SECONDS};
use syncano_conformance::harness::{Limits, Rate, Retries, TimeOuts};

/// How patient the harness is with a target, and how much it asks of it.
#[derive(clap::Args, Debug, Default)]
pub struct LimitArgs {
    /// Send at most so many requests a second, like 10 or 0.5, whatever they are for and however many jobs there are; 0 or
    /// `none` for no limit [default: as the profile says, else none on this machine and 10 elsewhere]
    #[arg(long, value_name = "NUMBER")]
    pub rate: Option<Rate>,

    /// Give up on making a connection after so many seconds [default: as the profile says, else 10]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(SECONDS))]
    connect_timeout: Option<u32>,

    /// Give up on an exchange after so many seconds [default: as the profile says, else 30]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(SECONDS))]
    timeout: Option<u32>,

    /// End the run after so many seconds: what it has made is removed, what it has not judged is untestable [default: as the
    /// profile says, else 3600; no limit in this process]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(RUN_SECONDS))]
    max_time: Option<u32>,

    /// Send a request again so often at most that was not answered, or only by a gateway, and has changed nothing; and wait
    /// where the target answers with 429. 0 for never [default: as the profile says, else 3]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(RETRIES))]
    retries: Option<u32>,

    /// Maximum size of an answer in bytes; a larger one fails every check of it. In JSON every 32 bytes of the limit allow
    /// one value [default: as the profile says, else 2097152, which is 2 MiB]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(ANSWER_BYTES))]
    max_answer: Option<u32>,
}

impl LimitArgs {
    /// The profile, with what options say in its place.
    pub fn over(&self, profile: Profile) -> Profile {
        let seconds = |given: Option<u32>| given.map(|seconds| Duration::from_secs(seconds.into()));
        Profile {
            rate: self.rate.or(profile.rate),
            connect_timeout: seconds(self.connect_timeout).or(profile.connect_timeout),
            timeout: seconds(self.timeout).or(profile.timeout),
            max_time: seconds(self.max_time).or(profile.max_time),
            retries: self.retries.or(profile.retries),
            max_answer: self.max_answer.or(profile.max_answer),
            ..profile
        }
    }
}

/// What a profile says of the traffic, and what it leaves out as it is by default.
pub fn limits(profile: &Profile) -> Limits {
    let default = Limits::default();
    Limits {
        time_outs: TimeOuts {
            connect: profile.connect_timeout.unwrap_or(default.time_outs.connect),
            exchange: profile.timeout.unwrap_or(default.time_outs.exchange),
        },
        rate: profile.rate.unwrap_or(default.rate),
        retries: Retries {
            most: profile.retries.map_or(default.retries.most, |most| most as usize),
            ..default.retries
        },
        answer: profile.max_answer.map_or(default.answer, |bytes| bytes as usize),
    }
}
