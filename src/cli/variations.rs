//! Which deviations the built-in simulator is given.

use syncano_conformance::simulator::{Kind, Variation, Variations};

/// The options that switch deviations of the simulator on.
#[derive(clap::Args, Debug)]
pub struct VariationArgs {
    /// Known defects of the reference deployment to imitate (`list --quirks`); `all` is every one but late-deletes
    /// [default: none]
    #[arg(long, value_name = "all|NAME,...", value_delimiter = ',')]
    quirks: Vec<String>,

    /// Rules to break on purpose (`list --defects`), to see that the suite notices [default: none]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',')]
    defects: Vec<String>,
}

/// A word that names no deviation of its kind.
#[derive(Debug, thiserror::Error)]
#[error("no {kind} of the simulator is named {word:?}\n  hint: `list --{kind}s` shows what there is")]
pub struct UnknownVariation {
    kind: &'static str,
    word: String,
}

impl VariationArgs {
    /// Whether any was asked for.
    pub fn is_empty(&self) -> bool {
        self.quirks.is_empty() && self.defects.is_empty()
    }

    /// What was asked for.
    pub fn variations(&self) -> Result<Variations, UnknownVariation> {
        let mut chosen =
            if self.quirks.iter().any(|word| word == "all") { Variations::quirks() } else { Variations::none() };
        for word in self.quirks.iter().filter(|word| *word != "all") {
            chosen = chosen.with(find(word, Kind::Quirk)?);
        }
        for word in &self.defects {
            chosen = chosen.with(find(word, Kind::Defect)?);
        }
        Ok(chosen)
    }
}

fn find(word: &str, kind: Kind) -> Result<Variation, UnknownVariation> {
    let named = word.parse::<Variation>().ok().filter(|variation| variation.kind() == kind);
    named.ok_or_else(|| UnknownVariation {
        kind: match kind {
            Kind::Quirk => "quirk",
            Kind::Defect => "defect",
        },
        word: word.to_owned(),
    })
}
