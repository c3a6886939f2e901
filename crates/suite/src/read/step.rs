//! Reads a step.

use http::Method;
use indexmap::IndexMap;

use super::reader::ModelReader;
use crate::diagnostic::SourcePosition;
use crate::file::{ApiKeyWay, SaveName, StepFile, UserKeyWay};
use crate::locator::Locator;
use crate::model::{Step, StepBody};
use crate::template::{Json, Text};

impl ModelReader<'_> {
    /// Reads a step with its checks.
    pub(super) fn step(&mut self, file: StepFile) -> Step {
        let place = self.at(&file.send);
        let principal_place = self.at(&file.principal);
        self.principal(&file.principal.value, &principal_place);
        let eventually = file.eventually.map(|patience| {
            if file.send.value.method != Method::GET {
                let at = self.at(&patience);
                self.report(
                    &at,
                    "`eventually` repeats the request, which is allowed only for GET",
                    "move it to a GET step",
                );
            }
            patience.value.0
        });
        let body = self.body(file.json, file.form, file.multipart, file.raw, &place);
        let in_body = file.via.api_key == ApiKeyWay::Body || file.via.user_key == UserKeyWay::Body;
        if in_body && matches!(body, StepBody::Raw(_) | StepBody::Multipart(_)) {
            let message = "only a `json` or `form` body can carry keys";
            self.report(&place, message, "send `json` or `form`");
        }
        for name in file.headers.keys() {
            self.header_name(name, &place);
        }
        self.path(&file.send.value.path, &place);
        let mut step = Step {
            name: file.name,
            principal: file.principal.value,
            via: file.via,
            method: file.send.value.method,
            path: file.send.value.path,
            headers: file.headers,
            body,
            save: Vec::new(),
            eventually,
            waits_for_next: file.waits_for_next,
            no_endpoint: file.no_endpoint,
            // A vector of its own: collecting in place would keep the three times larger one of the file.
            checks: Vec::with_capacity(file.checks.len()),
            place: place.clone(),
        };
        step.references().into_iter().for_each(|reference| self.reference(reference, &place));
        // Later steps can use the values that a step saves; its own checks cannot.
        step.checks.extend(file.checks.into_iter().filter_map(|check| self.check(check)));
        for (name, locator) in file.save {
            let at = self.at(&locator);
            self.save(&name, &locator.value, &at);
            step.save.push((name, locator.value));
        }
        step
    }

    /// Reports a step that cannot wait for the next one.
    pub(super) fn waiting(&mut self, step: &Step, next: Option<&Step>) {
        let why = match next {
            _ if !step.waits_for_next => return,
            None => "there is no next step",
            Some(next) if next.waits_for_next => "the next step waits too",
            Some(_) if step.method != Method::GET => "only GET can wait",
            Some(_) if step.eventually.is_some() => "`eventually` repeats it",
            Some(_) if !step.save.is_empty() => "the next step is sent before its values are known",
            Some(_) => return,
        };
        self.report(&step.place, format!("this step cannot wait for the next one: {why}"), "remove `waits_for_next`");
    }

    /// Reports a path that cannot be part of a request.
    pub fn path(&mut self, path: &Text, place: &SourcePosition) {
        if !path.is_valid_path() {
            self.report(place, "this path is not valid in a request", "escape special characters: `%20` for a blank");
        }
    }

    fn save(&mut self, name: &SaveName, locator: &Locator, place: &SourcePosition) {
        if !locator.is_singular() {
            let help = "save with a path to one value: `$.objects[0].id`";
            self.report(place, "this path can match more than once", help);
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
        place: &SourcePosition,
    ) -> StepBody {
        let mut bodies = Vec::new();
        bodies.extend(json.map(StepBody::Json));
        bodies.extend(form.map(StepBody::Form));
        bodies.extend(multipart.map(StepBody::Multipart));
        bodies.extend(raw.map(StepBody::Raw));
        if bodies.len() > 1 {
            self.report(place, "the step has more than one body", "keep one of `json`, `form`, `multipart` and `raw`");
        }
        bodies.pop().unwrap_or(StepBody::Empty)
    }
}
