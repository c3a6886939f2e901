//! Storage of classes: their fields, permissions and objects.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::resources::object::storage::Object;
use crate::world::ids::{ClassId, FieldId, GroupId, ObjectId};
use crate::world::taken::Taken;
use crate::world::value::Values;

/// The name of the profile class, which every instance has.
pub const USER_PROFILE: &str = "user_profile";

/// A class.
pub struct Class {
    id: ClassId,
    name: Box<str>,
    pub description: String,
    pub(crate) schema: Schema,
    pub(crate) fields: Vec<Field>,
    pub(crate) last_field: FieldId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    /// The number of schemas that the class has had.
    pub revision: u32,
    /// The group of the class. If the group was deleted, the class has none.
    pub group: Option<GroupId>,
    pub group_permissions: ClassPermission,
    pub other_permissions: ClassPermission,
    pub metadata: Map<String, Value>,
    /// The objects, except user profiles, which are stored with their users.
    objects: BTreeMap<ObjectId, Object>,
    /// The object with each value, by unique field.
    unique: HashMap<FieldId, HashMap<String, ObjectId>>,
}

/// The classes of one instance, indexed by id and name.
pub struct Classes {
    pub(crate) user_profile: Class,
    pub(crate) others: BTreeMap<ClassId, Class>,
    pub(crate) by_name: HashMap<Box<str>, ClassId>,
    pub(crate) last_id: ClassId,
}

/// A permission on a class; each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassPermission {
    None,
    Read,
    CreateObjects,
}

/// The fields of a class, as shown and as parsed.
#[derive(Default)]
pub struct Schema {
    pub shown: Vec<Map<String, Value>>,
    pub definitions: Vec<Definition>,
}

/// The definition of a field in a schema.
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: Box<str>,
    pub kind: FieldKind,
    /// The target of a reference or relation: the name of a class, `self` or `user`.
    pub target: Option<Box<str>>,
    pub order_index: bool,
    pub filter_index: bool,
    pub unique: bool,
}

/// A field of a class. A field that is removed and added again gets a new id.
pub struct Field {
    pub id: FieldId,
    pub definition: Definition,
}

/// The effect of a new schema on a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaChange {
    /// The schema is unchanged.
    Nothing,
    /// The fields changed, the indexes did not.
    Fields,
    /// The indexes changed.
    Indexes,
}

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    String,
    Text,
    Integer,
    Float,
    Boolean,
    DateTime,
    File,
    Reference,
    Object,
    Array,
    GeoPoint,
    Relation,
}

impl ClassPermission {
    /// All permissions in ascending order.
    pub const ALL: [ClassPermission; 3] =
        [ClassPermission::None, ClassPermission::Read, ClassPermission::CreateObjects];

    /// Returns the name, as used in bodies.
    pub fn name(self) -> &'static str {
        match self {
            ClassPermission::None => "none",
            ClassPermission::Read => "read",
            ClassPermission::CreateObjects => "create_objects",
        }
    }
}

impl FieldKind {
    pub const ALL: [FieldKind; 12] = [
        FieldKind::String,
        FieldKind::Text,
        FieldKind::Integer,
        FieldKind::Float,
        FieldKind::Boolean,
        FieldKind::DateTime,
        FieldKind::File,
        FieldKind::Reference,
        FieldKind::Object,
        FieldKind::Array,
        FieldKind::GeoPoint,
        FieldKind::Relation,
    ];

    /// Returns the name, as used in schemas.
    pub fn name(self) -> &'static str {
        match self {
            FieldKind::String => "string",
            FieldKind::Text => "text",
            FieldKind::Integer => "integer",
            FieldKind::Float => "float",
            FieldKind::Boolean => "boolean",
            FieldKind::DateTime => "datetime",
            FieldKind::File => "file",
            FieldKind::Reference => "reference",
            FieldKind::Object => "object",
            FieldKind::Array => "array",
            FieldKind::GeoPoint => "geopoint",
            FieldKind::Relation => "relation",
        }
    }
}

impl Class {
    pub(crate) fn new(id: ClassId, name: &str, now: Timestamp) -> Class {
        Class {
            id,
            name: name.into(),
            description: String::new(),
            schema: Schema::default(),
            fields: Vec::new(),
            last_field: 0,
            created_at: now,
            updated_at: now,
            revision: 1,
            group: None,
            group_permissions: ClassPermission::CreateObjects,
            other_permissions: ClassPermission::CreateObjects,
            metadata: Map::new(),
            objects: BTreeMap::new(),
            unique: HashMap::new(),
        }
    }

    pub fn id(&self) -> ClassId {
        self.id
    }

    /// Returns the name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether its objects are user profiles.
    pub fn holds_profiles(&self) -> bool {
        self.id == Classes::USER_PROFILE_ID
    }

    /// Returns the schema as shown.
    pub fn schema(&self) -> &[Map<String, Value>] {
        &self.schema.shown
    }

    /// Returns the fields, in the order of the schema.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Returns the field with that name; case matters.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| *field.definition.name == *name)
    }

    /// Sets the schema. Fields that keep name, type and target keep their values.
    pub fn set_schema(&mut self, schema: Schema) -> SchemaChange {
        if schema.shown == self.schema.shown {
            return SchemaChange::Nothing;
        }
        let indexes = self.indexes();
        let mut fields = Vec::with_capacity(schema.definitions.len());
        for definition in &schema.definitions {
            let before = self.field(&definition.name).filter(|field| {
                field.definition.kind == definition.kind && field.definition.target == definition.target
            });
            let id = before.map(|field| field.id).unwrap_or_else(|| {
                self.last_field += 1;
                self.last_field
            });
            fields.push(Field { id, definition: definition.clone() });
        }
        self.fields = fields;
        self.schema = schema;
        let (unique, fields) = (&mut self.unique, &self.fields);
        unique.retain(|id, _| fields.iter().any(|field| field.id == *id && field.definition.unique));
        if self.indexes() == indexes { SchemaChange::Fields } else { SchemaChange::Indexes }
    }

    /// Returns the fields with an order index, and those with a filter index.
    fn indexes(&self) -> [BTreeSet<FieldId>; 2] {
        let ids = |has: fn(&Definition) -> bool| {
            self.fields.iter().filter(|field| has(&field.definition)).map(|field| field.id).collect()
        };
        [ids(|definition| definition.order_index), ids(|definition| definition.filter_index)]
    }

    /// Returns the names of unique fields whose value belongs to an object other than `object`.
    pub fn taken(&self, values: &Values, object: Option<ObjectId>) -> Vec<&str> {
        let unique = self.fields.iter().filter(|field| field.definition.unique);
        let taken = unique.filter(|field| {
            let holder = values.get(field.id).and_then(|value| self.unique.get(&field.id)?.get(&value.key()));
            holder.is_some_and(|holder| Some(*holder) != object)
        });
        taken.map(|field| &*field.definition.name).collect()
    }

    /// Updates the unique indexes after a change of an object's values.
    pub(crate) fn reindex(&mut self, object: ObjectId, before: Option<&Values>, after: Option<&Values>) {
        for field in self.fields.iter().filter(|field| field.definition.unique) {
            let index = self.unique.entry(field.id).or_default();
            if let Some(value) = before.and_then(|values| values.get(field.id)) {
                index.remove(&value.key());
            }
            if let Some(value) = after.and_then(|values| values.get(field.id)) {
                index.insert(value.key(), object);
            }
        }
    }

    pub(crate) fn objects(&self) -> &BTreeMap<ObjectId, Object> {
        &self.objects
    }

    /// Stores an object and returns the one that it replaces.
    pub(crate) fn store(&mut self, object: Object) -> Option<Object> {
        let before = self.objects.remove(&object.id);
        self.reindex(object.id, before.as_ref().map(|object| &object.values), Some(&object.values));
        self.objects.insert(object.id, object);
        before
    }

    pub(crate) fn remove(&mut self, id: ObjectId) -> Option<Object> {
        let object = self.objects.remove(&id)?;
        self.reindex(id, Some(&object.values), None);
        Some(object)
    }
}

impl Classes {
    pub(crate) const USER_PROFILE_ID: ClassId = 1;

    /// Returns the classes of a new instance.
    pub(crate) fn new(now: Timestamp) -> Classes {
        let mut user_profile = Class::new(Classes::USER_PROFILE_ID, USER_PROFILE, now);
        user_profile.description = "Class that holds profiles for users.".to_owned();
        Classes {
            user_profile,
            others: BTreeMap::new(),
            by_name: HashMap::from([(USER_PROFILE.into(), Classes::USER_PROFILE_ID)]),
            last_id: Classes::USER_PROFILE_ID,
        }
    }

    /// Returns the profile class.
    pub fn user_profile(&self) -> &Class {
        &self.user_profile
    }

    /// Returns the profile class for changes.
    pub fn user_profile_mut(&mut self) -> &mut Class {
        &mut self.user_profile
    }

    pub fn get(&self, id: ClassId) -> Option<&Class> {
        if id == Classes::USER_PROFILE_ID { Some(&self.user_profile) } else { self.others.get(&id) }
    }

    /// Returns the class for changes of members without an index.
    pub fn get_mut(&mut self, id: ClassId) -> Option<&mut Class> {
        if id == Classes::USER_PROFILE_ID { Some(&mut self.user_profile) } else { self.others.get_mut(&id) }
    }

    /// Returns the class with that name; case does not matter.
    pub fn named(&self, name: &str) -> Option<&Class> {
        let id = self.by_name.get(name).or_else(|| self.by_name.get(name.trim().to_lowercase().as_str()));
        self.get(*id?)
    }

    /// Returns the classes with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<ClassId>, Bound<ClassId>)) -> impl DoubleEndedIterator<Item = &Class> {
        use std::ops::RangeBounds;
        let first = ids.contains(&Classes::USER_PROFILE_ID).then_some(&self.user_profile);
        first.into_iter().chain(self.others.range(ids).map(|(_, class)| class))
    }

    /// Adds a class; `name` must be in lower case. As in the API, a name that is taken uses up an
    /// id.
    pub fn add(&mut self, name: &str, now: Timestamp) -> Result<&mut Class, Taken> {
        self.last_id += 1;
        let id = self.last_id;
        if self.by_name.contains_key(name) {
            return Err(Taken);
        }
        self.by_name.insert(name.into(), id);
        Ok(self.others.entry(id).or_insert(Class::new(id, name, now)))
    }

    /// Removes a class with its objects; `user_profile` is never removed.
    pub(crate) fn remove(&mut self, id: ClassId) -> Option<Class> {
        let class = self.others.remove(&id)?;
        self.by_name.remove(&class.name);
        Some(class)
    }
}
