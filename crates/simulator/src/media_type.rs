//! Media types, as in `Accept` and `Content-Type`.

/// A media type with its parameters; their names are in lower case.
pub struct MediaType<'h> {
    main: String,
    sub: String,
    params: Vec<(String, &'h str)>,
}

impl<'h> MediaType<'h> {
    pub fn parse(text: &'h str) -> MediaType<'h> {
        let mut parts = text.split(';');
        let full = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
        let (main, sub) = full.split_once('/').unwrap_or((&full, ""));
        let params = parts
            .filter_map(|part| part.split_once('='))
            .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"')));
        MediaType { main: main.to_owned(), sub: sub.to_owned(), params: params.collect() }
    }

    /// Returns the parameter with that name.
    pub fn param(&self, name: &str) -> Option<&'h str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
    }

    /// Returns whether it matches that type; a star matches any type.
    pub fn covers(&self, main: &str, sub: &str) -> bool {
        (self.main == "*" || self.main == main) && (self.sub == "*" || self.sub == sub)
    }

    /// Returns the precedence in `Accept`: more specific types are considered first.
    pub fn precedence(&self) -> u8 {
        match (self.main.as_str(), self.sub.as_str()) {
            ("*", _) => 0,
            (_, "*") => 1,
            _ if self.params.iter().all(|(name, _)| name == "q") => 2,
            _ => 3,
        }
    }
}
