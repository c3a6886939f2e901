//! The leak check, which is part of every scenario.

use super::super::bindings::Bindings;
use super::super::exchange::Exchange;
use super::super::finding::Finding;
use super::super::judged::Judged;
use super::super::normalise::{Normaliser, Placeholders};
use super::changed::Changed;
use super::known::KnownWorld;
use super::search::{Leak, leaks};
use syncano_suite::CheckId;
use syncano_suite::{Given, Step};

/// The leaks found so far.
#[derive(Default)]
pub struct LeakCheck {
    /// The changes by earlier steps.
    pub changed: Changed,
    leaks: Vec<Leak>,
    /// Whether any step was answered.
    is_answered: bool,
    /// Why an answer was not searched completely.
    not_searched: Option<String>,
}

impl LeakCheck {
    /// Searches the answer to a step.
    pub fn search(&mut self, step: &Step, exchange: &Exchange, given: &Given, bindings: &Bindings) {
        self.is_answered = true;
        let Exchange { request, response, too_large, .. } = exchange;
        if let Some(why) = too_large {
            self.not_searched.get_or_insert_with(|| format!("the step {:?}: {why}", step.name));
        }
        let found = leaks(&KnownWorld { given, bindings, changed: self.changed }, request, response);
        if !found.is_empty() {
            let path = Normaliser::new("", bindings, &mut Placeholders::default()).text(&request.uri().to_string());
            let asked = format!("{} {path} as {}", request.method(), step.principal);
            let asked = format!("{asked}: {}", response.status().as_u16());
            self.leaks.extend(
                found.into_iter().map(|leak| Leak { words: format!("{asked}: {}", leak.words), beside: leak.beside }),
            );
        }
        if response.status().is_success() {
            self.changed.by(request);
        }
    }

    /// Returns the verdict on all answers together.
    pub fn verdict(&self, id: CheckId) -> Judged {
        let finding = match self.leaks.as_slice() {
            [] if !self.is_answered => return Judged::untestable(id, "no step was answered"),
            [] => Finding::Holds,
            [leak, more @ ..] => Finding::Broken {
                because: match more.len() {
                    0 => leak.words.clone(),
                    more => format!("{}, and {more} more", leak.words),
                },
                expected: "no value that the principal must not see".to_owned(),
                actual: self.leaks.iter().map(Leak::lines).collect::<Vec<_>>().join("\n"),
            },
        };
        Judged::new(id, finding).incomplete(self.not_searched.as_deref())
    }
}
