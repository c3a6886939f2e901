//! Judges that an answer does not hold a value.

use serde_json::Value;

use super::answer::Answer;
use super::finding::Finding;
use super::normalise::Shown;
use super::place::{self, Place};
use syncano_suite::Reference;

/// The maximum number of places that are shown.
const MOST_PLACES: usize = 5;

/// The places of a value in an answer.
#[derive(Default)]
struct Places {
    /// The first place in words.
    first: Option<String>,
    /// The number of places.
    number: usize,
    /// A line for each of the first places. After the first one, the members beside it.
    lines: Vec<String>,
}

impl Answer<'_> {
    /// Judges that values are absent. Texts are searched everywhere, ignoring case and inside
    /// longer texts; identifiers only in places of their kind.
    pub(super) fn absent(&self, references: &[Reference]) -> Finding {
        let everywhere = self.everywhere();
        for reference in references {
            let Some((_, bound)) = self.bindings.iter().find(|(name, _)| *name == reference.as_str()) else {
                return Finding::Unjudged(format!("`{reference}` has no value"));
            };
            let places = match (&bound.value, &bound.shown) {
                (Value::String(text), _) => {
                    let text = text.to_lowercase();
                    everywhere.contains(&text).then(|| self.places_of_text(&text))
                }
                (Value::Number(_), Value::String(name)) => {
                    let names = [":int>", ":text>", ">"].map(|end| name.replace(":int>", end));
                    let is_there = names.iter().any(|name| self.snapshot().contains(name));
                    is_there.then(|| self.places_of_identifier(&names))
                }
                _ => return Finding::Unjudged(format!("`{reference}` is neither a text nor an identifier")),
            };
            if let Some(places) = places {
                return self.found(&places.words(reference), &format!("no {reference}"), &self.evidence(&places));
            }
        }
        Finding::Holds
    }

    /// Returns all texts of the answer, in lower case.
    fn everywhere(&self) -> String {
        let mut everywhere = self.text().to_lowercase();
        if let Some(body) = &self.body {
            // The parsed body has no escapes, which could hide a value in the text.
            everywhere.push_str(&body.to_string().to_lowercase());
        }
        for value in self.exchange.response.headers().values() {
            everywhere.push('\n');
            everywhere.push_str(&String::from_utf8_lossy(value.as_bytes()).to_lowercase());
        }
        everywhere
    }

    fn places_of_text(&self, text: &str) -> Places {
        let mut places = Places::default();
        let mut visit = |place: &Place<'_>| {
            if place.text.to_lowercase().contains(text) {
                places.add(place, self);
            }
        };
        place::in_headers(self.exchange.response.headers(), &mut visit);
        place::in_body(self.body.as_ref(), &self.text(), &mut visit);
        places
    }

    fn places_of_identifier(&self, names: &[String]) -> Places {
        let Shown { body, text } = self.shown();
        let (head, below) = text.split_once("\n\n").unwrap_or((text, ""));
        let mut places = Places::default();
        let mut visit = |place: &Place<'_>| {
            if names.iter().any(|name| place.text.contains(name)) {
                places.add(place, self);
            }
        };
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            place::in_header(name, value, &mut visit);
        }
        place::in_body(body.as_ref(), below, &mut visit);
        places
    }

    /// Returns the first places; if there is none, as for a value within a number, the beginning of
    /// the answer.
    fn evidence(&self, places: &Places) -> String {
        match places.number.saturating_sub(MOST_PLACES) {
            _ if places.number == 0 => self.snapshot().to_owned(),
            0 => places.lines.join("\n"),
            more => format!("{}\nand {}", places.lines.join("\n"), more_places(more)),
        }
    }
}

impl Places {
    fn add(&mut self, place: &Place<'_>, answer: &Answer<'_>) {
        self.number += 1;
        if self.number <= MOST_PLACES {
            self.lines.push(place.line(answer.bindings));
        }
        if self.first.is_none() {
            self.first = Some(place.words.clone());
            self.lines.extend(place.beside(answer.bindings).map(|beside| format!("  {beside}")));
        }
    }

    /// Says where a value is: `bob.id is at $.objects[1].id, and 2 more places`.
    fn words(&self, reference: &Reference) -> String {
        let first = self.first.as_deref().unwrap_or("in the body");
        match self.number {
            0 | 1 => format!("{reference} is {first}"),
            number => format!("{reference} is {first}, and {}", more_places(number - 1)),
        }
    }
}

/// `2 more places`
fn more_places(number: usize) -> String {
    format!("{number} more {}", if number == 1 { "place" } else { "places" })
}
