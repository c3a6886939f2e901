//! Reads the endpoints.

use toml::Spanned;

use super::builder::AccessTableBuilder;
use super::file::EndpointFile;
use super::table::AccessEndpoint;
use crate::check_id::is_slug;

impl AccessTableBuilder<'_> {
    /// Adds an endpoint without access cases.
    pub fn endpoint(&mut self, name: Spanned<String>, file: EndpointFile) {
        let place = self.at(&name);
        let name = name.into_inner();
        if !name.split('/').all(is_slug) {
            let message = format!("{name:?} is not a valid endpoint name");
            self.reader.report(&place, message, "write words of a-z, 0-9 and `-`, separated by slashes: `users/self`");
        }
        for path in [Some(&file.path), file.shown_at.as_ref()].into_iter().flatten() {
            let place = self.at(path);
            self.reader.path(path.get_ref(), &place);
            path.get_ref().references().for_each(|reference| self.reader.reference(reference, &place));
        }
        if let Some(json) = &file.json {
            let place = self.at(json);
            json.get_ref().references().into_iter().for_each(|reference| self.reader.reference(reference, &place));
        }
        let rows = file.rows.map(|rows| {
            for reference in &rows.of {
                let place = self.at(reference);
                self.reader.reference(reference.get_ref(), &place);
            }
            (rows.at, rows.of.into_iter().map(Spanned::into_inner).collect())
        });
        let endpoint = AccessEndpoint {
            path: file.path.into_inner(),
            json: file.json.map(Spanned::into_inner),
            rows,
            shown_at: file.shown_at.map(Spanned::into_inner),
            cases: Vec::new(),
            place,
            name: name.clone(),
        };
        self.endpoints.insert(name, endpoint);
    }
}
