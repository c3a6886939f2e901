//! `expand=a,b`: shows the objects that references point to, in place of the references. They are
//! looked up as the caller, so a reference to an object that the caller cannot see stays.

use serde::Serialize;
use serde_json::Value;

use crate::access::{self, AccessParent, Action};
use crate::answer::Failure;
use crate::call::Call;
use crate::caller::Caller;
use crate::resources::object::handlers::{admit, is_shown};
use crate::resources::object::view::ObjectView;
use crate::resources::user::view::UserView;
use crate::resources::view::LinkBase;
use crate::world::{Class, Field, FieldKind, Instance};

/// Maximum number of names; the rest of the text counts as one unknown name.
const MOST_NAMES: usize = 65;
/// Maximum size of the shown objects of one answer, in bytes of JSON. A page has 100 objects with
/// up to 32 references, each to an object of up to 32 kB.
const MOST_BYTES: usize = 4 << 20;

/// What a reference field points to.
enum ExpandTarget<'i> {
    Users,
    Objects(&'i Class),
}

/// The objects that references of one answer point to.
struct Lookup<'a, 'i> {
    call: &'a Call<'a>,
    caller: &'a Caller,
    instance: &'i Instance,
    /// The number of bytes that the answer may still show.
    left: usize,
}

/// Returns whether a request asks for objects in place of references.
pub fn is_requested(call: &Call<'_>) -> bool {
    call.query.given("expand").is_some()
}

/// Expands the references of a page of objects of a class.
///
/// # Errors
///
/// 403 if the caller may not read the class that a field points to, 404 if it was deleted, 400 if
/// the answer becomes too large.
pub fn expand(
    call: &Call<'_>,
    caller: &Caller,
    instance: &Instance,
    class: &Class,
    page: &mut Value,
) -> Result<(), Failure> {
    let names: Vec<&str> = call.query.given("expand").unwrap_or_default().splitn(MOST_NAMES, ',').collect();
    let mut lookup = Lookup { call, caller, instance, left: MOST_BYTES };
    for field in class.fields() {
        let definition = &field.definition;
        if definition.kind != FieldKind::Reference || !names.contains(&&*definition.name) {
            continue;
        }
        let target = lookup.target(field, class)?;
        for object in page.get_mut("objects").and_then(Value::as_array_mut).into_iter().flatten() {
            let Some(reference) = object.get_mut(&*definition.name) else { continue };
            let id = reference.get("value").and_then(Value::as_u64).and_then(|id| u32::try_from(id).ok());
            if let Some(shown) = id.map(|id| lookup.show(&target, id)).transpose()?.flatten() {
                *reference = shown;
            }
        }
    }
    Ok(())
}

impl<'i> Lookup<'_, 'i> {
    /// Returns the target of a field, if the caller may read it.
    fn target(&self, field: &Field, class: &'i Class) -> Result<ExpandTarget<'i>, Failure> {
        let name = field.definition.target.as_deref().unwrap_or_default().to_lowercase();
        let class = match name.as_str() {
            "user" if access::users(self.caller, Action::Read, AccessParent::Nothing) => {
                return Ok(ExpandTarget::Users);
            }
            "user" => return Err(Failure::forbidden()),
            "self" => class,
            name => self.instance.classes.named(name).ok_or_else(|| Failure::missing("Class"))?,
        };
        admit(self.caller, Action::Read, self.instance, class)?;
        Ok(ExpandTarget::Objects(class))
    }

    /// Returns an object of a target in full, if the caller can see it.
    fn show(&mut self, target: &ExpandTarget<'i>, id: u32) -> Result<Option<Value>, Failure> {
        match target {
            ExpandTarget::Users => {
                let user = self.instance.users.get(id).filter(|_| self.caller.user().is_none_or(|own| own == id));
                user.map(|user| self.value(&UserView::new(self.call, self.instance, user))).transpose()
            }
            ExpandTarget::Objects(class) => {
                let place = LinkBase::new(self.call, self.instance);
                let object = self.instance.object(class, id);
                let object = object.filter(|object| is_shown(self.caller, self.instance, object));
                let view = |object| ObjectView { place, instance: self.instance, class, object };
                object.map(|object| self.value(&view(object))).transpose()
            }
        }
    }

    fn value(&mut self, view: &impl Serialize) -> Result<Value, Failure> {
        let value = serde_json::to_value(view).map_err(|_| Failure::server_error())?;
        let left = self.left.checked_sub(value.to_string().len());
        let too_large = || Failure::bad_request("The expanded objects are too large; reduce page_size or expand.");
        self.left = left.ok_or_else(too_large)?;
        Ok(value)
    }
}
