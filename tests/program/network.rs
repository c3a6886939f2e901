//! Tests for TLS and proxies: certificates, trust, redaction, and messages for failed connections.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rstest::rstest;
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ServerConfig, WebPkiClientVerifier};
use syncano_simulator::Simulator;
use syncano_simulator::server::{Listener, Running};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::binary::only;

const PASSWORD: &str = "bcdfghjk lmnp";

/// A certificate with its key, in PEM form.
struct Pair {
    certificate: String,
    key: String,
}

/// A certificate authority outside the system's trust store.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Authority { issuer: Issuer::new(params, key), certificate }
    }

    fn issue(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        Pair { certificate: params.signed_by(&key, &self.issuer).unwrap().pem(), key: key.serialize_pem() }
    }
}

/// A simulator behind a TLS server.
struct TlsDeployment {
    /// Holds certificates and keys.
    folder: TempDir,
    simulator: Running,
    url: String,
}

impl TlsDeployment {
    /// Starts a deployment with this certificate. With `clients`, it requires a client certificate
    /// issued by that authority.
    async fn new(pair: &Pair, clients: Option<&Authority>) -> TlsDeployment {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = match clients {
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_slice(authority.certificate.as_bytes()).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                config.with_client_cert_verifier(verifier)
            }
            None => config.with_no_client_auth(),
        };
        let certificate = CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap();
        let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![certificate], key).unwrap()));
        let simulator = simulator().await;
        let behind = address(&simulator);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    match acceptor.accept(stream).into_fallible().await {
                        Ok(mut stream) => {
                            copy_bidirectional(&mut stream, &mut TcpStream::connect(behind).await?).await.map(drop)
                        }
                        // Closing a socket with unread data resets the connection, and the client
                        // would miss the TLS alert.
                        Err((_, mut stream)) => stream.read_to_end(&mut Vec::new()).await.map(drop),
                    }
                });
            }
        });
        TlsDeployment { folder: TempDir::new().unwrap(), simulator, url }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }
}

async fn simulator() -> Running {
    Listener::bind("127.0.0.1:0".parse().unwrap()).await.unwrap().spawn(Simulator::builder().build())
}

fn address(running: &Running) -> String {
    running.url().strip_prefix("http://").unwrap().to_owned()
}

/// Runs a few scenarios without certificate variables in the environment.
fn run(url: &str, args: &[&str], variables: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(crate::binary::path());
    command.args(["run", "--url", url, "--register", "--allow-writes", "--retries", "0"]).args(args);
    command.arg(only!("reset-key/by-the-administrator")).env("XDG_STATE_HOME", env!("CARGO_TARGET_TMPDIR"));
    command.env_remove("SSL_CERT_DIR").env_remove("SSL_CERT_FILE").envs(variables.iter().copied());
    tokio::task::block_in_place(|| command.output().unwrap())
}

fn said(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    // The program wraps lines, so line breaks count as spaces.
    String::from_utf8(text).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn assert_says(output: &Output, code: i32, words: &[&str]) {
    let said = said(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    words.iter().for_each(|words| assert!(said.contains(words), "no {words} in: {said}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_authority_is_trusted_if_the_user_names_it() {
    let authority = Authority::new();
    let deployment = TlsDeployment::new(&authority.issue("localhost", |_| {}), None).await;
    let file = deployment.file("ca.pem", &authority.certificate);
    let ca = file.to_str().unwrap();
    assert_says(&run(&deployment.url, &["--ca-cert", ca], &[]), 0, &["passed"]);
    assert_says(&run(&deployment.url, &[], &[("SSL_CERT_FILE", &file)]), 0, &["passed"]);
    let profile = format!("[target.mine]\nurl = \"{}\"\nca_cert = \"ca.pem\"\n", deployment.url);
    let config = deployment.file("conformance.toml", &profile);
    let args = ["--target", "mine", "--config", config.to_str().unwrap()];
    assert_says(&run(&deployment.url, &args, &[]), 0, &["passed"]);

    let another = deployment.file("another.pem", &Authority::new().certificate);
    let untrusted = run(&deployment.url, &["--ca-cert", another.to_str().unwrap()], &[]);
    assert_says(&untrusted, 6, &["does not trust the issuer of", "--ca-cert", "SSL_CERT_FILE"]);
    assert!(!said(&untrusted).contains("registered"), "nothing was sent");
}

#[rstest]
#[case::expired("localhost", |params: &mut CertificateParams| params.not_after = date_time_ymd(2001, 1, 1), "has expired")]
#[case::not_yet("localhost", |params: &mut CertificateParams| params.not_before = date_time_ymd(3001, 1, 1), "not valid yet")]
#[case::of_another_host("other.example", |_: &mut CertificateParams| {}, "is for another host")]
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_certificate_is_rejected_with_the_reason(
    #[case] name: &str,
    #[case] change: fn(&mut CertificateParams),
    #[case] why: &str,
) {
    let authority = Authority::new();
    let deployment = TlsDeployment::new(&authority.issue(name, change), None).await;
    let ca = deployment.file("ca.pem", &authority.certificate);
    let rejected = run(&deployment.url, &["--ca-cert", ca.to_str().unwrap()], &[]);
    assert_says(&rejected, 6, &["no connection", "certificate", why]);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_and_unexpected_tls_have_different_hints() {
    let authority = Authority::new();
    let deployment = TlsDeployment::new(&authority.issue("localhost", |_| {}), None).await;
    let ca = deployment.file("ca.pem", &authority.certificate);
    let plain = deployment.simulator.url().replace("http://", "https://");
    assert_says(
        &run(&plain, &["--ca-cert", ca.to_str().unwrap()], &[]),
        6,
        &["does not speak TLS", "or write http://"],
    );
    assert_says(&run(&deployment.url.replace("https", "http"), &[], &[]), 6, &["expects TLS, write https://"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_certificate_is_sent_to_a_server_that_requires_one() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let deployment = TlsDeployment::new(&authority.issue("localhost", |_| {}), Some(&clients)).await;
    let ca = deployment.file("ca.pem", &authority.certificate);
    let file = |name: &str, text: &str| deployment.file(name, text).to_str().unwrap().to_owned();
    let run = |pair: &[&str]| run(&deployment.url, &[&["--ca-cert", ca.to_str().unwrap()], pair].concat(), &[]);
    let mine = clients.issue("client.example", |_| {});
    let (cert, key) = (file("client.pem", &mine.certificate), file("client.key", &mine.key));
    assert_says(&run(&["--client-cert", &cert, "--client-key", &key]), 0, &["passed"]);

    assert_says(&run(&[]), 6, &["requires a client certificate", "--client-cert", "--client-key"]);
    let another = authority.issue("client.example", |_| {});
    let (other_cert, other_key) = (file("other.pem", &another.certificate), file("other.key", &another.key));
    assert_says(&run(&["--client-cert", &other_cert, "--client-key", &other_key]), 6, &["that it accepts"]);
    let mixed = run(&["--client-cert", &cert, "--client-key", &other_key]);
    assert_says(&mixed, 2, &["other.key: the private key", "does not belong to the client certificate"]);
    assert_says(&run(&["--client-cert", &cert]), 2, &["--client-key"]);
}

#[rstest]
#[case::a_missing_file(None, "cannot read")]
#[case::empty(Some(String::new()), "holds no certificate in PEM form")]
#[case::something_else(Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()), "cannot be parsed")]
#[case::too_long(Some("a".repeat((1 << 20) + 1)), "larger than 1 MiB")]
#[tokio::test(flavor = "multi_thread")]
async fn an_unusable_certificate_file_is_an_error_before_the_first_request(
    #[case] text: Option<String>,
    #[case] why: &str,
) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("ca.pem");
    text.iter().for_each(|text| std::fs::write(&path, text).unwrap());
    assert_says(&run("https://a.invalid", &["--ca-cert", path.to_str().unwrap()], &[]), 2, &["ca.pem", why, "hint:"]);
}

#[test]
fn a_private_key_in_the_profile_is_rejected_and_not_shown() {
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("conformance.toml");
    let key = "-----BEGIN PRIVATE KEY-----\\nbcdfghjk\\n-----END PRIVATE KEY-----";
    let text = format!("[target.a]\nurl = \"https://a.invalid\"\nclient_cert = \"a.pem\"\nclient_key = \"{key}\"\n");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(crate::binary::path());
    let output = command.args(["plan", "--target", "a", "--config"]).arg(&config).output().unwrap();
    assert_says(&output, 5, &["this is not a file path"]);
    assert!(!said(&output).contains("bcdfghjk"), "{}", said(&output));
}

/// Starts a proxy that accepts only one user.
async fn proxy(behind: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(through(stream, behind.clone()));
        }
    });
    url
}

async fn through(mut stream: TcpStream, behind: String) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8(head.clone()).unwrap();
    let login = format!("Basic {}", BASE64_STANDARD.encode(format!("alice:{PASSWORD}")));
    let value =
        |line: &str| line.to_ascii_lowercase().starts_with("proxy-authorization: ").then(|| line[21..].to_owned());
    if text.lines().find_map(value) != Some(login) {
        return stream.write_all(b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n").await;
    }
    let mut server = TcpStream::connect(behind).await?;
    if text.starts_with("CONNECT ") {
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
    } else {
        server.write_all(&head).await?;
    }
    copy_bidirectional(&mut stream, &mut server).await.map(drop)
}

#[rstest]
#[case::plain(false)]
#[case::encrypted(true)]
#[tokio::test(flavor = "multi_thread")]
async fn only_the_proxy_receives_its_user_name_and_password(#[case] is_encrypted: bool) {
    let authority = Authority::new();
    let deployment = TlsDeployment::new(&authority.issue("localhost", |_| {}), None).await;
    let ca = deployment.file("ca.pem", &authority.certificate);
    let password = deployment.file("password", PASSWORD);
    let wrong = deployment.file("wrong", "xzxzxzxz");
    let url = if is_encrypted { deployment.url.clone() } else { "http://a.invalid".to_owned() };
    let behind = if is_encrypted { url.replace("https://", "") } else { address(&deployment.simulator) };
    let proxy = proxy(behind).await;
    let run = |user: Option<&Path>| {
        let user = user.map(|path| format!("alice=file:{}", path.display()));
        let mut args = vec!["--proxy", &proxy, "--ca-cert", ca.to_str().unwrap(), "--rate", "none", "--log", "trace"];
        user.iter().for_each(|user| args.extend(["--proxy-user", user]));
        run(&url, &args, &[])
    };
    let passed = run(Some(&password));
    assert_says(&passed, 0, &["passed"]);
    let encoded = BASE64_STANDARD.encode(format!("alice:{PASSWORD}"));
    let all = said(&passed);
    assert!(!all.contains(PASSWORD) && !all.contains(&encoded), "{all}");

    for rejected in [run(None), run(Some(&wrong))] {
        assert_says(&rejected, 6, &["proxy requires a valid user name and password", "--proxy-user"]);
        assert!(!said(&rejected).contains("registered"), "{}", said(&rejected));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_password_of_a_profile_is_sent_only_to_that_proxy() {
    let simulator = simulator().await;
    let proxy = proxy(address(&simulator)).await;
    let folder = TempDir::new().unwrap();
    let config = folder.path().join("conformance.toml");
    let user = "proxy_user = { username = \"alice\", password = { file = \"password\" } }";
    std::fs::write(folder.path().join("password"), PASSWORD).unwrap();
    std::fs::write(&config, format!("[target.a]\nurl = \"http://a.invalid\"\nproxy = \"{proxy}\"\n{user}\n")).unwrap();
    let args = ["--target", "a", "--rate", "none", "--config", config.to_str().unwrap()];
    assert_says(&run("http://a.invalid", &args, &[]), 0, &["passed"]);
    let elsewhere = run("http://a.invalid", &[&args[..], &["--proxy", &proxy]].concat(), &[]);
    assert_says(&elsewhere, 6, &["proxy requires a valid user name and password"]);

    std::fs::write(&config, format!("[target.a]\nurl = \"http://a.invalid\"\n{user}\n")).unwrap();
    assert_says(&run("http://a.invalid", &args, &[]), 5, &["`proxy_user` needs a `proxy`"]);
}

#[rstest]
#[case("socks5://127.0.0.1:1080", "SOCKS proxy, and only HTTP proxies are supported")]
#[case("socks5h://127.0.0.1:1080", "SOCKS proxy, and only HTTP proxies are supported")]
#[case("socks4://127.0.0.1:1080", "SOCKS proxy, and only HTTP proxies are supported")]
#[case("http://alice:bcdfghjk@127.0.0.1:3128", "--proxy-user")]
#[case("ftp://127.0.0.1", "does not begin with http:// or https://")]
#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_proxy_is_rejected_with_the_reason(#[case] proxy: &str, #[case] why: &str) {
    let rejected = run("http://a.invalid", &["--proxy", proxy], &[]);
    assert_says(&rejected, 2, &["--proxy cannot be used", why, "hint: expected --proxy"]);
    assert!(!said(&rejected).contains("bcdfghjk"), "{}", said(&rejected));
}
