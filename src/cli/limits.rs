//! Options that limit the traffic with a target.

use std::time::Duration;

use syncano_conformance::config::{ANSWER_BYTES, INSTANCES, Profile, RETRIES, RUN_SECONDS, SECONDS};
use syncano_conformance::harness::{Limits, Rate, Retries, TimeOuts};

/// The heading of the options in the help.
const HEADING: &str = "Limits";

/// Limits for the traffic with a target.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct LimitArgs {
    /// Maximum requests per second [default: 10; unlimited on loopback]
    ///
    /// The limit holds over all jobs, and may be a fraction such as 0.5; 0 or `none` means no
    /// limit. The default is `rate` in the profile.
    #[arg(long, value_name = "NUMBER", help_heading = HEADING)]
    pub rate: Option<Rate>,

    /// Time limit for a connection, in seconds [default: 10]
    ///
    /// The default is `connect_timeout` in the profile.
    #[arg(long, value_name = "SECONDS", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(SECONDS))]
    connect_timeout: Option<u32>,

    /// Time limit for a request with its response, in seconds [default: 30]
    ///
    /// The default is `timeout` in the profile.
    #[arg(long, value_name = "SECONDS", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(SECONDS))]
    timeout: Option<u32>,

    /// Time limit for the run, in seconds [default: 3600; none for `sim`]
    ///
    /// When the time is over, the created resources are deleted, and checks that were not judged
    /// are untestable. The default is `max_time` in the profile.
    #[arg(long, value_name = "SECONDS", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(RUN_SECONDS))]
    max_time: Option<u32>,

    /// Maximum number of instances at a time [default: 4; no limit for `sim`]
    ///
    /// Scenarios share instances, unless they need one of their own. A stock deployment allows an
    /// account 4. The default is `max_instances` in the profile.
    #[arg(long, value_name = "NUMBER", help_heading = HEADING, value_parser = clap::value_parser!(u16).range(INSTANCES))]
    max_instances: Option<u16>,

    /// Maximum retries of a read that got no answer [default: 3]
    ///
    /// An error of a gateway counts as no answer. After a 429 response the run waits. 0 means no
    /// retries. The default is `retries` in the profile.
    #[arg(long, value_name = "NUMBER", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(RETRIES))]
    retries: Option<u32>,

    /// Maximum size of a response, in bytes [default: 2097152]
    ///
    /// A larger response fails every check on it. JSON may have one value for every 32 bytes of the
    /// limit. The default is `max_answer` in the profile.
    #[arg(long, value_name = "BYTES", help_heading = HEADING, value_parser = clap::value_parser!(u32).range(ANSWER_BYTES))]
    max_answer: Option<u32>,
}

impl LimitArgs {
    /// Returns the profile with the options applied to it.
    pub fn over(&self, profile: Profile) -> Profile {
        let seconds = |given: Option<u32>| given.map(|seconds| Duration::from_secs(seconds.into()));
        Profile {
            rate: self.rate.or(profile.rate),
            connect_timeout: seconds(self.connect_timeout).or(profile.connect_timeout),
            timeout: seconds(self.timeout).or(profile.timeout),
            max_time: seconds(self.max_time).or(profile.max_time),
            max_instances: self.max_instances.or(profile.max_instances),
            retries: self.retries.or(profile.retries),
            max_answer: self.max_answer.or(profile.max_answer),
            ..profile
        }
    }
}

/// Returns the limits of a profile, with defaults for those that it leaves out.
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
