//! Which defects and quirks the built-in simulator is given.

use std::sync::Arc;

use syncano_conformance::defects::{self, Defect};
use syncano_conformance::selftest::Wrong;
use syncano_simulator::{Quirk, Quirks, Simulator};
use syncano_suite::diagnostic::nearest;

/// The options that make the built-in simulator wrong.
#[derive(clap::Args, Debug)]
pub struct WrongArgs {
    /// Known bugs of the reference deployment to reproduce [default: none]
    ///
    /// `list --quirks` lists them; `all` stands for all except late-deletes.
    #[arg(long, value_name = "all|NAME,...", value_delimiter = ',')]
    quirks: Vec<String>,

    /// Deliberate bugs in front of the simulator (`list --defects`) [default: none]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    defects: Vec<String>,
}

/// A word that names no defect or no quirk.
#[derive(Debug, thiserror::Error)]
#[error("no {kind} is named {word:?}\n  hint: {}`list --{kind}s` lists all of them", self.near())]
pub struct UnknownChoice {
    kind: &'static str,
    word: String,
}

impl UnknownChoice {
    /// Returns the question whether a similar name was meant.
    fn near(&self) -> String {
        let near = match self.kind {
            "quirk" => nearest(&self.word, Quirk::ALL.iter().map(|quirk| quirk.name())),
            _ => nearest(&self.word, Wrong::all().map(|wrong| wrong.name())),
        };
        near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default()
    }
}

impl WrongArgs {
    /// Whether any was asked for.
    pub fn is_empty(&self) -> bool {
        self.quirks.is_empty() && self.defects.is_empty()
    }

    /// The quirks that were asked for.
    pub fn quirks(&self) -> Result<Quirks, UnknownChoice> {
        let mut chosen = if self.quirks.iter().any(|word| word == "all") { Quirks::all() } else { Quirks::none() };
        for word in self.quirks.iter().filter(|word| *word != "all") {
            let unknown = || UnknownChoice { kind: "quirk", word: word.clone() };
            chosen = chosen.with(word.parse::<Quirk>().map_err(|_| unknown())?);
        }
        Ok(chosen)
    }

    /// The defects that were asked for.
    pub fn defects(&self) -> Result<Vec<&'static Defect>, UnknownChoice> {
        find_defects(&self.defects)
    }
}

/// The defects of these names.
fn find_defects(words: &[String]) -> Result<Vec<&'static Defect>, UnknownChoice> {
    let find = |word: &String| defects::named(word).ok_or_else(|| UnknownChoice { kind: "defect", word: word.clone() });
    words.iter().map(find).collect()
}

/// The defect or quirk of this name.
pub fn find_wrong(word: &str) -> Result<Wrong, UnknownChoice> {
    Wrong::named(word).ok_or_else(|| UnknownChoice { kind: "defect", word: word.to_owned() })
}

/// The built-in simulator with the defects in front of it.
pub struct BuiltIn {
    /// The simulator.
    pub simulator: Simulator,
    /// The defects in front of it.
    pub defects: Vec<&'static Defect>,
}

impl BuiltIn {
    /// The layer that switches the defects.
    pub fn layer(&self) -> Arc<defects::Switched> {
        Arc::new(defects::Switched::new(&self.simulator, self.defects.clone()))
    }
}
