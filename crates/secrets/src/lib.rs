//! Tracks secrets and redacts output.
//!
//! Normalising replaces values in their usual places by names, and so hides most keys. The
//! [`Redactor`] hides the rest in all output: a target may show a key inside a longer word, in
//! capitals, encoded, cut short or in another member. It finds two kinds of secrets, in every
//! encoding of a text:
//!
//! * **Known secrets**: those of the scenario, by their names, and those that the run has
//!   [added](Secrets::add). ASCII letters may be in either case, and the secret may be reversed or
//!   split into groups.
//! * **Unknown secrets**, by their shape: 24 or more hexadecimal digits, a key in groups, and any
//!   value in the place of a key or password: a member, a parameter, a header, a field of a form,
//!   or before the host of a URL.
//!
//! A password of less than four characters is hidden only in the place of a password, and one of
//! less than eight only as a whole word. Otherwise ordinary texts would become unreadable.

mod decoded;
mod known;
mod shape;

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use decoded::Decoded;
use known::KnownSecrets;
use shape::Shape;

use syncano_simulator::api::Key;
use syncano_simulator::visible;

/// The size of the pieces in which a long text is searched, so that its decoded forms need little
/// memory.
const PIECE: usize = 64 << 10;
/// The overlap of two pieces, longer than any encoded secret.
const OVERLAP: usize = 4 << 10;

/// The secrets of a run, shared by everything that adds or shows one. Keys of the usual form are
/// found by their shape, so only other secrets are stored.
#[derive(Clone, Default)]
pub struct Secrets(Arc<RwLock<KnownSecrets>>);

impl Secrets {
    /// Adds a secret and its name. Call it as soon as the secret is known.
    pub fn add(&self, name: &str, secret: &str) {
        if secret.parse::<Key>().is_err() {
            self.0.write().unwrap_or_else(PoisonError::into_inner).add(name, secret);
        }
    }

    /// Returns the places of added secrets in plain text, in either case.
    pub fn plain(&self, text: &str) -> Vec<Range<usize>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.find(&Decoded::plain(text.as_bytes())).into_iter().map(|found| found.part).collect()
    }

    /// Creates a redactor for all secrets of the run, including later ones.
    pub fn redactor(&self) -> Redactor {
        Redactor { run: Some(self.clone()), ..Redactor::knowing([]) }
    }
}

/// Shows no secret.
impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(...)")
    }
}

/// Removes secrets from output.
pub struct Redactor {
    /// Names and secrets.
    secrets: Vec<(String, String)>,
    /// The search index of `secrets`. It is built on first use, because most scenarios show
    /// nothing.
    known: OnceLock<KnownSecrets>,
    /// The secrets of the whole run.
    run: Option<Secrets>,
}

/// A part of a text that must be hidden.
#[derive(Clone)]
struct Hidden {
    part: Range<usize>,
    /// The kind; of several, the least one is the most specific.
    what: What,
    name: String,
    exact: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Known,
    Shape(Shape),
}

/// Finds texts of some shapes.
type FindShapes = fn(&Decoded) -> Vec<(Range<usize>, Shape)>;

impl Redactor {
    /// Creates a redactor that knows these pairs of name and secret.
    pub fn knowing<'s>(secrets: impl IntoIterator<Item = (&'s str, &'s str)>) -> Redactor {
        let secrets = secrets.into_iter().map(|(name, secret)| (name.to_owned(), secret.to_owned())).collect();
        Redactor { secrets, known: OnceLock::new(), run: None }
    }

    /// Replaces secrets in a text by their names, and escapes [hidden](visible::is_hidden)
    /// characters, which could control a terminal.
    pub fn text(&self, text: &str) -> String {
        self.beginning(text, text.len())
    }

    /// Redacts the first bytes of a text, at most `most`. A secret that begins there is hidden,
    /// even if it ends after the limit.
    pub fn beginning(&self, text: &str, most: usize) -> String {
        let end = text.floor_char_boundary(most);
        let looked_at = text.get(..text.floor_char_boundary(end.saturating_add(OVERLAP))).unwrap_or(text).as_bytes();
        let mut shown = Vec::with_capacity(end);
        let mut at = 0;
        for Hidden { part, name, exact, .. } in self.hidden(looked_at) {
            if part.start >= end {
                break;
            }
            shown.extend_from_slice(looked_at.get(at..part.start).unwrap_or_default());
            let form = if exact { "" } else { " in another form" };
            shown.extend_from_slice(format!("<{name}{form}>").as_bytes());
            at = part.end;
        }
        shown.extend_from_slice(looked_at.get(at..end).unwrap_or_default());
        visible::text(&String::from_utf8_lossy(&shown)).into_owned()
    }

    /// Returns the places of known secrets and keys in any other form than plain text.
    pub fn disguised(&self, text: &[u8]) -> Vec<Range<usize>> {
        let is_plain =
            |part: &Range<usize>| text.get(part.clone()).is_some_and(|p| p.iter().all(u8::is_ascii_hexdigit));
        let hidden =
            self.hidden_by(text, shape::find_keys, |hidden| hidden.what == What::Known || !is_plain(&hidden.part));
        hidden.into_iter().map(|hidden| hidden.part).collect()
    }

    /// Returns the parts to hide, in order and without overlaps.
    fn hidden(&self, text: &[u8]) -> Vec<Hidden> {
        self.hidden_by(text, shape::find, |_| true)
    }

    /// Returns the parts to hide that have one of these shapes, or are known, and that satisfy
    /// `counts`.
    fn hidden_by(&self, text: &[u8], shapes: FindShapes, counts: impl Fn(&Hidden) -> bool) -> Vec<Hidden> {
        let mut all = Vec::new();
        let mut start = 0;
        loop {
            let end = text.len().min(start + PIECE);
            let piece = text.get(start..end).unwrap_or_default();
            let hidden = self.hidden_in(piece, shapes).into_iter().map(|hidden| {
                let part = hidden.part.start + start..hidden.part.end + start;
                Hidden { part, ..hidden }
            });
            all.extend(hidden.filter(&counts));
            if end == text.len() {
                break;
            }
            start = end - OVERLAP;
        }
        all.sort_by_key(|hidden| (hidden.part.start, hidden.what));
        let mut apart: Vec<Hidden> = Vec::new();
        for hidden in all {
            match apart.last_mut().filter(|last| hidden.part.start < last.part.end) {
                Some(last) => {
                    let part = last.part.start..last.part.end.max(hidden.part.end);
                    let best = if hidden.what < last.what { hidden } else { last.clone() };
                    *last = Hidden { exact: best.exact && best.part == part, part, ..best };
                }
                None => apart.push(hidden),
            }
        }
        apart
    }

    fn hidden_in(&self, text: &[u8], shapes: FindShapes) -> Vec<Hidden> {
        let mut all = Vec::new();
        let own = self.known.get_or_init(|| {
            let mut known = KnownSecrets::default();
            self.secrets.iter().for_each(|(name, secret)| known.add(name, secret));
            known
        });
        let run = self.run.as_ref().map(|run| run.0.read().unwrap_or_else(PoisonError::into_inner));
        let groups = Decoded::squeezed(text);
        for (number, form) in Decoded::all(text).iter().enumerate() {
            for known in [Some(own), run.as_deref()].into_iter().flatten() {
                let in_groups = if number == 0 { known.find_in_groups(&groups) } else { Vec::new() };
                let in_groups = in_groups.into_iter().map(|found| (groups.place(found.part.clone()), found));
                let found = known.find(form).into_iter().map(|found| (form.place(found.part.clone()), found));
                all.extend(found.chain(in_groups).map(|(part, found)| {
                    let exact = found.exact && part.len() == found.part.len();
                    Hidden { part, what: What::Known, name: found.name.to_owned(), exact }
                }));
            }
            all.extend(shapes(form).into_iter().map(|(part, shape)| {
                let name = match shape {
                    Shape::Key => "key",
                    Shape::Secret => "secret",
                };
                Hidden { part: form.place(part), what: What::Shape(shape), name: name.to_owned(), exact: true }
            }));
        }
        all
    }
}
