//! Numbers, durations and targets as people read them.

use std::time::Duration;

/// The name of the built-in simulator in reports. No profile may have it.
pub const SIMULATOR: &str = "simulator";

/// Returns a number with its thousands separated: `10,775`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Returns a number with its noun: `1 check`, `10,775 checks`.
pub fn count(number: usize, one: &str, more: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { more })
}

/// Returns a duration as a run shows it: `1.5 s`, `41 s`, `12 min 5 s`.
pub fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    match seconds.round() as u64 {
        0..=9 => format!("{seconds:.1} s"),
        whole @ 10..=119 => format!("{whole} s"),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

/// Returns a target as a sentence names it.
pub fn target_in_words(name: &str) -> &str {
    match name {
        SIMULATOR => "the built-in simulator",
        "" => "a target that was not reached",
        name => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_and_nouns_agree() {
        let numbers = [(0, "0 checks"), (1, "1 check"), (999, "999 checks"), (1000, "1,000 checks")];
        for (number, text) in numbers.into_iter().chain([(10_775, "10,775 checks"), (1_234_567, "1,234,567 checks")]) {
            assert_eq!(count(number, "check", "checks"), text);
        }
    }

    #[test]
    fn durations_are_as_exact_as_they_are_of_use() {
        let durations = [(1.53, "1.5 s"), (9.98, "10 s"), (41.4, "41 s"), (119.9, "2 min 0 s"), (725.0, "12 min 5 s")];
        for (seconds, text) in durations {
            assert_eq!(duration(Duration::from_secs_f64(seconds)), text);
        }
    }
}
