//! From the text of a file to a [`Scenario`], or to what is wrong with it.

use std::sync::Arc;

use granit_parser::{Event, Parser};
use http::{HeaderName, Method};
use indexmap::IndexMap;
use serde_saphyr::{Spanned, options};

use super::diagnostic::{Diagnostic, Place, Source, Suggestions, nearest};
use super::file::{ApiKeyWay, CheckFile, GivenFile, Need, SaveName, ScenarioFile, StepFile, UserKeyWay};
use super::locator::Locator;
use super::model::{Assertion, Body, Check, Class, Given, Object, Scenario, Step};
use super::name::Name;
use super::principal::{KeySlot, PLAIN, Principal, RESERVED, Role};
use super::template::{Json, Reference, Text};
use syncano_simulator::api::Flag;

/// Reads one file. All that is wrong is reported at once, but for what keeps the file from being read at all.
pub fn read(name: &str, source: &Arc<Source>) -> Result<Scenario, Vec<Diagnostic>> {
    plain_yaml_only(source).map_err(|diagnostic| vec![diagnostic])?;
    let file: ScenarioFile =
        serde_saphyr::from_str_with_options(&source.text, strict()).map_err(|error| vec![explain(source, &error)])?;
    let mut reader = Reader::new(source);
    let scenario = reader.scenario(name, file);
    if reader.wrong.is_empty() { Ok(scenario) } else { Err(reader.wrong) }
}

/// Nothing is guessed: no double keys, no merge keys, no yes and no, no number that is not one.
fn strict() -> serde_saphyr::Options {
    serde_saphyr::options! {
        duplicate_keys: options::DuplicateKeyPolicy::Error,
        merge_keys: options::MergeKeyPolicy::Error,
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

/// Anchors, aliases and tags would make one file mean different things to different readers.
fn plain_yaml_only(source: &Arc<Source>) -> Result<(), Diagnostic> {
    // Each begins with a sign of its own, and few files hold one anywhere: the others are read once less.
    if !source.text.contains(['*', '&', '!']) {
        return Ok(());
    }
    let mut parser = Parser::new_from_str(&source.text);
    while let Some(event) = parser.next_event() {
        let Ok((event, span)) = event else {
            // The reader proper says what is wrong, in its own words.
            return Ok(());
        };
        let what = if event.is_alias() {
            "an alias"
        } else if event.anchor_id().is_some_and(|id| id != 0) {
            "an anchor"
        } else if event.tag().is_some() {
            "a tag"
        } else if matches!(event, Event::StreamEnd) {
            return Ok(());
        } else {
            continue;
        };
        let place = Place::of_line(source, span.start.line(), span.start.col() + 1);
        return Err(Diagnostic::at(place, format!("{what} is not allowed here")).help("write the value itself"));
    }
    Ok(())
}

/// The error of the YAML reader, with its place and, where a word was misspelt, the word that was probably meant.
fn explain(source: &Arc<Source>, error: &serde_saphyr::Error) -> Diagnostic {
    use serde_saphyr::Error;
    let location = error.location();
    let (line, column) = location.map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
    let place = Place::of_line(source, line.max(1), column.max(1));
    let say = |message: String| Diagnostic::at(place, message);
    match error.without_snippet() {
        Error::SerdeUnknownField { field, expected, .. } => {
            let diagnostic = say(format!("there is no member {field:?} here"));
            match nearest(field, expected.iter().copied()) {
                Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
                None => diagnostic.help(format!("there are {}", expected.join(", "))),
            }
        }
        Error::SerdeUnknownVariant { variant, expected, .. } => {
            say(format!("{variant:?} is not one of the words that can stand here"))
                .help(format!("write one of {}", expected.join(", ")))
        }
        Error::SerdeMissingField { field, .. } => say(format!("the member `{field}` is missing here")),
        Error::DuplicateMappingKey { key, .. } => {
            let key = key.clone().unwrap_or_default();
            say(format!("the member {key:?} stands here twice")).help("keep one of the two")
        }
        Error::MergeKeyNotAllowed { .. } => {
            say("a merge key is not allowed here".to_owned()).help("write the members themselves")
        }
        Error::InvalidBooleanStrict { .. } => {
            say("this is neither true nor false".to_owned()).help("write `true` or `false`")
        }
        Error::MultipleDocuments { .. } => {
            say("a second document begins here".to_owned()).help("write one scenario a file")
        }
        Error::Unexpected { expected: "string scalar", .. } => say("a text is expected here".to_owned())
            .help("JSON bodies and values stand as JSON text: after `|`, or in quotes"),
        Error::Unexpected { expected, .. } => say(format!("{expected} expected here")),
        other => {
            let text = other.to_string();
            let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
            say(message)
        }
    }
}

/// Turns what stands in the file into what it means, and notes what does not fit together.
pub(super) struct Reader<'s> {
    source: &'s Arc<Source>,
    /// Where that stands of which no better place is known.
    start: Place,
    pub(super) suggestions: Suggestions,
    pub(super) wrong: Vec<Diagnostic>,
    known: Known,
    /// What has to be made; principals and references of steps add to it.
    pub(super) given: Given,
}

/// What references and principals may name, growing from step to step.
#[derive(Default)]
struct Known {
    users: Vec<Name>,
    groups: Vec<Name>,
    classes: Vec<Name>,
    objects: Vec<Name>,
    named_keys: IndexMap<Name, Vec<Flag>>,
    foreign: bool,
    saved: Vec<Name>,
    /// Users whose key has been replaced, so that there is one before the present.
    revoked: Vec<Name>,
}

impl<'s> Reader<'s> {
    /// A reader to whom nothing is given yet but a plain API key.
    pub(super) fn new(source: &'s Arc<Source>) -> Reader<'s> {
        let start = Place::of_line(source, 1, 1);
        let mut given = Given::default();
        if let Ok(plain) = PLAIN.parse() {
            given.api_keys.insert(plain, Vec::new());
        }
        Reader { source, start, suggestions: Suggestions::default(), wrong: Vec::new(), known: Known::default(), given }
    }

    fn at<T>(&self, spanned: &Spanned<T>) -> Place {
        let location = &spanned.referenced;
        let span = location.span();
        match span.byte_offset().zip(span.byte_len()) {
            Some((start, length)) => Place::of_span(self.source, start as usize..(start + length) as usize),
            None if location.line() == 0 => self.start.clone(),
            None => Place::of_line(self.source, location.line() as usize, location.column() as usize),
        }
    }

    pub(super) fn report(&mut self, place: &Place, message: impl Into<String>, help: impl Into<String>) {
        self.wrong.push(Diagnostic::at(place.clone(), message).help(help));
    }

    fn scenario(&mut self, name: &str, file: ScenarioFile) -> Scenario {
        if file.steps.is_empty() {
            let start = self.start.clone();
            self.report(&start, "the scenario has no steps", "write at least one request under `steps`");
        }
        self.given(file.given, self.start.clone());
        let steps = file.steps.into_iter().map(|step| self.step(step)).collect();
        let given = std::mem::take(&mut self.given);
        let mut needs = file.needs;
        // Who becomes an administrator of an instance stays one until the instance is gone.
        if !given.roles.is_empty() && !needs.contains(&Need::OwnInstance) {
            needs.push(Need::OwnInstance);
        }
        let (source, name) = (Arc::clone(self.source), name.to_owned());
        Scenario { source, name, title: file.title, needs, given, steps }
    }

    /// What a world is to hold; `start` is where it is said.
    pub(super) fn given(&mut self, given: GivenFile, start: Place) {
        self.start = start.clone();
        let start = &start;
        for (key, flags) in &given.api_keys {
            let flags = flags.iter().map(|word| word.0).collect::<Vec<_>>();
            if Flag::ALL.iter().any(|flag| flag.name() == key.as_str()) || RESERVED.contains(&key.as_str()) {
                self.report(start, format!("`{key}` means something by itself"), "give the API key another name");
            }
            self.known.named_keys.insert(key.clone(), flags.clone());
            self.given.api_keys.insert(key.clone(), flags);
        }
        let foreign_users = given.foreign.iter().flat_map(|foreign| &foreign.users);
        for user in given.users.iter().chain(foreign_users) {
            let place = self.at(user);
            self.claim(&user.value, &place);
            self.known.users.push(user.value.clone());
        }
        for (group, members) in &given.groups {
            let place = members.first().map_or_else(|| start.clone(), |member| self.at(member));
            self.claim(group, &place);
            self.known.groups.push(group.clone());
            for member in members {
                if !given.users.iter().any(|user| user.value == member.value) {
                    let message = format!("`{}` is no user of this scenario's own instance", member.value);
                    let place = self.at(member);
                    self.report(&place, message, "name it under `given.users`");
                }
            }
        }
        for (class, permissions) in &given.classes {
            self.claim(class, start);
            self.known.classes.push(class.clone());
            self.given_group(permissions.group.as_ref());
        }
        for (name, object) in &given.objects {
            let place = self.at(&object.class);
            self.claim(name, &place);
            self.known.objects.push(name.clone());
            if !self.known.classes.contains(&object.class.value) {
                let message = format!("there is no class `{}` in this scenario", object.class.value);
                let classes = self.known.classes.iter().map(Name::as_str);
                let help = match self.suggestions.nearest(object.class.value.as_str(), classes) {
                    Some(word) => format!("did you mean `{word}`?"),
                    None => "name it under `given.classes`".to_owned(),
                };
                self.report(&place, message, help);
            }
            if let Some(owner) =
                object.owner.as_ref().filter(|owner| !given.users.iter().any(|user| user.value == owner.value))
            {
                let place = self.at(owner);
                let message = format!("`{}` is no user of this scenario's own instance", owner.value);
                self.report(&place, message, "name it under `given.users`");
            }
            self.given_group(object.group.as_ref());
        }
        self.known.foreign = given.foreign.is_some();

        let name = |spanned: Spanned<Name>| spanned.value;
        let names = |users: Vec<Spanned<Name>>| users.into_iter().map(name).collect::<Vec<_>>();
        self.given.users = names(given.users);
        self.given.groups = given.groups.into_iter().map(|(group, members)| (group, names(members))).collect();
        self.given.foreign = given.foreign.map(|foreign| names(foreign.users));
        self.given.classes = given
            .classes
            .into_iter()
            .map(|(class, file)| {
                let (group_permissions, other_permissions) = (file.group_permissions, file.other_permissions);
                (class, Class { group: file.group.map(name), group_permissions, other_permissions })
            })
            .collect();
        self.given.objects = given
            .objects
            .into_iter()
            .map(|(object, file)| {
                let made = Object {
                    class: file.class.value,
                    owner: file.owner.map(name),
                    owner_permissions: file.owner_permissions,
                    group: file.group.map(name),
                    group_permissions: file.group_permissions,
                    other_permissions: file.other_permissions,
                };
                (object, made)
            })
            .collect();
    }

    fn given_group(&mut self, group: Option<&Spanned<Name>>) {
        if let Some(group) = group.filter(|group| !self.known.groups.contains(&group.value)) {
            let place = self.at(group);
            self.report(
                &place,
                format!("there is no group `{}` in this scenario", group.value),
                "name it under `given.groups`",
            );
        }
    }

    /// Notes that a name is taken, or that it cannot be.
    fn claim(&mut self, name: &Name, place: &Place) {
        if RESERVED.contains(&name.as_str()) {
            self.report(place, format!("`{name}` means something by itself"), "choose another name");
        } else if self.known.is_taken(name) {
            self.report(place, format!("`{name}` already names something here"), "choose another name");
        }
    }

    fn step(&mut self, file: StepFile) -> Step {
        let place = self.at(&file.send);
        let principal_place = self.at(&file.principal);
        self.principal(&file.principal.value, &principal_place);
        let eventually = file.eventually.map(|patience| {
            if file.send.value.method != Method::GET {
                let at = self.at(&patience);
                self.report(&at, "`eventually` asks again, and only GET can be repeated", "put it on a GET step");
            }
            patience.value.0
        });
        let principal = file.principal.value;
        let body = self.body(file.json, file.form, file.multipart, file.raw, &place);
        let in_body = file.via.api_key == ApiKeyWay::Body || file.via.user_key == UserKeyWay::Body;
        if in_body && matches!(body, Body::Raw(_) | Body::Multipart(_)) {
            self.report(
                &place,
                "keys can stand in a `json` or a `form` body, not in this one",
                "send `json` or `form`",
            );
        }
        for name in file.headers.keys() {
            self.header_name(name, &place);
        }
        if !file.send.value.path.could_be_a_path() {
            self.report(&place, "this path cannot be sent", "write `%20` for a blank, and the like");
        }
        let mut step = Step {
            name: file.name,
            principal,
            via: file.via,
            method: file.send.value.method,
            path: file.send.value.path,
            headers: file.headers,
            body,
            save: Vec::new(),
            eventually,
            checks: Vec::new(),
            place: place.clone(),
        };
        for reference in step.references().into_iter().cloned().collect::<Vec<_>>() {
            self.reference(&reference, &place);
        }
        // What a step saves is there for the steps after it.
        step.checks = file.checks.into_iter().filter_map(|check| self.check(check)).collect();
        for (name, locator) in file.save {
            let at = self.at(&locator);
            self.save(&name, &locator.value, &at);
            step.save.push((name, locator.value));
        }
        step
    }

    fn save(&mut self, name: &SaveName, locator: &Locator, place: &Place) {
        if !locator.is_singular() {
            self.report(
                place,
                "this path can match more than once",
                "save with a path to one value: `$.objects[0].id`",
            );
        }
        match name {
            SaveName::Value(name) => {
                if !self.known.saved.contains(name) {
                    self.claim(name, place);
                    self.known.saved.push(name.clone());
                }
            }
            SaveName::UserKey(user) => {
                self.user(user, place);
                self.known.revoked.push(user.clone());
            }
        }
    }

    fn body(
        &mut self,
        json: Option<Json>,
        form: Option<IndexMap<String, Text>>,
        multipart: Option<IndexMap<String, Text>>,
        raw: Option<Text>,
        place: &Place,
    ) -> Body {
        let mut bodies = Vec::new();
        bodies.extend(json.map(Body::Json));
        bodies.extend(form.map(Body::Form));
        bodies.extend(multipart.map(Body::Multipart));
        bodies.extend(raw.map(Body::Raw));
        if bodies.len() > 1 {
            self.report(place, "the step has more than one body", "keep one of `json`, `form`, `multipart` and `raw`");
        }
        bodies.pop().unwrap_or(Body::Empty)
    }

    pub(super) fn principal(&mut self, principal: &Principal, place: &Place) {
        match &principal.key {
            KeySlot::Api(key) => self.api_key(key, place),
            KeySlot::Foreign => self.foreign(place),
            KeySlot::Colleague(role) => {
                self.given.roles.insert(*role);
            }
            KeySlot::Nothing | KeySlot::Account | KeySlot::OfTheUser => {}
        }
        if let Some(slot) = &principal.user {
            self.user(&slot.user, place);
            if slot.revoked && !self.known.revoked.contains(&slot.user) {
                let message = format!("no step before this one has replaced the key of `{}`", slot.user);
                self.report(place, message, format!("save it where it is reset: `{}.user_key: $.user_key`", slot.user));
            }
        }
    }

    fn header_name(&mut self, name: &str, place: &Place) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            self.report(place, format!("{name:?} is no name of a header"), "write letters, digits and `-`");
        }
    }

    /// Whether a user of this name is given.
    pub(super) fn knows(&self, user: &Name) -> bool {
        self.known.users.contains(user)
    }

    fn user(&mut self, user: &Name, place: &Place) {
        if !self.knows(user) {
            let message = format!("there is no user `{user}` in this scenario");
            let help = match self.suggestions.nearest(user.as_str(), self.known.users.iter().map(Name::as_str)) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("name it: `given: {{users: [{user}]}}`"),
            };
            self.report(place, message, help);
        }
    }

    fn api_key(&mut self, key: &Name, place: &Place) {
        if let Ok(flag) = key.as_str().parse::<Flag>() {
            self.given.api_keys.insert(key.clone(), vec![flag]);
        } else if key.as_str() != PLAIN && !self.known.named_keys.contains_key(key) {
            let words = Flag::ALL.iter().map(|flag| flag.name()).chain(self.known.named_keys.keys().map(Name::as_str));
            let help = match self.suggestions.nearest(key.as_str(), words) {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("name it: `given: {{api_keys: {{{key}: []}}}}`"),
            };
            self.report(place, format!("there is no API key `{key}` in this scenario"), help);
        }
    }

    fn foreign(&mut self, place: &Place) {
        if !self.known.foreign {
            self.report(place, "there is no other instance in this scenario", "ask for it: `given: {foreign: {}}`");
        }
    }

    pub(super) fn reference(&mut self, reference: &Reference, place: &Place) {
        let text = reference.as_str();
        let (owner, member) = text.split_once('.').unwrap_or((text, ""));
        let members: &[&str] = match owner {
            "root" => &[""],
            "instance" => &["name", "path"],
            "account" => &["id", "email", "key"],
            "api" => &["id", "key"],
            "foreign" => {
                self.foreign(place);
                &["name", "path", "api_key"]
            }
            "unknown" => &["api_key", "account_key", "user_key"],
            "unique" if !member.is_empty() && !member.contains('.') => return,
            "unique" => &["NAME"],
            _ => {
                if let Some(key) = owner.strip_prefix("api:") {
                    if let Ok(key) = key.parse() {
                        self.api_key(&key, place);
                    }
                    &["id", "key"]
                } else if let Some(role) = owner.strip_prefix("account:").and_then(Role::named) {
                    self.given.roles.insert(role);
                    &["id", "email", "key"]
                } else if self.known.users.iter().any(|user| user.as_str() == owner) {
                    &["id", "username", "password", "user_key", "profile.id"]
                } else if self.known.groups.iter().any(|group| group.as_str() == owner) {
                    &["id", "label"]
                } else if self.known.classes.iter().any(|class| class.as_str() == owner) {
                    &["name"]
                } else if self.known.objects.iter().any(|object| object.as_str() == owner) {
                    &["id", "title"]
                } else if self.known.saved.iter().any(|name| name.as_str() == owner) {
                    &[""]
                } else {
                    let names = self.known.names().map(Name::as_str);
                    let help = match self.suggestions.nearest(owner, names) {
                        Some(word) => format!("did you mean `{word}`?"),
                        None => "name it under `given`, or save it in a step before".to_owned(),
                    };
                    self.report(place, format!("nothing is named `{owner}` here"), help);
                    return;
                }
            }
        };
        if !members.contains(&member) {
            let listed = members.iter().map(|member| match *member {
                "" => format!("`{owner}`"),
                member => format!("`{owner}.{member}`"),
            });
            let help = format!("write {}", listed.collect::<Vec<_>>().join(" or "));
            self.report(place, format!("`{text}` is nothing that can be referred to"), help);
        }
    }

    fn check(&mut self, file: CheckFile) -> Option<Check> {
        let place = self.at(&file.id);
        let at_place = file.at.as_ref().map(|at| self.at(at));
        let located = file.at.map(|at| at.value);
        let locator = || located.clone().unwrap_or_else(Locator::whole);
        let mut assertions = Vec::new();
        assertions.extend(file.status.map(Assertion::Status));
        if let Some(header) = file.header {
            match header.split_header() {
                Some((name, value)) => assertions.push(Assertion::Header { name, value }),
                None => {
                    self.report(
                        &place,
                        "this is no header",
                        "write name and value: `header: \"Allow: POST, OPTIONS\"`",
                    );
                    return None;
                }
            }
        }
        assertions.extend(file.no_header.map(Assertion::NoHeader));
        assertions.extend(file.equals.map(|json| Assertion::Equals(locator(), json)));
        assertions.extend(file.differs.map(|json| Assertion::Differs(locator(), json)));
        assertions.extend(file.only.map(|json| Assertion::Only(locator(), json)));
        assertions.extend(file.contains.map(|json| Assertion::Contains(locator(), json)));
        assertions.extend(file.matches.map(|pattern| Assertion::Matches(located.clone(), pattern)));
        assertions.extend(file.count.map(|count| Assertion::Count(locator(), count)));
        assertions.extend(file.present.map(|present| Assertion::Present(locator(), present)));
        assertions
            .extend(file.absent.map(|values| Assertion::Absent(values.into_iter().map(|value| value.value).collect())));
        assertions.extend(file.snapshot.map(|name| Assertion::Snapshot(name.value)));
        let found = assertions.iter().map(Assertion::keyword).collect::<Vec<_>>();
        let assertion = match assertions.len() {
            1 => assertions.remove(0),
            0 => {
                self.report(
                    &place,
                    "the check asserts nothing",
                    "add one of `status`, `equals`, `only`, `absent`, ...",
                );
                return None;
            }
            _ => {
                let message = format!("the check asserts more than one thing: {}", found.join(", "));
                self.report(&place, message, "write a check for each");
                return None;
            }
        };
        if let Some(at) = at_place
            && matches!(
                assertion,
                Assertion::Status(_)
                    | Assertion::Header { .. }
                    | Assertion::NoHeader(_)
                    | Assertion::Absent(_)
                    | Assertion::Snapshot(_)
            )
        {
            let message = format!("`at` says nothing beside `{}`", assertion.keyword());
            self.report(&at, message, "take it out");
        }
        match &assertion {
            Assertion::Only(_, json) | Assertion::Contains(_, json) if !json.is_array() => {
                self.report(&place, format!("`{}` takes a list", assertion.keyword()), "write a JSON array");
            }
            Assertion::Absent(values) if values.is_empty() => {
                self.report(&place, "nothing is named that should be absent", "name at least one value");
            }
            _ => {}
        }
        if file.witness && !assertion.can_witness() {
            self.report(
                &place,
                "a witness shows that something is there, and this check does not",
                "take `witness` out, or assert what can be seen",
            );
        }
        match &assertion {
            Assertion::Status(status) if !(100..=599).contains(status) => {
                self.report(&place, format!("{status} is no status"), "write a number from 100 to 599");
            }
            Assertion::Header { name, .. } | Assertion::NoHeader(name) => self.header_name(name, &place),
            _ => {}
        }
        for reference in assertion.references().into_iter().cloned().collect::<Vec<_>>() {
            self.reference(&reference, &place);
        }
        Some(Check {
            id: file.id.value,
            rule: file.rule.map(|rule| rule.value),
            witness: file.witness,
            assertion,
            place,
        })
    }
}

impl Known {
    /// What references can begin with, but for API keys and reserved words.
    fn names(&self) -> impl Iterator<Item = &Name> {
        [&self.users, &self.groups, &self.classes, &self.objects, &self.saved].into_iter().flatten()
    }

    fn is_taken(&self, name: &Name) -> bool {
        self.names().any(|taken| taken == name)
    }
}
