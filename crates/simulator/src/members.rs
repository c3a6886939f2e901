//! The members of bodies and answers. Validation, OPTIONS and the OpenAPI document share these
//! definitions, so each limit is defined once.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::answer_schema::AnswerSchema;
use crate::api::Version;

/// The members of a body in order, including read-only ones.
pub type Members = &'static [(&'static str, Member)];

/// Returns the members that an endpoint accepts in a version.
pub type MembersOf = fn(Version) -> Members;

/// The definition of a member.
#[derive(Clone, Copy)]
pub struct Member {
    /// The type in OPTIONS.
    pub kind: &'static str,
    /// Whether a body must contain the member.
    pub required: bool,
    /// Whether the member appears in answers only.
    pub read_only: bool,
    /// Whether a text may be empty.
    pub blank: bool,
    /// Whether a text is hashed and not stored, so that a NUL character is allowed.
    pub hashed: bool,
    pub label: Option<&'static str>,
    pub help: Option<&'static str>,
    /// In characters.
    pub min_length: Option<u32>,
    /// In characters.
    pub max_length: Option<u32>,
    /// The least and the greatest value of a number.
    pub limits: Option<(i32, i32)>,
    pub inner: Inner,
}

/// The inner structure of a member.
#[derive(Clone, Copy)]
pub enum Inner {
    Nothing,
    /// An object with these members.
    Children(Members),
    /// A list of objects with these members.
    ListOf(Members),
    /// One of these words.
    Choices(&'static [&'static str]),
    /// A JSON value with this schema.
    Schema(&'static AnswerSchema),
    /// Links, each with its name and its target.
    Links(&'static [(&'static str, &'static str)]),
}

pub const ID: Member = Member::shown("integer", "ID");
pub const EMAIL: Member = Member::required("email", "Email address").max(254);
pub const METADATA: Member = Member::optional("field", "Metadata");
pub const DESCRIPTION: Member = Member::optional("string", "Description").max(256);
pub const EXPECTED_REVISION: Member = Member::optional("integer", "Expected revision");
pub const GROUP: Member = Member::optional("field", "Group");
pub const ROLE: Member = Member::optional("choice", "Role").with(Inner::Choices(&["full", "write", "read"]));
pub const CREATED_AT: Member = Member::shown("datetime", "Created at");
pub const UPDATED_AT: Member = Member::shown("datetime", "Updated at");

/// Returns the member `links`, with the name and target of each link.
pub const fn links(links: &'static [(&'static str, &'static str)]) -> (&'static str, Member) {
    ("links", Member::shown("links", "Links").with(Inner::Links(links)))
}

impl Member {
    /// Returns a read-only member.
    pub const fn shown(kind: &'static str, label: &'static str) -> Member {
        Member::optional(kind, label).read_only()
    }

    /// Returns an optional member. A text may be empty.
    pub const fn optional(kind: &'static str, label: &'static str) -> Member {
        Member {
            kind,
            required: false,
            read_only: false,
            blank: true,
            hashed: false,
            label: Some(label),
            help: None,
            min_length: None,
            max_length: None,
            limits: None,
            inner: Inner::Nothing,
        }
    }

    /// Returns a required member. A text must not be empty.
    pub const fn required(kind: &'static str, label: &'static str) -> Member {
        Member { required: true, ..Member::optional(kind, label).not_blank() }
    }

    pub const fn read_only(self) -> Member {
        Member { read_only: true, ..self }
    }

    pub const fn not_blank(self) -> Member {
        Member { blank: false, ..self }
    }

    pub const fn hashed(self) -> Member {
        Member { hashed: true, ..self }
    }

    pub const fn max(self, length: u32) -> Member {
        Member { max_length: Some(length), ..self }
    }

    pub const fn min(self, length: u32) -> Member {
        Member { min_length: Some(length), ..self }
    }

    pub const fn within(self, least: i32, most: i32) -> Member {
        Member { limits: Some((least, most)), ..self }
    }

    pub const fn help(self, help: &'static str) -> Member {
        Member { help: Some(help), ..self }
    }

    pub const fn with(self, inner: Inner) -> Member {
        Member { inner, ..self }
    }
}

/// Members in the format of OPTIONS.
pub struct ShownMembers(pub Members);

impl Serialize for ShownMembers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

impl Serialize for Member {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Inner::Links(links) = self.inner {
            let links: Vec<_> = links.iter().map(|(name, kind)| Link { name, kind }).collect();
            map.serialize_entry("links", &links)?;
            return map.end();
        }
        map.serialize_entry("type", self.kind)?;
        map.serialize_entry("required", &self.required)?;
        map.serialize_entry("read_only", &self.read_only)?;
        if let Some(label) = self.label {
            map.serialize_entry("label", label)?;
        }
        if let Some(help) = self.help {
            map.serialize_entry("help_text", help)?;
        }
        if let Some(length) = self.min_length {
            map.serialize_entry("min_length", &length)?;
        }
        if let Some(length) = self.max_length {
            map.serialize_entry("max_length", &length)?;
        }
        if let Some((least, most)) = self.limits {
            map.serialize_entry("min_value", &least)?;
            map.serialize_entry("max_value", &most)?;
        }
        match self.inner {
            Inner::Nothing | Inner::Links(_) => {}
            Inner::Children(members) => map.serialize_entry("children", &ShownMembers(members))?,
            Inner::ListOf(members) => {
                let one = Member { kind: "nested object", label: None, inner: Inner::Children(members), ..*self };
                map.serialize_entry("child", &one)?;
            }
            Inner::Schema(schema) => map.serialize_entry("schema", &(schema.schema)())?,
            Inner::Choices(words) => {
                let choices: Vec<_> = words.iter().map(|word| Choice { value: word, display_name: word }).collect();
                map.serialize_entry("choices", &choices)?;
            }
        }
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Link {
    name: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

#[derive(serde::Serialize)]
struct Choice {
    value: &'static str,
    display_name: &'static str,
}
