//! The access table: who may do what, endpoint x method x principal.
//!
//! `access.toml` says in its first lines how it is read. Here it becomes cells: one request each, by one principal, and how
//! it has to be answered. Every principal has exactly one cell for every method of every endpoint.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use http::Method;
use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

use super::diagnostic::{Diagnostic, Place, Source};
use super::file::{CheckId, GivenFile, is_slug};
use super::locator::Locator;
use super::model::Given;
use super::principal::{KeySlot, Principal};
use super::read::Reader;
use super::template::{Json, Reference, Text};

/// The methods that the table speaks of, reading ones first.
pub const METHODS: [Method; 6] =
    [Method::GET, Method::OPTIONS, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// The word for all principals that a table of outcomes does not name.
const REST: &str = "rest";

/// Who may do what.
#[derive(Debug)]
pub struct AccessTable {
    /// The file.
    pub source: Arc<Source>,
    /// What a world of the table holds.
    pub given: Given,
    /// Everybody who asks, in the order of the file.
    pub callers: Vec<Caller>,
    /// What is asked for, in the order of the file.
    pub endpoints: Vec<Endpoint>,
}

/// Somebody who asks.
#[derive(Debug)]
pub struct Caller {
    /// What the file calls him.
    pub word: String,
    /// His keys.
    pub principal: Principal,
    /// Keys that no principal has, as headers.
    pub headers: IndexMap<String, Text>,
}

/// A path with what is sent to it, and how it answers.
#[derive(Debug)]
pub struct Endpoint {
    /// `users/self/groups`
    pub name: String,
    /// The path, as in a scenario.
    pub path: Text,
    /// The body of POST, PUT and PATCH.
    pub json: Option<Json>,
    /// For a list: where its rows say what they are.
    pub rows: Option<(Locator, Vec<Reference>)>,
    /// Where that is shown which a request would change.
    pub shown_at: Option<Text>,
    /// A cell for each method and caller, in the order of [`METHODS`] and of the callers.
    pub cells: Vec<Cell>,
    /// Where it stands.
    pub place: Place,
}

/// One request and how it has to be answered.
#[derive(Debug)]
pub struct Cell {
    /// `access/users/self/groups/get/api-ignore-acl`
    pub id: CheckId,
    /// The method.
    pub method: Method,
    /// The number of the caller.
    pub caller: usize,
    /// How it has to be answered.
    pub expected: Arc<Expectation>,
    /// Where that stands.
    pub place: Place,
}

/// How a request has to be answered.
#[derive(Debug)]
pub struct Expectation {
    /// In one of these ways.
    pub ways: Vec<Way>,
}

/// One way of answering.
#[derive(Debug)]
pub struct Way {
    /// The status.
    pub status: u16,
    /// What the member `detail` of an error says.
    pub detail: Option<String>,
    /// What a list shows.
    pub rows: Option<Rows>,
    /// Whether OPTIONS names fields that the caller may write.
    pub actions: Option<bool>,
}

/// What of its world a list shows and what not; what else it holds is not looked at.
#[derive(Debug)]
pub struct Rows {
    /// Where rows say what they are.
    pub at: Locator,
    /// What is there.
    pub shown: Vec<Reference>,
    /// What is not.
    pub hidden: Vec<Reference>,
}

impl AccessTable {
    /// The name of the file below the folder of scenarios.
    pub const FILE: &str = "access.toml";
    /// What stands before the names of its cells, and what no area of scenarios can be called.
    pub const AREA: &str = "access";

    /// How many cells it has.
    pub fn cells(&self) -> usize {
        self.endpoints.iter().map(|endpoint| endpoint.cells.len()).sum()
    }
}

impl Endpoint {
    /// Its name among those of scenarios.
    pub fn full_name(&self) -> String {
        format!("{}/{}", AccessTable::AREA, self.name)
    }

    /// Whether it is the world's own instance.
    pub fn is_instance(&self) -> bool {
        self.path.to_string() == "{{instance.path}}/"
    }

    /// How a method answers somebody.
    pub fn expected(&self, method: &Method, caller: usize) -> Option<&Arc<Expectation>> {
        self.cells.iter().find(|cell| cell.method == *method && cell.caller == caller).map(|cell| &cell.expected)
    }
}

impl Expectation {
    /// Whether it can be that something is refused, or is said not to be there.
    pub fn is_refusal(&self) -> bool {
        self.ways.iter().any(|way| matches!(way.status, 401 | 403 | 404))
    }

    /// Whether it says that something cannot be seen or done, so that a target on which nothing is there would fulfil it.
    pub fn is_negative(&self) -> bool {
        self.is_refusal() || self.ways.iter().any(|way| way.rows.as_ref().is_some_and(|rows| !rows.hidden.is_empty()))
    }

    /// The references whose values it compares with.
    pub fn references(&self) -> Vec<&Reference> {
        let rows = self.ways.iter().filter_map(|way| way.rows.as_ref());
        rows.flat_map(|rows| rows.shown.iter().chain(&rows.hidden)).collect()
    }

    /// Whether nothing can have changed: every way is an error of the caller.
    pub fn changes_nothing(&self) -> bool {
        self.ways.iter().all(|way| (400..500).contains(&way.status))
    }
}

/// `200, a list with self and without other, third`
impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, way) in self.ways.iter().enumerate() {
            let or = if number == 0 { "" } else { " or " };
            write!(f, "{or}{}", way.status)?;
            if let Some(detail) = &way.detail {
                write!(f, ", {detail:?}")?;
            }
            if let Some(Rows { shown, hidden, .. }) = &way.rows {
                let words = |rows: &[Reference]| rows.iter().map(thing).collect::<Vec<_>>().join(", ");
                match (words(shown).as_str(), words(hidden).as_str()) {
                    ("", hidden) => write!(f, ", a list without {hidden}")?,
                    (shown, "") => write!(f, ", a list with {shown}")?,
                    (shown, hidden) => write!(f, ", a list with {shown} and without {hidden}")?,
                }
            }
            match way.actions {
                Some(true) => f.write_str(", with `actions`")?,
                Some(false) => f.write_str(", without `actions`")?,
                None => {}
            }
        }
        Ok(())
    }
}

/// The thing that a reference is about: `self` of `self.id`.
fn thing(reference: &Reference) -> &str {
    reference.as_str().split('.').next().unwrap_or_default()
}

/// What stands in the file.
struct File {
    given: Spanned<GivenFile>,
    principals: IndexMap<Spanned<String>, Words>,
    keys: IndexMap<Spanned<String>, KeysFile>,
    errors: IndexMap<String, String>,
    otherwise: Policy,
    endpoints: Vec<(Spanned<String>, EndpointFile)>,
    policies: Vec<(Spanned<String>, Policy)>,
}

type Words = Vec<Spanned<String>>;
/// Outcomes, and who is answered so.
type Policy = IndexMap<Spanned<String>, Words>;

/// What a principal sends that no scenario has a word for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysFile {
    api_key: Option<Text>,
    user_key: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointFile {
    path: Spanned<Text>,
    json: Option<Spanned<Json>>,
    rows: Option<RowsFile>,
    shown_at: Option<Spanned<Text>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowsFile {
    at: Locator,
    of: Vec<Spanned<Reference>>,
}

/// The tables of endpoints and of methods stand beside the five others and are told by their names.
impl<'de> Deserialize<'de> for File {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<File, D::Error> {
        struct Tables;

        impl<'de> Visitor<'de> for Tables {
            type Value = File;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<File, A::Error> {
                let (mut given, mut principals) = (None, None);
                let (mut keys, mut errors, mut otherwise) = (IndexMap::new(), IndexMap::new(), Policy::new());
                let (mut endpoints, mut policies) = (Vec::new(), Vec::new());
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    match name.get_ref().as_str() {
                        "given" => given = Some(map.next_value()?),
                        "principals" => principals = Some(map.next_value()?),
                        "keys" => keys = map.next_value()?,
                        "errors" => errors = map.next_value()?,
                        "otherwise" => otherwise = map.next_value()?,
                        header if header.contains(' ') => policies.push((name, map.next_value()?)),
                        _ => endpoints.push((name, map.next_value()?)),
                    }
                }
                Ok(File {
                    given: given.ok_or_else(|| A::Error::missing_field("given"))?,
                    principals: principals.ok_or_else(|| A::Error::missing_field("principals"))?,
                    keys,
                    errors,
                    otherwise,
                    endpoints,
                    policies,
                })
            }
        }

        deserializer.deserialize_map(Tables)
    }
}

/// Reads the table. All that is wrong is reported at once, but for what keeps the file from being read at all.
pub fn read(source: &Arc<Source>) -> Result<AccessTable, Vec<Diagnostic>> {
    let file: File = toml::from_str(&source.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Diagnostic::at(Place::of_span(source, span), error.message().to_owned())]
    })?;
    let mut builder = Builder {
        source,
        reader: Reader::new(source),
        callers: IndexMap::new(),
        groups: BTreeMap::new(),
        errors: file.errors,
        endpoints: IndexMap::new(),
    };
    let place = builder.at(&file.given);
    builder.reader.given(file.given.into_inner(), place);
    builder.principals(file.principals, file.keys);
    for (name, endpoint) in file.endpoints {
        builder.endpoint(name, endpoint);
    }
    builder.policies(&file.policies, &file.otherwise);
    let Builder { reader, callers, endpoints, .. } = builder;
    if reader.wrong.is_empty() {
        let (callers, endpoints) = (callers.into_values().collect(), endpoints.into_values().collect());
        Ok(AccessTable { source: Arc::clone(source), given: reader.given, callers, endpoints })
    } else {
        let mut wrong = reader.wrong;
        // What is said of several endpoints at once is wrong once.
        wrong.dedup();
        Err(wrong)
    }
}

struct Builder<'s> {
    source: &'s Arc<Source>,
    reader: Reader<'s>,
    callers: IndexMap<String, Caller>,
    /// The numbers of the callers that a word stands for.
    groups: BTreeMap<String, Vec<usize>>,
    errors: IndexMap<String, String>,
    endpoints: IndexMap<String, Endpoint>,
}

impl Builder<'_> {
    fn at<T>(&self, spanned: &Spanned<T>) -> Place {
        Place::of_span(self.source, spanned.span())
    }

    /// Groups in the order of the file; each is made of principals and of groups before it.
    fn principals(&mut self, principals: IndexMap<Spanned<String>, Words>, keys: IndexMap<Spanned<String>, KeysFile>) {
        for (group, words) in &principals {
            let mut members = Vec::new();
            for word in words {
                match self.groups.get(word.get_ref()) {
                    Some(others) => members.extend(others),
                    None => members.extend(self.caller(word, &keys)),
                }
            }
            members.dedup();
            if group.get_ref() == REST || self.callers.contains_key(group.get_ref()) {
                let place = self.at(group);
                self.reader.report(
                    &place,
                    format!("`{}` means something by itself", group.get_ref()),
                    "choose another name",
                );
            }
            self.groups.insert(group.get_ref().clone(), members);
        }
        for name in keys.keys().filter(|name| !self.callers.contains_key(name.get_ref())) {
            let place = Place::of_span(self.source, name.span());
            let message = format!("`{}` is in no group of `principals`", name.get_ref());
            self.reader.report(&place, message, "name it there, or take it out");
        }
        // A principal's own word works wherever a group's does.
        for (number, word) in self.callers.keys().enumerate() {
            self.groups.insert(word.clone(), vec![number]);
        }
    }

    /// The number of a principal, who may be a new one.
    fn caller(&mut self, word: &Spanned<String>, keys: &IndexMap<Spanned<String>, KeysFile>) -> Option<usize> {
        if let Some(number) = self.callers.get_index_of(word.get_ref()) {
            return Some(number);
        }
        let place = self.at(word);
        let (principal, headers) = match keys.get(word.get_ref().as_str()) {
            Some(keys) => (Principal { key: KeySlot::Nothing, user: None }, self.headers(keys, &place)),
            None => (self.principal(word.get_ref(), &place)?, IndexMap::new()),
        };
        let slug = slug(word.get_ref());
        if let Some(twin) = self.callers.keys().find(|known| self::slug(known) == slug) {
            let message = format!("`{}` and `{twin}` both become `{slug}` in the ids of cells", word.get_ref());
            self.reader.report(&place, message, "give one of the two another name");
        }
        let caller = Caller { word: word.get_ref().clone(), principal, headers };
        Some(self.callers.insert_full(word.get_ref().clone(), caller).0)
    }

    fn principal(&mut self, word: &str, place: &Place) -> Option<Principal> {
        match word.parse::<Principal>() {
            Ok(principal) if principal.user_name().is_none_or(|user| self.reader.knows(user)) => {
                self.reader.principal(&principal, place);
                Some(principal)
            }
            _ => {
                let known = self.callers.keys().chain(self.groups.keys()).map(String::as_str);
                let help = match self.reader.suggestions.nearest(word, known) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => {
                        "write a principal as in a scenario, a name of `keys`, or a group before this one".to_owned()
                    }
                };
                self.reader.report(place, format!("`{word}` is no principal and no group"), help);
                None
            }
        }
    }

    fn headers(&mut self, keys: &KeysFile, place: &Place) -> IndexMap<String, Text> {
        let slots = [("X-API-KEY", &keys.api_key), ("X-USER-KEY", &keys.user_key)];
        let headers = slots.into_iter().filter_map(|(header, key)| Some((header.to_owned(), key.clone()?)));
        let headers = headers.collect::<IndexMap<_, _>>();
        for reference in headers.values().flat_map(Text::references) {
            self.reader.reference(reference, place);
        }
        headers
    }

    fn endpoint(&mut self, name: Spanned<String>, file: EndpointFile) {
        let place = self.at(&name);
        let name = name.into_inner();
        if !name.split('/').all(is_slug) {
            let message = format!("{name:?} is no name of an endpoint");
            self.reader.report(&place, message, "write words of a-z, 0-9 and `-` with slashes between: `users/self`");
        }
        for path in [Some(&file.path), file.shown_at.as_ref()].into_iter().flatten() {
            let place = self.at(path);
            if !path.get_ref().could_be_a_path() {
                self.reader.report(&place, "this path cannot be sent", "write `%20` for a blank, and the like");
            }
            path.get_ref().references().for_each(|reference| self.reader.reference(reference, &place));
        }
        if let Some(json) = &file.json {
            let place = self.at(json);
            json.get_ref().references().into_iter().for_each(|reference| self.reader.reference(reference, &place));
        }
        let rows = file.rows.map(|rows| {
            for reference in &rows.of {
                let place = self.at(reference);
                self.reader.reference(reference.get_ref(), &place);
            }
            (rows.at, rows.of.into_iter().map(Spanned::into_inner).collect())
        });
        let endpoint = Endpoint {
            path: file.path.into_inner(),
            json: file.json.map(Spanned::into_inner),
            rows,
            shown_at: file.shown_at.map(Spanned::into_inner),
            cells: Vec::new(),
            place,
            name: name.clone(),
        };
        self.endpoints.insert(name, endpoint);
    }

    /// Gives every endpoint its cells.
    fn policies(&mut self, policies: &[(Spanned<String>, Policy)], otherwise: &Policy) {
        let mut stated: BTreeMap<(String, String), &Spanned<String>> = BTreeMap::new();
        let mut cells: IndexMap<String, Vec<Cell>> = IndexMap::new();
        for (header, policy) in policies {
            let place = self.at(header);
            let (methods, names) = self.header(header);
            for (method, name) in names.iter().flat_map(|name| methods.iter().map(move |method| (method, name))) {
                if let Some(first) = stated.insert((method.to_string(), name.clone()), header) {
                    let line = self.at(first).line;
                    let message = format!("how `{name}` answers {method} stands in line {line} too");
                    self.reader.report(&place, message, "keep it in one of the two");
                }
                let found = self.cells(method, name, &place, policy, otherwise);
                cells.entry(name.clone()).or_default().extend(found);
            }
        }
        let missing = self
            .endpoints
            .values()
            .flat_map(|endpoint| METHODS.iter().map(move |method| (endpoint, method)))
            .filter(|(endpoint, method)| !stated.contains_key(&(method.to_string(), endpoint.name.clone())))
            .map(|(endpoint, method)| (endpoint.place.clone(), format!("{method} {}", endpoint.name)))
            .collect::<Vec<_>>();
        for (place, request) in missing {
            let help = format!("write a table `[\"{request}\"]`, or name it in one");
            self.reader.report(&place, format!("nothing says how {request} is answered"), help);
        }
        let order = |method: &Method| METHODS.iter().position(|known| known == method);
        for (name, mut cells) in cells {
            cells.sort_by_key(|cell| (order(&cell.method), cell.caller));
            if let Some(endpoint) = self.endpoints.get_mut(&name) {
                endpoint.cells = cells;
            }
        }
    }

    /// The methods and endpoints of a table's name: `PUT PATCH users/self users/other`.
    fn header(&mut self, header: &Spanned<String>) -> (Vec<Method>, Vec<String>) {
        let place = self.at(header);
        let (mut methods, mut names) = (Vec::new(), Vec::new());
        for word in header.get_ref().split_whitespace() {
            if let Some(method) = METHODS.iter().find(|method| method.as_str() == word) {
                methods.push(method.clone());
            } else if self.endpoints.contains_key(word) {
                names.push(word.to_owned());
            } else {
                let known = METHODS.iter().map(Method::as_str).chain(self.endpoints.keys().map(String::as_str));
                let help = match self.reader.suggestions.nearest(word, known) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => "write methods, then names of endpoints: `[\"PUT PATCH users/self\"]`".to_owned(),
                };
                self.reader.report(&place, format!("`{word}` is no method and no endpoint of this table"), help);
            }
        }
        (methods, names)
    }

    /// The cells of one method of one endpoint.
    fn cells(&mut self, method: &Method, name: &str, header: &Place, policy: &Policy, otherwise: &Policy) -> Vec<Cell> {
        let mut answered: Vec<Option<(Arc<Expectation>, Place)>> = Vec::new();
        answered.resize_with(self.callers.len(), || None);
        self.answer(&mut answered, method, name, policy, true);
        self.answer(&mut answered, method, name, otherwise, false);
        let mut cells = Vec::new();
        let mut missing = Vec::new();
        for ((caller, word), answered) in self.callers.keys().enumerate().zip(answered) {
            let id = format!("{}/{name}/{}/{}", AccessTable::AREA, method.as_str().to_lowercase(), slug(word));
            match (answered, CheckId::try_from(id)) {
                (Some((expected, place)), Ok(id)) => {
                    cells.push(Cell { id, method: method.clone(), caller, expected, place });
                }
                (None, _) => missing.push(format!("`{word}`")),
                (_, Err(message)) => self.reader.wrong.push(Diagnostic::at(header.clone(), message)),
            }
        }
        if !missing.is_empty() {
            let message = format!("nothing says how {method} {name} answers {}", missing.join(", "));
            self.reader.report(header, message, "name them here, or under `otherwise`");
        }
        cells
    }

    /// Notes whom a policy answers how. In the table of the methods nobody stands twice; `otherwise` is for those who
    /// do not stand there.
    fn answer(
        &mut self,
        answered: &mut [Option<(Arc<Expectation>, Place)>],
        method: &Method,
        name: &str,
        policy: &Policy,
        once: bool,
    ) {
        let mut rest = None;
        for (text, words) in policy {
            let place = self.at(text);
            let Some(outcome) = self.outcome(text, method, name).map(Arc::new) else { continue };
            for word in words {
                if word.get_ref() == REST {
                    rest = Some((Arc::clone(&outcome), place.clone()));
                    continue;
                }
                let at = self.at(word);
                let Some(group) = self.groups.get(word.get_ref()).cloned() else {
                    let help =
                        match self.reader.suggestions.nearest(word.get_ref(), self.groups.keys().map(String::as_str)) {
                            Some(word) => format!("did you mean `{word}`?"),
                            None => "name it under `principals`".to_owned(),
                        };
                    self.reader.report(&at, format!("`{}` is no principal and no group", word.get_ref()), help);
                    continue;
                };
                for caller in group {
                    match answered.get_mut(caller) {
                        Some(free @ None) => *free = Some((Arc::clone(&outcome), place.clone())),
                        Some(Some(_)) if once => {
                            let word =
                                self.callers.get_index(caller).map(|(word, _)| word.as_str()).unwrap_or_default();
                            self.reader.report(
                                &at,
                                format!("`{word}` stands in this table twice"),
                                "give everybody one answer",
                            );
                        }
                        _ => {}
                    }
                }
            }
        }
        if let Some(rest) = rest {
            answered.iter_mut().filter(|free| free.is_none()).for_each(|free| *free = Some(rest.clone()));
        }
    }

    /// What an outcome means for a method of an endpoint.
    fn outcome(&mut self, text: &Spanned<String>, method: &Method, name: &str) -> Option<Expectation> {
        let place = self.at(text);
        let mut ways = Vec::new();
        for way in text.get_ref().split(" or ") {
            match self.way(way, method, name) {
                Ok(way) => ways.push(way),
                Err((message, help)) => {
                    self.reader.report(&place, message, help);
                    return None;
                }
            }
        }
        Some(Expectation { ways })
    }

    /// One way of answering, or what is wrong and how to mend it.
    fn way(&self, text: &str, method: &Method, name: &str) -> Result<Way, (String, String)> {
        let (status, rest) = text.split_once(' ').unwrap_or((text, ""));
        let status = status.parse().ok().filter(|status| (100..600).contains(status)).ok_or_else(|| {
            let help = "write a status, and what else is to be said of the answer: `200 self`, `403 key`";
            (format!("{text:?} is no outcome"), help.to_owned())
        })?;
        let rows = self.endpoints.get(name).and_then(|endpoint| endpoint.rows.as_ref());
        let mut way = Way { status, detail: self.errors.get(text).cloned(), rows: None, actions: None };
        match (method, status, rows) {
            _ if way.detail.is_some() => {}
            (&Method::OPTIONS, 200, _) if matches!(rest, "" | "actions") => way.actions = Some(rest == "actions"),
            (&Method::GET, 200, Some((at, of))) => way.rows = Some(rows_of(rest, at, of)?),
            _ if rest.is_empty() => {}
            _ => {
                let help = match self.reader.suggestions.nearest(text, self.errors.keys().map(String::as_str)) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => "say what it means under `errors`, or leave the status alone".to_owned(),
                };
                return Err((format!("`{text}` says nothing of {method} {name}"), help));
            }
        }
        Ok(way)
    }
}

/// Rows by their words: `self other`, `all` or `nothing`.
fn rows_of(words: &str, at: &Locator, of: &[Reference]) -> Result<Rows, (String, String)> {
    let known = || of.iter().map(thing).chain(["all", "nothing"]);
    let help = || format!("write which of its rows a list shows: {}", known().collect::<Vec<_>>().join(", "));
    let words = words.split_whitespace().collect::<Vec<_>>();
    if words.is_empty() {
        return Err(("nothing says what this list shows".to_owned(), help()));
    }
    if let Some(word) = words.iter().find(|word| !known().any(|row| row == **word)) {
        return Err((format!("`{word}` is no row of this list"), help()));
    }
    let is_shown = |row: &Reference| words == ["all"] || words.contains(&thing(row));
    let (shown, hidden) = of.iter().cloned().partition(is_shown);
    Ok(Rows { at: at.clone(), shown, hidden })
}

/// As a word stands in an id: `api-ignore-acl` for `api:ignore_acl`.
fn slug(word: &str) -> String {
    word.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
