//! Storage of files. A file belongs to the value of one field of one object, and ends with it. The
//! index finds the file of a URL.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use bytes::Bytes;

use crate::world::ids::{ClassId, InstanceId};

/// Entries of the index beyond which it is cleaned for the first time.
const FEW: usize = 1024;

/// A stored file.
#[derive(Debug)]
pub struct File {
    /// The last part of its URL, without percent-encoding.
    pub name: Box<str>,
    pub bytes: Bytes,
}

/// The place of a file: its instance, class and name.
pub type FilePlace = (InstanceId, ClassId, Box<str>);

/// The files of the world by place.
#[derive(Default)]
pub struct FileIndex {
    by_place: HashMap<FilePlace, Weak<File>>,
    /// The size of all files, and of files that were deleted since the last cleaning.
    bytes: u64,
    /// The number of entries after the last cleaning.
    cleaned: usize,
}

/// All files together would be too large.
pub struct TooManyBytes;

impl FileIndex {
    /// Returns the file at a place, unless its object or value is gone.
    pub fn get(&self, place: &FilePlace) -> Option<Arc<File>> {
        self.by_place.get(place)?.upgrade()
    }

    /// Makes a file of at most `most` bytes with all others.
    pub fn make(&mut self, place: FilePlace, bytes: Bytes, most: u64) -> Result<Arc<File>, TooManyBytes> {
        let added = size(&bytes);
        if self.by_place.len() > self.cleaned.saturating_mul(2).max(FEW) || !self.has_room(added, most) {
            self.clean();
        }
        if !self.has_room(added, most) {
            return Err(TooManyBytes);
        }
        let file = Arc::new(File { name: place.2.clone(), bytes });
        self.add(place, &file);
        Ok(file)
    }

    /// Adds a file of an object.
    pub fn add(&mut self, place: FilePlace, file: &Arc<File>) {
        self.bytes = self.bytes.saturating_add(size(&file.bytes));
        self.by_place.insert(place, Arc::downgrade(file));
    }

    fn has_room(&self, added: u64, most: u64) -> bool {
        self.bytes.checked_add(added).is_some_and(|bytes| bytes <= most)
    }

    /// Forgets the places of files that are gone.
    fn clean(&mut self) {
        self.bytes = 0;
        let bytes = &mut self.bytes;
        self.by_place.retain(|_, file| match file.upgrade() {
            Some(file) => {
                *bytes = bytes.saturating_add(size(&file.bytes));
                true
            }
            None => false,
        });
        self.cleaned = self.by_place.len();
    }
}

fn size(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
