//! Storage of templates.

use std::sync::LazyLock;

use super::defaults;
use super::model::{Template, content_type_error};
use crate::world::named_items::{NamedItem, NamedItems};
use crate::world::{Instance, KeptType, Known};

/// The templates of an instance.
pub type Templates = NamedItems<Template>;

pub static TEMPLATES: KeptType = KeptType::of::<Templates>();

impl NamedItem for Template {
    const PLURAL: &'static str = "templates";
    const SINGULAR: &'static str = "template";

    fn name(&self) -> &str {
        &self.name
    }

    fn set_name(&mut self, name: Box<str>) {
        self.name = name;
    }

    fn check(&self, _known: &Known<'_>) -> Result<(), String> {
        content_type_error(&self.content_type).map_or(Ok(()), Err)
    }

    fn of_every_instance() -> Vec<Template> {
        defaults::templates().into()
    }
}

impl Templates {
    /// Returns the templates of an instance.
    pub fn of(instance: &Instance) -> &Templates {
        static NEW: LazyLock<Templates> = LazyLock::new(Templates::default);
        instance.kept.get().unwrap_or(&NEW)
    }
}
