//! Parses the options `--listen` and `--port` and binds the address that they name.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::str::FromStr;

use syncano_simulator::server::Listener;

/// The default host, which other machines cannot reach.
const LOOPBACK: &str = "127.0.0.1";

/// The options for the address to listen on.
#[derive(clap::Args, Debug)]
pub struct AddressArgs {
    /// Address to listen on: HOST, PORT or HOST:PORT [default: 127.0.0.1, a free port]
    ///
    /// With 0.0.0.0 or [::], the simulator listens on all addresses of this machine, so that phones
    /// and other machines can reach it. Without a port, it selects a free one; without a host, it
    /// listens on 127.0.0.1.
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<ListenAddress>,

    /// Port to listen on, together with a host in --listen; 0 selects a free one
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

/// The value of `--listen`: a host, a port or both.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct ListenAddress {
    host: Option<String>,
    port: Option<u16>,
}

/// An address to listen on: a host name or IP address, and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The host name or IP address; an IPv6 address is in brackets.
    pub host: String,
    port: u16,
}

/// The error for a port in both `--listen` and `--port`.
#[derive(Debug, thiserror::Error)]
#[error("--listen and --port both name a port\n  hint: leave one out, such as --listen {host} --port {port}")]
pub struct TwoPorts {
    host: String,
    port: u16,
}

impl AddressArgs {
    /// Returns the address that the options name.
    pub fn address(&self) -> Result<Address, TwoPorts> {
        let ListenAddress { host, port } = self.listen.clone().unwrap_or_default();
        let host = host.unwrap_or_else(|| LOOPBACK.to_owned());
        match (port, self.port) {
            (Some(_), Some(port)) => Err(TwoPorts { host, port }),
            (port, other) => Ok(Address { host, port: port.or(other).unwrap_or_default() }),
        }
    }
}

impl FromStr for ListenAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<ListenAddress, &'static str> {
        const EXPECTED: &str =
            "expected a host, a port or both, such as 127.0.0.1:8080, localhost:8080, [::1]:8080, 0.0.0.0 or 8080";
        let port = |text: &str| text.parse::<u16>().map_err(|_| EXPECTED);
        // An IPv6 address contains colons, so it needs brackets before a port.
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(IpAddr::V6(address)) = bare.parse() {
            return Ok(ListenAddress { host: Some(format!("[{address}]")), port: None });
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(ListenAddress { host: None, port: Some(port(text)?) });
        }
        let Some((host, number)) = text.rsplit_once(':') else {
            return Ok(ListenAddress { host: Some(text.to_owned()), port: None });
        };
        let port = Some(port(number)?);
        match host {
            "" => Ok(ListenAddress { host: None, port }),
            _ if host.starts_with('[') => match text.parse::<SocketAddr>() {
                Ok(_) => Ok(ListenAddress { host: Some(host.to_owned()), port }),
                Err(_) => Err(EXPECTED),
            },
            _ if host.contains(':') => Err(EXPECTED),
            _ => Ok(ListenAddress { host: Some(host.to_owned()), port }),
        }
    }
}

impl Address {
    /// Binds a listener to the first usable IP address of the host.
    pub async fn bind(&self) -> io::Result<Listener> {
        let mut error = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in tokio::net::lookup_host(self.to_string()).await? {
            match Listener::bind(address).await {
                Ok(listener) => return Ok(listener.name(&self.host)),
                Err(source) => error = source,
            }
        }
        Err(error)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// Returns the address of this machine in its network, if it has one.
///
/// It sends no packet: connecting a UDP socket only lets the system select the local address of
/// the route. 192.0.2.1 is reserved for documentation.
pub fn machine_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    Some(address).filter(|address| !address.is_loopback() && !address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("8080", None, Some(8080))]
    #[case(":8080", None, Some(8080))]
    #[case("localhost:8080", Some("localhost"), Some(8080))]
    #[case("localhost", Some("localhost"), None)]
    #[case("127.0.0.1:0", Some("127.0.0.1"), Some(0))]
    #[case("0.0.0.0", Some("0.0.0.0"), None)]
    #[case("[::1]:8080", Some("[::1]"), Some(8080))]
    #[case("[::]", Some("[::]"), None)]
    #[case("::1", Some("[::1]"), None)]
    fn an_address_is_a_host_a_port_or_both(#[case] text: &str, #[case] host: Option<&str>, #[case] port: Option<u16>) {
        assert_eq!(text.parse(), Ok(ListenAddress { host: host.map(str::to_owned), port }));
    }

    #[rstest]
    #[case("")]
    #[case("65536")]
    #[case(":")]
    #[case("localhost:")]
    #[case("localhost:http")]
    #[case("[localhost]:8080")]
    #[case("a:b:8080")]
    #[case("http://localhost:8080")]
    fn other_texts_are_rejected_with_examples(#[case] text: &str) {
        assert!(text.parse::<ListenAddress>().unwrap_err().contains("127.0.0.1:8080"));
    }

    #[rstest]
    #[case(None, None, Some("127.0.0.1:0"))]
    #[case(None, Some(8080), Some("127.0.0.1:8080"))]
    #[case(Some("0.0.0.0"), Some(8080), Some("0.0.0.0:8080"))]
    #[case(Some("8080"), None, Some("127.0.0.1:8080"))]
    #[case(Some("8080"), Some(8080), None)]
    #[case(Some("localhost:0"), Some(8080), None)]
    fn host_and_port_combine(#[case] listen: Option<&str>, #[case] port: Option<u16>, #[case] address: Option<&str>) {
        let args = AddressArgs { listen: listen.map(|text| text.parse().unwrap()), port };
        assert_eq!(args.address().ok().map(|address| address.to_string()).as_deref(), address);
    }
}
