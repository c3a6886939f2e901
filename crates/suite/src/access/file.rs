//! The members of `access.toml`.

use std::fmt;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use toml::Spanned;

use crate::file::GivenFile;
use crate::locator::Locator;
use crate::template::{Json, Reference, Text};

/// The whole file.
pub struct AccessFile {
    pub given: Spanned<GivenFile>,
    pub principals: IndexMap<Spanned<String>, NameList>,
    pub keys: IndexMap<Spanned<String>, KeysFile>,
    pub errors: IndexMap<String, String>,
    pub otherwise: Policy,
    pub endpoints: Vec<(Spanned<String>, EndpointFile)>,
    pub policies: Vec<(Spanned<String>, Policy)>,
}

/// Names of principals and of groups.
pub type NameList = Vec<Spanned<String>>;
/// Outcomes, and the callers that get them.
pub type Policy = IndexMap<Spanned<String>, NameList>;

/// The keys of a caller that has no word in scenarios.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeysFile {
    pub api_key: Option<Text>,
    pub user_key: Option<Text>,
}

/// An endpoint.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointFile {
    pub path: Spanned<Text>,
    pub json: Option<Spanned<Json>>,
    pub rows: Option<RowsFile>,
    pub shown_at: Option<Spanned<Text>>,
}

/// The rows of a list.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowsFile {
    pub at: Locator,
    pub of: Vec<Spanned<Reference>>,
}

/// The file mixes five fixed tables with tables of endpoints and of methods. A name with a blank is
/// a table of methods; any other name is an endpoint.
impl<'de> Deserialize<'de> for AccessFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<AccessFile, D::Error> {
        struct Tables;

        impl<'de> Visitor<'de> for Tables {
            type Value = AccessFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tables")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<AccessFile, A::Error> {
                let (mut given, mut principals) = (None, None);
                let (mut keys, mut errors, mut otherwise) = (IndexMap::new(), IndexMap::new(), Policy::new());
                let (mut endpoints, mut policies) = (Vec::new(), Vec::new());
                while let Some(name) = map.next_key::<Spanned<String>>()? {
                    match name.get_ref().as_str() {
                        "given" => given = Some(map.next_value()?),
                        "principals" => principals = Some(map.next_value()?),
                        "keys" => keys = map.next_value()?,
                        "errors" => errors = map.next_value()?,
                        "otherwise" => otherwise = map.next_value()?,
                        header if header.contains(' ') => policies.push((name, map.next_value()?)),
                        _ => endpoints.push((name, map.next_value()?)),
                    }
                }
                Ok(AccessFile {
                    given: given.ok_or_else(|| A::Error::missing_field("given"))?,
                    principals: principals.ok_or_else(|| A::Error::missing_field("principals"))?,
                    keys,
                    errors,
                    otherwise,
                    endpoints,
                    policies,
                })
            }
        }

        deserializer.deserialize_map(Tables)
    }
}
