//! Formats the welcome message of `serve` on a terminal: a command that signs in, the URL of the
//! control API, and the URLs for other devices.

use std::fmt::Write;
use std::net::IpAddr;

use syncano_conformance::shell::word;
use syncano_simulator::server::CONTROL;
use syncano_simulator::server::demo::DemoWorld;

/// The address at which the Android emulator reaches the loopback address of its host.
const EMULATOR: &str = "10.0.2.2";

/// The content of the welcome message.
pub struct Welcome<'w> {
    /// The URL for programs on this machine.
    pub url: &'w str,
    /// The demo world, if there is one.
    pub world: Option<&'w DemoWorld>,
    /// Whether the control API is enabled.
    pub is_controlled: bool,
    /// The port, if the listener is bound to all addresses of this machine.
    pub open_port: Option<u16>,
    /// The address of this machine in its network.
    pub address: Option<IpAddr>,
}

impl Welcome<'_> {
    /// Returns the lines of the message, each with a line break.
    pub fn lines(&self) -> String {
        let mut lines = String::new();
        if let Some(world) = self.world {
            lines.push_str(&sign_in(self.url, world));
        }
        if self.is_controlled {
            add(&mut lines, "control and request log", &format!("{}{CONTROL}", self.url));
        }
        if let Some(port) = self.open_port {
            add(&mut lines, "for the Android emulator", &format!("http://{EMULATOR}:{port}"));
            if let Some(address) = self.address {
                add(&mut lines, "for a phone in the same network", &format!("http://{address}:{port}"));
            }
        }
        lines
    }
}

/// Returns the command that signs in the first user.
fn sign_in(url: &str, world: &DemoWorld) -> String {
    let Some(user) = world.users.first() else { return String::new() };
    let words = [
        "-H".to_owned(),
        format!("X-API-KEY: {}", world.api_keys.plain),
        format!("{url}/v1.1/instances/{}/user/auth/", world.instance),
        "--data-urlencode".to_owned(),
        format!("username={}", user.username),
        "--data-urlencode".to_owned(),
        format!("password={}", user.password),
    ];
    let words = words.iter().map(|text| word(text)).collect::<Vec<_>>();
    format!("sign {} in:\n  curl {}\n", user.username, words.join(" "))
}

fn add(lines: &mut String, what: &str, url: &str) {
    // Writing to a `String` never fails.
    let _ = writeln!(lines, "{what}: {url}");
}

#[cfg(test)]
mod tests {
    use syncano_simulator::Simulator;

    use super::*;

    fn world(username: &str, password: &str) -> DemoWorld {
        let simulator = Simulator::builder().seed(1).build();
        DemoWorld::builder().user(username, password).create(&simulator).unwrap()
    }

    #[test]
    fn a_loopback_simulator_says_how_to_sign_in_and_where_to_control_it() {
        let world = world("alice", "demo-alice");
        let url = "http://127.0.0.1:8080";
        let address = Some([192, 168, 1, 20].into());
        let welcome = Welcome { url, world: Some(&world), is_controlled: true, open_port: None, address };
        let lines = format!(
            "sign alice in:\n  curl -H 'X-API-KEY: {}' http://127.0.0.1:8080/v1.1/instances/demo/user/auth/ \
             --data-urlencode username=alice --data-urlencode password=demo-alice\n\
             control and request log: http://127.0.0.1:8080/__simulator/\n",
            world.api_keys.plain
        );
        assert_eq!(welcome.lines(), lines);
        assert_eq!(Welcome { world: None, is_controlled: false, ..welcome }.lines(), "");
    }

    #[test]
    fn an_open_simulator_names_the_urls_for_emulator_and_phone() {
        let url = "http://127.0.0.1:8080";
        let address = Some([192, 168, 1, 20].into());
        let welcome = Welcome { url, world: None, is_controlled: false, open_port: Some(8080), address };
        let emulator = "for the Android emulator: http://10.0.2.2:8080\n";
        let phone = "for a phone in the same network: http://192.168.1.20:8080\n";
        assert_eq!(welcome.lines(), format!("{emulator}{phone}"));
        assert_eq!(Welcome { address: None, ..welcome }.lines(), emulator);
    }

    #[test]
    fn names_and_passwords_are_quoted_for_a_shell() {
        let world = world("o'hara", "a b&c=$HOME");
        let url = "http://127.0.0.1:8080";
        let welcome = Welcome { url, world: Some(&world), is_controlled: false, open_port: None, address: None };
        let lines = welcome.lines();
        assert!(lines.contains(r"'username=o'\''hara'") && lines.contains("'password=a b&c=$HOME'"), "{lines}");
    }
}
