//! Storage of templates.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::defaults;
use super::model::{Template, content_type_error};
use crate::wording::group_name_errors;
use crate::world::taken::Taken;
use crate::world::{HIGHEST_ID, Instance, Kept, KeptType, Known};

/// The templates of an instance.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Templates {
    last_id: u32,
    by_id: BTreeMap<u32, Template>,
}

pub static TEMPLATES: KeptType = KeptType::of::<Templates>();

impl Default for Templates {
    fn default() -> Templates {
        let by_id: BTreeMap<u32, Template> = (1..).zip(defaults::templates()).collect();
        Templates { last_id: by_id.len() as u32, by_id }
    }
}

impl Kept for Templates {
    const NAME: &'static str = "templates";

    fn check(&self, _known: &Known<'_>) -> Result<(), String> {
        if self.last_id > HIGHEST_ID {
            return Err(format!("expected a last_id of at most {HIGHEST_ID}"));
        }
        let mut names = HashSet::new();
        for (id, Template { name, content_type, .. }) in &self.by_id {
            if !(1..=self.last_id).contains(id) {
                return Err(format!("template {id}: expected an id from 1 to last_id"));
            }
            if let Some(reason) = group_name_errors(name).first() {
                return Err(format!("template {id}: {reason}"));
            }
            if let Some(reason) = content_type_error(content_type) {
                return Err(format!("template {id}: {reason}"));
            }
            if !names.insert(name) {
                return Err(format!("template {id}: another one has its name"));
            }
        }
        Ok(())
    }
}

impl Templates {
    /// Returns the templates of an instance.
    pub fn of(instance: &Instance) -> &Templates {
        static NEW: LazyLock<Templates> = LazyLock::new(Templates::default);
        instance.kept.get().unwrap_or(&NEW)
    }

    /// Returns the id of the template with that name in lower case.
    pub fn named(&self, name: &str) -> Option<u32> {
        self.by_id.iter().find(|(_, template)| *template.name == *name).map(|(id, _)| *id)
    }

    pub fn get(&self, id: u32) -> Option<&Template> {
        self.by_id.get(&id)
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut Template> {
        self.by_id.get_mut(&id)
    }

    /// Returns the templates with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = (u32, &Template)> {
        self.by_id.range(ids).map(|(id, template)| (*id, template))
    }

    /// Adds a template. As in the API, a name that is taken uses up an id.
    pub fn add(&mut self, template: Template) -> Result<u32, Taken> {
        self.last_id += 1;
        if self.named(&template.name).is_some() {
            return Err(Taken);
        }
        self.by_id.insert(self.last_id, template);
        Ok(self.last_id)
    }

    pub fn remove(&mut self, id: u32) {
        self.by_id.remove(&id);
    }
}
