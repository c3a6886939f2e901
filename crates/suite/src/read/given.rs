//! Reads `given`: the contents of a world.

use indexmap::IndexMap;
use serde_saphyr::Spanned;

use super::reader::ModelReader;
use crate::diagnostic::SourcePosition;
use crate::file::{FlagWord, GivenChannel, GivenClass, GivenFile, GivenObject};
use crate::model::{Channel, Class, Object};
use crate::name::Name;
use crate::principal::RESERVED;
use syncano_simulator::api::Flag;

impl ModelReader<'_> {
    /// Reads the contents of a world; `start` is their place in the file.
    pub fn given(&mut self, given: GivenFile, start: SourcePosition) {
        self.start = start.clone();
        self.given_api_keys(given.api_keys, &start);
        let foreign_users = given.foreign.iter().flat_map(|foreign| &foreign.users);
        for user in given.users.iter().chain(foreign_users) {
            let place = self.at(user);
            self.claim(&user.value, &place);
            self.known.users.push(user.value.clone());
        }
        // Groups, classes and objects can refer to users.
        self.given.users = names(given.users);
        self.given_groups(given.groups, &start);
        self.given_classes(given.classes, &start);
        self.given_objects(given.objects);
        self.given_data_endpoints(given.data_endpoints);
        self.given_channels(given.channels, &start);
        self.given_devices(given.devices);
        for (name, content) in given.templates {
            let place = self.at(&content);
            self.claim(&name, &place);
            self.known.templates.push(name.clone());
            self.given.templates.insert(name, content.value);
        }
        self.known.foreign = given.foreign.is_some();
        self.given.foreign = given.foreign.map(|foreign| names(foreign.users));
    }

    fn given_api_keys(&mut self, api_keys: IndexMap<Name, Vec<FlagWord>>, start: &SourcePosition) {
        for (key, flags) in api_keys {
            let flags = flags.iter().map(|word| word.0).collect::<Vec<_>>();
            if Flag::ALL.iter().any(|flag| flag.name() == key.as_str()) || RESERVED.contains(&key.as_str()) {
                self.report(start, format!("`{key}` is reserved"), "give the API key another name");
            }
            self.known.named_keys.insert(key.clone(), flags.clone());
            self.given.api_keys.insert(key, flags);
        }
    }

    fn given_groups(&mut self, groups: IndexMap<Name, Vec<Spanned<Name>>>, start: &SourcePosition) {
        for (group, members) in groups {
            let place = members.first().map_or_else(|| start.clone(), |member| self.at(member));
            self.claim(&group, &place);
            self.known.groups.push(group.clone());
            members.iter().for_each(|member| self.own_user(member));
            self.given.groups.insert(group, names(members));
        }
    }

    fn given_classes(&mut self, classes: IndexMap<Name, GivenClass>, start: &SourcePosition) {
        for (name, class) in classes {
            self.claim(&name, start);
            self.known.classes.push(name.clone());
            let GivenClass { group, group_permissions, other_permissions } = class;
            let group = group.map(|group| self.known_group(group));
            self.given.classes.insert(name, Class { group, group_permissions, other_permissions });
        }
    }

    fn given_objects(&mut self, objects: IndexMap<Name, GivenObject>) {
        for (name, object) in objects {
            let place = self.at(&object.class);
            self.claim(&name, &place);
            let known = if object.file { &mut self.known.objects_with_file } else { &mut self.known.objects };
            known.push(name.clone());
            let class = self.known_class(object.class);
            object.owner.iter().for_each(|owner| self.own_user(owner));
            let object = Object {
                class,
                owner: object.owner.map(|owner| owner.value),
                owner_permissions: object.owner_permissions,
                group: object.group.map(|group| self.known_group(group)),
                group_permissions: object.group_permissions,
                other_permissions: object.other_permissions,
                file: object.file,
            };
            self.given.objects.insert(name, object);
        }
    }

    fn given_data_endpoints(&mut self, data_endpoints: IndexMap<Name, Spanned<Name>>) {
        for (name, class) in data_endpoints {
            let place = self.at(&class);
            self.claim(&name, &place);
            self.known.data_endpoints.push(name.clone());
            let class = self.known_class(class);
            self.given.data_endpoints.insert(name, class);
        }
    }

    fn given_channels(&mut self, channels: IndexMap<Name, GivenChannel>, start: &SourcePosition) {
        for (name, channel) in channels {
            self.claim(&name, start);
            self.known.channels.push(name.clone());
            let GivenChannel { group, group_permissions, other_permissions } = channel;
            let group = group.map(|group| self.known_group(group));
            self.given.channels.insert(name, Channel { group, group_permissions, other_permissions });
        }
    }

    fn given_devices(&mut self, devices: IndexMap<Name, Spanned<Name>>) {
        for (name, user) in devices {
            let place = self.at(&user);
            self.claim(&name, &place);
            self.known.devices.push(name.clone());
            self.own_user(&user);
            self.given.devices.insert(name, user.value);
        }
    }

    /// Returns the name of a class; reports an unknown one.
    fn known_class(&mut self, class: Spanned<Name>) -> Name {
        let place = self.at(&class);
        let class = class.value;
        if !self.known.classes.contains(&class) {
            let classes = self.known.classes.iter().map(Name::as_str);
            let help = self.suggestions.help(class.as_str(), classes, "add it under `given.classes`");
            self.report(&place, format!("there is no class `{class}` in this scenario"), help);
        }
        class
    }

    /// Reports a user who is missing in the scenario's own instance.
    fn own_user(&mut self, user: &Spanned<Name>) {
        if !self.given.users.contains(&user.value) {
            let place = self.at(user);
            let message = format!("`{}` is not a user of this scenario's own instance", user.value);
            self.report(&place, message, "add it under `given.users`");
        }
    }

    /// Returns the name of a group; reports an unknown one.
    fn known_group(&mut self, group: Spanned<Name>) -> Name {
        if !self.known.groups.contains(&group.value) {
            let place = self.at(&group);
            let message = format!("there is no group `{}` in this scenario", group.value);
            self.report(&place, message, "add it under `given.groups`");
        }
        group.value
    }
}

fn names(users: Vec<Spanned<Name>>) -> Vec<Name> {
    users.into_iter().map(|user| user.value).collect()
}
