//! Reads a text into profiles. Tables are read key by key, so that all mistakes are reported at
//! once, each with its place.

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mask::{holds_key, mask};
use super::profile::{
    ANSWER_BYTES, AccountSource, BUILT_IN, INSTANCES, JOBS, Profile, Profiles, RETRIES, RUN_SECONDS, SECONDS,
    instance_name,
};
use super::source::{SecretSource, TextSource, UserSource};
use crate::harness::{Proxy, Rate, TargetError, base_url};
use syncano_simulator::api::{Capability, Flag, Key, Version};
use syncano_suite::diagnostic::Suggestions;
use syncano_suite::{Diagnostic, Name, PLAIN, Source, SourcePosition};

/// The keys of `[target.NAME]`.
const KEYS: [&str; 25] = [
    "url",
    "proxy",
    "proxy_user",
    "basic",
    "ca_cert",
    "client_cert",
    "client_key",
    "api_version",
    "instance",
    "account_key",
    "register",
    "more_accounts",
    "api_keys",
    "users",
    "writes",
    "rate",
    "connect_timeout",
    "timeout",
    "max_time",
    "max_instances",
    "reference_bugs",
    "retries",
    "max_answer",
    "jobs",
    "capabilities",
];

/// The advice on writing a secret.
const SECRET: &str = "write { env = \"NAME\" } for an environment variable, or { file = \"PATH\" }";

type TomlValue<'t> = Spanned<DeValue<'t>>;

/// Reads the profiles in a text.
pub fn profiles(source: &Source, folder: &Path) -> Result<Profiles, Vec<Diagnostic>> {
    // Diagnostics use the masked text, so that they cannot show a secret.
    let shown = Arc::new(Source::new(source.path.clone(), mask(&source.text)));
    let mut reader = ProfileReader { source: shown, folder, suggestions: Suggestions::default(), wrong: Vec::new() };
    let document = DeTable::parse(&source.text).map_err(|error| {
        let place = SourcePosition::from_span(&reader.source, error.span().unwrap_or(0..0));
        vec![Diagnostic::at(place, error.message().to_owned())]
    })?;
    let profiles = reader.document(document.get_ref());
    if reader.wrong.is_empty() {
        return Ok(profiles);
    }
    // Sort by the order in the file.
    reader.wrong.sort_by_key(|wrong| wrong.place.as_ref().map(|place| place.span.start));
    Err(reader.wrong)
}

struct ProfileReader<'f> {
    /// The masked file.
    source: Arc<Source>,
    folder: &'f Path,
    suggestions: Suggestions,
    wrong: Vec<Diagnostic>,
}

impl ProfileReader<'_> {
    fn report<T>(&mut self, at: &Spanned<T>, message: impl Into<String>, help: impl Into<String>) {
        let place = SourcePosition::from_span(&self.source, at.span());
        self.wrong.push(Diagnostic::at(place, message).help(help));
    }

    /// Reports unknown keys of a table.
    fn known(&mut self, table: &DeTable<'_>, known: &[&str], whose: &str) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let word = Some(key.get_ref().as_ref()).filter(|word| !holds_key(word)).unwrap_or("...");
            let otherwise = format!("valid keys: {}", known.join(", "));
            let help = self.suggestions.help(word, known.iter().copied(), otherwise);
            self.report(key, format!("unknown key `{word}` in {whose}"), help);
        }
    }

    fn document(&mut self, document: &DeTable<'_>) -> Profiles {
        self.known(document, &["target"], "this file");
        let targets = document.get("target").and_then(|targets| self.table(targets, "a table for each target"));
        let mut profiles = Profiles::new();
        for (name, profile) in targets.into_iter().flatten() {
            self.target_name(name);
            if let Some(table) = self.table(profile, "a table: [target.NAME]") {
                let profile = self.profile(name, table);
                profiles.insert(name.get_ref().to_string(), profile);
            }
        }
        profiles
    }

    fn target_name(&mut self, name: &Spanned<Cow<'_, str>>) {
        let word = name.get_ref().as_ref();
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if BUILT_IN.contains(&word) || word == "simulator" {
            let message = format!("`{word}` is the built-in simulator");
            self.report(name, message, "choose another name: [target.staging]");
        } else if word.is_empty() || word.starts_with('-') || !word.chars().all(is_good) {
            let help = "use letters, digits, `-`, `_` and `.`, and no `-` first";
            self.report(name, "this is not a valid target name", help);
        }
    }

    fn profile(&mut self, name: &Spanned<Cow<'_, str>>, table: &DeTable<'_>) -> Profile {
        self.known(table, &KEYS, "a target");
        let url = table.get("url").map(|url| self.url(url).unwrap_or_default());
        if url.is_none() {
            let message = format!("the target `{}` has no `url`", name.get_ref());
            self.report(name, message, "write the URL before /v1.1/: url = \"https://api.example.com\"");
        }
        Profile {
            url: url.unwrap_or_default(),
            api_version: table.get("api_version").and_then(|version| self.version(version)),
            instance: table.get("instance").and_then(|name| self.instance(name)),
            account: self.account(table),
            more_accounts: self.boolean(table, "more_accounts"),
            api_keys: table.get("api_keys").map(|keys| self.api_keys(keys)).unwrap_or_default(),
            users: table.get("users").map(|users| self.users(users)).unwrap_or_default(),
            proxy: table.get("proxy").and_then(|proxy| self.proxy(proxy)),
            proxy_user: table.get("proxy_user").and_then(|user| self.proxy_user(table, user)),
            basic: table.get("basic").and_then(|login| self.secret(login)),
            ca_cert: table.get("ca_cert").and_then(|path| self.pem_file(path)),
            client_cert: self.paired(table, "client_cert", "client_key"),
            client_key: self.paired(table, "client_key", "client_cert"),
            writes: self.boolean(table, "writes"),
            rate: table.get("rate").and_then(|rate| self.rate(rate)),
            connect_timeout: self.seconds(table, "connect_timeout", SECONDS),
            timeout: self.seconds(table, "timeout", SECONDS),
            max_time: self.seconds(table, "max_time", RUN_SECONDS),
            retries: self.number(table, "retries", RETRIES).map(|retries| retries as u32),
            max_answer: self.number(table, "max_answer", ANSWER_BYTES).map(|bytes| bytes as u32),
            jobs: self.number(table, "jobs", JOBS).map(|jobs| jobs as u16),
            max_instances: self.number(table, "max_instances", INSTANCES).map(|number| number as u16),
            reference_bugs: table.get("reference_bugs").and_then(|what| self.reference_bugs(what)),
            capabilities: table.get("capabilities").map(|list| self.capabilities(list)),
        }
    }

    fn url(&mut self, value: &TomlValue<'_>) -> Option<String> {
        let url = self.text(value)?;
        match base_url(url) {
            Ok(_) => Some(url.to_owned()),
            Err(error) => {
                let help = match error {
                    TargetError::Credentials => {
                        "write it like https://api.example.com; `basic` names the place of a login of the server in front"
                    }
                    _ => "write it like https://api.example.com",
                };
                self.report(value, format!("invalid URL: {error}"), help);
                None
            }
        }
    }

    fn proxy(&mut self, value: &TomlValue<'_>) -> Option<String> {
        let url = self.text(value)?;
        let proxy = Proxy::new(url);
        proxy
            .map(|_| url.to_owned())
            .map_err(|error| {
                self.report(
                    value,
                    format!("invalid proxy URL: {error}"),
                    "write it like http://proxy.example.com:3128",
                );
            })
            .ok()
    }

    fn version(&mut self, value: &TomlValue<'_>) -> Option<Version> {
        let version = self.text(value)?.parse();
        version.map_err(|_| self.report(value, "unknown API version", "write \"v1\" or \"v1.1\"")).ok()
    }

    /// Returns whether the known bugs of the reference deployment are accepted.
    fn reference_bugs(&mut self, value: &TomlValue<'_>) -> Option<bool> {
        match self.text(value)? {
            "known" => Some(true),
            "failures" => Some(false),
            _ => {
                self.report(value, "unknown word", "write \"known\" or \"failures\"");
                None
            }
        }
    }

    fn instance(&mut self, value: &TomlValue<'_>) -> Option<String> {
        let name = instance_name(self.text(value)?);
        name.map_err(|message| self.report(value, message, "or remove it, so that the run creates its own instances"))
            .ok()
    }

    fn account(&mut self, table: &DeTable<'_>) -> Option<AccountSource> {
        let key = table.get("account_key").map(|key| self.secret(key));
        let register = self.boolean(table, "register") == Some(true);
        match (key, table.get("register")) {
            (Some(_), Some(value)) if register => {
                let message = "`register` and `account_key` exclude each other";
                self.report(value, message, "keep one of the two");
                None
            }
            (Some(key), _) => key.map(AccountSource::Key),
            (None, _) => register.then_some(AccountSource::Register),
        }
    }

    fn api_keys(&mut self, value: &TomlValue<'_>) -> IndexMap<Name, SecretSource> {
        let mut keys = IndexMap::new();
        let Some(table) = self.table(value, "a table: api_keys.plain = { env = \"NAME\" }") else { return keys };
        let names = [PLAIN].into_iter().chain(Flag::ALL.map(Flag::name)).collect::<Vec<_>>();
        self.known(table, &names, "`api_keys`");
        for (name, value) in table {
            if let (Some(source), Ok(name)) = (self.secret(value), name.get_ref().parse()) {
                keys.insert(name, source);
            }
        }
        keys
    }

    fn users(&mut self, value: &TomlValue<'_>) -> IndexMap<Name, UserSource> {
        let how = "a table: users.alice = { username = \"alice\", password = { env = \"NAME\" } }";
        let mut users = IndexMap::new();
        for (name, value) in self.table(value, how).into_iter().flatten() {
            let parsed = name.get_ref().parse::<Name>();
            if parsed.is_err() {
                let help = "write a lower-case letter, then lower-case letters, digits and `_`";
                self.report(name, "this is not a valid name for a user in scenarios", help);
            }
            let Some(table) = self.table(value, how) else { continue };
            if let (Some(user), Ok(name)) = (self.user(name, table, how), parsed) {
                users.insert(name, user);
            }
        }
        users
    }

    /// Reads a user name and a password. A missing one is reported at `at`, with the advice `how`.
    fn user<T>(&mut self, at: &Spanned<T>, table: &DeTable<'_>, how: &str) -> Option<UserSource> {
        self.known(table, &["username", "password"], "a user");
        for missing in ["username", "password"].into_iter().filter(|key| !table.contains_key(*key)) {
            self.report(at, format!("this user has no `{missing}`"), format!("write {how}"));
        }
        let username = table.get("username").and_then(|value| match value.get_ref() {
            DeValue::String(text) if !text.is_empty() => Some(TextSource::Text(text.to_string())),
            _ => self.secret(value).map(TextSource::Secret),
        });
        let password = table.get("password").and_then(|value| self.secret(value));
        Some(UserSource { username: username?, password: password? })
    }

    fn proxy_user(&mut self, profile: &DeTable<'_>, value: &TomlValue<'_>) -> Option<UserSource> {
        let how = "a table: proxy_user = { username = \"alice\", password = { env = \"NAME\" } }";
        if !profile.contains_key("proxy") {
            self.report(value, "`proxy_user` needs a `proxy`", "write proxy = \"http://proxy.example.com:3128\"");
        }
        let table = self.table(value, how)?;
        self.user(value, table, how)
    }

    /// Reads the path of a PEM file. Rejects a certificate or a key in its place, and does not show
    /// it.
    fn pem_file(&mut self, value: &TomlValue<'_>) -> Option<PathBuf> {
        let path = self.text(value)?;
        if path.is_empty() || path.contains("-----") || path.contains('\n') {
            self.report(value, "this is not a file path", "write the path of a PEM file");
            return None;
        }
        Some(self.folder.join(path))
    }

    /// Reads the path of a file that needs another file.
    fn paired(&mut self, table: &DeTable<'_>, key: &str, other: &str) -> Option<PathBuf> {
        let value = table.get(key)?;
        if !table.contains_key(other) {
            self.report(
                value,
                format!("`{key}` needs `{other}`"),
                "set the paths of both files: the certificate and its private key",
            );
        }
        self.pem_file(value)
    }

    /// Reads the source of a secret. Rejects a secret in its place, and does not show it.
    fn secret(&mut self, value: &TomlValue<'_>) -> Option<SecretSource> {
        let DeValue::Table(table) = value.get_ref() else {
            self.report(value, "this file must not contain a secret", SECRET);
            return None;
        };
        self.known(table, &["env", "file"], "a secret");
        match (table.get("env"), table.get("file")) {
            (Some(env), None) => {
                let name = self.text(env)?;
                let is_good = |c: char| c.is_ascii_alphanumeric() || c == '_';
                if name.is_empty() || holds_key(name) || !name.chars().all(is_good) {
                    let help = "write the name of the variable, in letters, digits and `_`";
                    self.report(env, "this is not a valid variable name", help);
                    return None;
                }
                Some(SecretSource::Env(name.to_owned()))
            }
            (None, Some(file)) => {
                let path = self.text(file)?;
                if path.is_empty() || path.parse::<Key>().is_ok() {
                    self.report(file, "this is not a file path", "write the path of the file with the secret");
                    return None;
                }
                Some(SecretSource::File(self.folder.join(path)))
            }
            (Some(_), Some(file)) => {
                self.report(file, "a secret cannot have two sources", "keep one of the two");
                None
            }
            (None, None) => {
                self.report(value, "the secret has no source", SECRET);
                None
            }
        }
    }

    fn capabilities(&mut self, value: &TomlValue<'_>) -> Vec<Capability> {
        let names = Capability::ALL.map(Capability::name);
        let DeValue::Array(list) = value.get_ref() else {
            self.mistyped(value, &format!("a list of \"{}\"", names.join("\", \"")));
            return Vec::new();
        };
        let mut capabilities = Vec::new();
        for word in list {
            let Some(text) = self.text(word) else { continue };
            match text.parse() {
                Ok(capability) => capabilities.push(capability),
                Err(_) => {
                    let help = self.suggestions.help(text, names, format!("valid capabilities: {}", names.join(", ")));
                    self.report(word, "unknown capability", help);
                }
            }
        }
        capabilities
    }

    fn rate(&mut self, value: &TomlValue<'_>) -> Option<Rate> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => number.as_str().parse().ok(),
            DeValue::Float(number) => number.as_str().parse().ok(),
            _ => None,
        };
        let rate = number.and_then(Rate::per_second);
        if rate.is_none() {
            self.mistyped(value, "requests per second: a number from 0.01 to 10000, or 0 for no limit");
        }
        rate
    }

    fn seconds(&mut self, table: &DeTable<'_>, key: &str, range: RangeInclusive<i64>) -> Option<Duration> {
        self.number(table, key, range).map(|seconds| Duration::from_secs(seconds.unsigned_abs()))
    }

    fn number(&mut self, table: &DeTable<'_>, key: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let value = table.get(key)?;
        let number = value.get_ref().as_integer();
        let number = number.and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| range.contains(number));
        if number.is_none() {
            self.mistyped(value, &format!("a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    fn boolean(&mut self, table: &DeTable<'_>, key: &str) -> Option<bool> {
        let value = table.get(key)?;
        let boolean = value.get_ref().as_bool();
        if boolean.is_none() {
            self.mistyped(value, "true or false");
        }
        boolean
    }

    fn text<'v>(&mut self, value: &'v TomlValue<'_>) -> Option<&'v str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.mistyped(value, "text in quotes");
        }
        text
    }

    fn table<'v, 't>(&mut self, value: &'v TomlValue<'t>, what: &str) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.mistyped(value, what);
        }
        table
    }

    fn mistyped(&mut self, value: &TomlValue<'_>, what: &str) {
        self.report(value, "this value has the wrong type or range", format!("write {what}"));
    }
}
