//! The members of bodies and answers: validation, OPTIONS and the OpenAPI document read them here, so a limit stands once.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::api::Version;

/// The members of a body in their order, with those that only answers hold.
pub type Members = &'static [(&'static str, Member)];

/// The members that an endpoint takes in a version.
pub type MembersOf = fn(Version) -> Members;

/// A member of a body.
#[derive(Clone, Copy)]
pub struct Member {
    /// The type, as OPTIONS names it.
    pub kind: &'static str,
    /// Whether it has to be sent.
    pub required: bool,
    /// Whether only answers hold it.
    pub read_only: bool,
    /// Whether a text may be empty.
    pub blank: bool,
    /// Whether a text is hashed and not kept, so that a NUL character does no harm.
    pub hashed: bool,
    pub label: Option<&'static str>,
    pub help: Option<&'static str>,
    /// In characters.
    pub min_length: Option<u32>,
    /// In characters.
    pub max_length: Option<u32>,
    pub inner: Inner,
}

/// What a member is made of.
#[derive(Clone, Copy)]
pub enum Inner {
    Nothing,
    /// Members of its own.
    Children(Members),
    /// A list of objects with members of their own.
    ListOf(Members),
    /// One of these words.
    Choices(&'static [&'static str]),
    /// Not a value but links, each with its name and what it leads to.
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

/// The member `links`, with what each link leads to.
pub const fn links(links: &'static [(&'static str, &'static str)]) -> (&'static str, Member) {
    ("links", Member::shown("links", "Links").with(Inner::Links(links)))
}

impl Member {
    /// A member that only answers hold.
    pub const fn shown(kind: &'static str, label: &'static str) -> Member {
        Member::optional(kind, label).read_only()
    }

    /// A member that may be sent. A text may be empty.
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
            inner: Inner::Nothing,
        }
    }

    /// A member that has to be sent. A text may not be empty.
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

    pub const fn help(self, help: &'static str) -> Member {
        Member { help: Some(help), ..self }
    }

    pub const fn with(self, inner: Inner) -> Member {
        Member { inner, ..self }
    }
}

/// Members as OPTIONS shows them.
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
        match self.inner {
            Inner::Nothing | Inner::Links(_) => {}
            Inner::Children(members) => map.serialize_entry("children", &ShownMembers(members))?,
            Inner::ListOf(members) => {
                let one = Member { kind: "nested object", label: None, inner: Inner::Children(members), ..*self };
                map.serialize_entry("child", &one)?;
            }
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
