//! The files of a body, which are stored with their object.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::storage::{File, TooManyBytes};
use super::url::{NotAUrl, own_place};
use crate::answer::{Errors, Failure};
use crate::api::KeyKind;
use crate::call::Call;
use crate::core::Core;
use crate::quirks::Quirk;
use crate::upload::SentFile;
use crate::world::{Class, FieldChanges, FieldId, FieldValue, Instance, Object};

/// The files of a body by field, with the name of the field.
#[derive(Default)]
pub struct SentFiles(Vec<(FieldId, Box<str>, SentFile)>);

/// Why a file is not stored.
pub enum NotStored {
    /// The error of a member.
    Invalid(Errors),
    TooLarge(Failure),
}

impl From<NotStored> for Failure {
    fn from(reason: NotStored) -> Failure {
        match reason {
            NotStored::Invalid(errors) => Failure::invalid(&errors),
            NotStored::TooLarge(failure) => failure,
        }
    }
}

impl SentFiles {
    pub fn push(&mut self, field: FieldId, name: &str, file: SentFile) {
        self.0.push((field, name.into(), file));
    }

    /// Stores the files as values of an object. A file that it replaces is removed with the values
    /// that it had.
    pub fn store(
        self,
        core: &Core,
        call: &Call<'_>,
        instance: &Instance,
        class: &Class,
        object: &mut Object,
    ) -> Result<(), NotStored> {
        let mut values = FieldChanges::new();
        for (field, name, sent) in self.0 {
            let file = stored(core, call, instance, class, &name, sent)?;
            values.push((field, Some(FieldValue::File(file))));
        }
        if !values.is_empty() {
            (object.values, _) = object.values.with(values, |_| true);
        }
        Ok(())
    }
}

fn stored(
    core: &Core,
    call: &Call<'_>,
    instance: &Instance,
    class: &Class,
    field: &str,
    sent: SentFile,
) -> Result<Arc<File>, NotStored> {
    let (bytes, extension) = match sent {
        // A part of the body would keep all of it.
        SentFile::Upload(upload) => (Bytes::copy_from_slice(&upload.bytes), upload.extension()),
        SentFile::Url(text) => {
            let follows_dots = call.reproduces(Quirk::FileTraversal);
            let place = own_place(&text, instance.id(), follows_dots);
            let file = place.and_then(|place| core.world.files().get(&place).ok_or(NotAUrl::Missing));
            let file = file.map_err(|reason| {
                let text = match reason {
                    NotAUrl::Invalid => "File URL is invalid.",
                    NotAUrl::Missing => "Existing file does not exist.",
                };
                NotStored::Invalid(Errors::from_iter([(field.to_owned(), json!([text]))]))
            })?;
            let extension = file.name.find('.').and_then(|dot| file.name.get(dot..)).unwrap_or_default();
            (file.bytes.clone(), extension.to_owned())
        }
    };
    let limits = core.file_limits;
    if u64::try_from(bytes.len()).is_ok_and(|size| size > limits.one) {
        return Err(too_large(format!("The file has more than {} bytes (--max-file).", limits.one)));
    }
    let name = format!("{}{extension}", core.source.key(KeyKind::AccountOrUser));
    let place = (instance.id(), class.id(), name.into());
    core.world.files().make(place, bytes, limits.total).map_err(|TooManyBytes| {
        too_large(format!("All files together would have more than {} bytes (--max-files-total).", limits.total))
    })
}

fn too_large(text: String) -> NotStored {
    NotStored::TooLarge(Failure::detail(StatusCode::PAYLOAD_TOO_LARGE, text))
}
