//! The classes of an instance: what fields their objects have, who may do what with them, and the objects themselves.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::resources::object::storage::Object;
use crate::world::ids::{ClassId, FieldId, GroupId, ObjectId};
use crate::world::taken::Taken;
use crate::world::value::Values;

/// The class that holds the profiles of users. Each instance is born with it.
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
    /// How often the schema was another one, beginning with 1.
    pub revision: u32,
    /// May name a group that is gone; then the class belongs to none.
    pub group: Option<GroupId>,
    pub group_permissions: ClassPermission,
    pub other_permissions: ClassPermission,
    pub metadata: Map<String, Value>,
    /// Not those of `user_profile`: they are kept with their users.
    objects: BTreeMap<ObjectId, Object>,
    /// For each unique field, which object has a value.
    unique: HashMap<FieldId, HashMap<String, ObjectId>>,
}

/// The classes of one instance, found by id and name.
pub struct Classes {
    pub(crate) user_profile: Class,
    pub(crate) others: BTreeMap<ClassId, Class>,
    pub(crate) by_name: HashMap<Box<str>, ClassId>,
    pub(crate) last_id: ClassId,
}

/// What somebody may do with a class, each level holding the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassPermission {
    None,
    Read,
    CreateObjects,
}

/// The fields of a class: as they were sent, and as they were understood.
#[derive(Default)]
pub struct Schema {
    pub shown: Vec<Map<String, Value>>,
    pub definitions: Vec<Definition>,
}

/// What a schema says of a field.
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: Box<str>,
    pub kind: FieldKind,
    /// What a reference or relation leads to: the name of a class, `self` or `user`.
    pub target: Option<Box<str>>,
    pub order_index: bool,
    pub filter_index: bool,
    pub unique: bool,
}

/// A field of a class. A field that was dropped and comes back is another one.
pub struct Field {
    pub id: FieldId,
    pub definition: Definition,
}

/// What another schema makes of a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SchemaChange {
    /// It is the schema that the class has.
    Nothing,
    /// Other fields, with the same indexes.
    Fields,
    /// Other fields or not, with other indexes.
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
    /// All levels, the lowest first.
    pub const ALL: [ClassPermission; 3] =
        [ClassPermission::None, ClassPermission::Read, ClassPermission::CreateObjects];

    /// As it stands in a body.
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

    /// As it stands in a schema.
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

    /// The name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether its objects are the profiles of users.
    pub fn holds_profiles(&self) -> bool {
        self.id == Classes::USER_PROFILE_ID
    }

    /// The schema as it is shown.
    pub fn schema(&self) -> &[Map<String, Value>] {
        &self.schema.shown
    }

    /// The fields, in the order of the schema.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that name; case matters.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| *field.definition.name == *name)
    }

    /// Gives the class other fields. One that keeps its name, type and target keeps its values.
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

    /// The fields that have an index to order by, and those that have one to filter by.
    fn indexes(&self) -> [BTreeSet<FieldId>; 2] {
        let ids = |has: fn(&Definition) -> bool| {
            self.fields.iter().filter(|field| has(&field.definition)).map(|field| field.id).collect()
        };
        [ids(|definition| definition.order_index), ids(|definition| definition.filter_index)]
    }

    /// The names of the unique fields of which another object than that one has the value.
    pub fn taken(&self, values: &Values, object: Option<ObjectId>) -> Vec<&str> {
        let unique = self.fields.iter().filter(|field| field.definition.unique);
        let taken = unique.filter(|field| {
            let holder = values.get(field.id).and_then(|value| self.unique.get(&field.id)?.get(&value.key()));
            holder.is_some_and(|holder| Some(*holder) != object)
        });
        taken.map(|field| &*field.definition.name).collect()
    }

    /// Notes that an object has other values now, for the unique fields.
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

    /// Puts an object in the place of the one with its id, which is returned.
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

    /// The classes that an instance is born with.
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

    /// The class of profiles.
    pub fn user_profile(&self) -> &Class {
        &self.user_profile
    }

    /// The class of profiles, to change it.
    pub fn user_profile_mut(&mut self) -> &mut Class {
        &mut self.user_profile
    }

    pub fn get(&self, id: ClassId) -> Option<&Class> {
        if id == Classes::USER_PROFILE_ID { Some(&self.user_profile) } else { self.others.get(&id) }
    }

    /// The class, to change what no index knows of.
    pub fn get_mut(&mut self, id: ClassId) -> Option<&mut Class> {
        if id == Classes::USER_PROFILE_ID { Some(&mut self.user_profile) } else { self.others.get_mut(&id) }
    }

    /// The class of that name, in whatever case it is written.
    pub fn named(&self, name: &str) -> Option<&Class> {
        let id = self.by_name.get(name).or_else(|| self.by_name.get(name.trim().to_lowercase().as_str()));
        self.get(*id?)
    }

    /// The classes with ids in that range, in order of ids.
    pub fn range(&self, ids: (Bound<ClassId>, Bound<ClassId>)) -> impl DoubleEndedIterator<Item = &Class> {
        use std::ops::RangeBounds;
        let first = ids.contains(&Classes::USER_PROFILE_ID).then_some(&self.user_profile);
        first.into_iter().chain(self.others.range(ids).map(|(_, class)| class))
    }

    /// Adds a class, whose name has to be in lower case. A name that is taken costs an id all the same.
    pub fn add(&mut self, name: &str, now: Timestamp) -> Result<&mut Class, Taken> {
        self.last_id += 1;
        let id = self.last_id;
        if self.by_name.contains_key(name) {
            return Err(Taken);
        }
        self.by_name.insert(name.into(), id);
        Ok(self.others.entry(id).or_insert(Class::new(id, name, now)))
    }

    /// Removes a class with its objects. `user_profile` stays.
    pub(crate) fn remove(&mut self, id: ClassId) -> Option<Class> {
        let class = self.others.remove(&id)?;
        self.by_name.remove(&class.name);
        Some(class)
    }
}
