//! Sorting of objects: `?order_by=[-]field`. Null sorts last in ascending order and first in
//! descending order; equal values are sorted by id.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use super::answer::Failure;
use super::call::Call;
use super::paging::Paging;
use super::query;
use super::world::{Class, Field, FieldKind, FieldValue, Object};

/// A sort order of objects.
pub struct Order<'c> {
    by: By<'c>,
    pub descending: bool,
}

#[derive(Clone, Copy)]
enum By<'c> {
    Id,
    CreatedAt,
    UpdatedAt,
    Field(&'c Field),
}

/// The position of an object in an order, or the start of a page.
pub struct Position<'o> {
    value: Option<Cow<'o, FieldValue>>,
    id: u32,
}

impl<'c> Order<'c> {
    /// Returns the order in a request, if it has one.
    ///
    /// # Errors
    ///
    /// 400 for a field that does not exist or has no order index.
    pub fn from_call(call: &Call<'_>, class: &'c Class) -> Result<Option<Order<'c>>, Failure> {
        let Some(asked) = call.query.get("order_by") else { return Ok(None) };
        let (name, descending) = asked.strip_prefix('-').map_or((asked, false), |name| (name, true));
        let by = match name {
            "id" => By::Id,
            "created_at" => By::CreatedAt,
            "updated_at" => By::UpdatedAt,
            name if query::is_built_in(name) => {
                return Err(Failure::bad_request("Cannot use specified order_by field."));
            }
            name => match class.field(name) {
                Some(field) if field.definition.order_index => By::Field(field),
                Some(_) => {
                    let reason = "Cannot use specified order_by field. Set required index on schema first.";
                    return Err(Failure::bad_request(reason));
                }
                None => return Err(Failure::bad_request("Incorrect order_by parameter provided.")),
            },
        };
        Ok(Some(Order { by, descending }))
    }

    /// Returns whether objects are sorted by id, in either direction.
    pub fn is_by_id(&self) -> bool {
        matches!(self.by, By::Id)
    }

    /// Returns the position of an object.
    pub fn position<'o>(&self, object: &'o Object) -> Position<'o> {
        let value = match self.by {
            By::Id => None,
            By::CreatedAt => Some(Cow::Owned(FieldValue::Time(object.created_at))),
            By::UpdatedAt => Some(Cow::Owned(FieldValue::Time(object.updated_at))),
            By::Field(field) => object.values.get(field.id).map(Cow::Borrowed),
        };
        Position { value, id: object.id }
    }

    /// Returns the value for `last_value` in a link to the page after this object.
    pub fn shown_value(&self, object: &Object) -> Option<String> {
        match self.by {
            By::Id => Some(object.id.to_string()),
            _ => self.position(object).value.map(|value| value.key()),
        }
    }

    /// Returns the start of a page and the side of it on which the page lies; `None` if the page
    /// starts with the first object.
    ///
    /// # Errors
    ///
    /// 400 for a `last_value` that does not match the type of the field.
    pub fn edge(&self, call: &Call<'_>, paging: &Paging) -> Result<Option<(Position<'static>, Ordering)>, Failure> {
        let kind = match self.by {
            By::Field(field) => field.definition.kind,
            By::Id | By::CreatedAt | By::UpdatedAt => FieldKind::DateTime,
        };
        let value = call.query.get("last_value").filter(|_| paging.is_directed());
        let value = value.map(|text| query::comparable(kind, &Value::from(text))).transpose();
        let value = value.map_err(|_| Failure::bad_request("Incorrect page parameter provided."))?;
        let edge = paging.edge().filter(|(id, _)| *id > 0);
        Ok(edge.map(|(id, side)| (Position { value: value.map(Cow::Owned), id }, side)))
    }
}

impl Position<'_> {
    /// Compares two positions in ascending order.
    pub fn order(&self, other: &Position<'_>) -> Ordering {
        let by_value = match (&self.value, &other.value) {
            (Some(a), Some(b)) => a.order(b),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        by_value.then(self.id.cmp(&other.id))
    }
}
