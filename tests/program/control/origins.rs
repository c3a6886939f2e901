//! Tests for the origins that may use the control API.

use rstest::rstest;
use syncano_simulator::Simulator;
use syncano_simulator::server::{CONTROL, Control};

use super::{Tool, client, loopback, read, status};
use crate::binary::Served;

#[rstest]
#[case::another_name("Host", "evil.example", 403)]
#[case::another_name_with_a_port("Host", "evil.example:8080", 403)]
#[case::localhost("Host", "localhost:8080", 200)]
#[case::another_origin("Origin", "http://evil.example", 403)]
#[case::an_opaque_origin("Origin", "null", 403)]
#[case::another_site("Sec-Fetch-Site", "cross-site", 403)]
#[case::another_port("Sec-Fetch-Site", "same-site", 403)]
#[case::the_address_bar("Sec-Fetch-Site", "none", 200)]
#[tokio::test]
async fn the_control_api_rejects_pages_of_other_origins(
    #[case] header: &str,
    #[case] value: &str,
    #[case] expected: u16,
) {
    let tool = Tool::start().await;
    let ask = |method: &str, path: &str| tool.request(method, &format!("{CONTROL}{path}")).header(header, value).send();
    let answer = ask("GET", "world").await.unwrap();
    assert!(answer.headers().get("access-control-allow-origin").is_none());
    let (status, body) = read(answer).await;
    assert_eq!(status, expected, "{body}");
    if expected == 403 {
        assert!(body["detail"].as_str().unwrap().starts_with("The control"), "{body}");
        tool.add_user("carol").await;
        assert_eq!(ask("POST", "reset").await.unwrap().status(), 403);
        assert_eq!(tool.users().await.len(), 3, "nothing was reset");
    }
}

#[tokio::test]
async fn the_control_api_accepts_pages_of_its_own_origin() {
    let tool = Tool::start().await;
    let own = tool.request("POST", "/__simulator/reset").header("Origin", tool.running.url());
    assert_eq!(status(own.header("Sec-Fetch-Site", "same-origin")).await, 204);
}

#[tokio::test]
async fn the_control_api_accepts_the_host_name_of_serve() {
    let named = loopback().await.name("simulator.test").control(Control::default()).spawn(Simulator::builder().build());
    let ask = |host: &str| client().get(format!("{}{CONTROL}", named.url())).header("Host", host.to_owned());
    assert_eq!(status(ask("simulator.test:8080")).await, 200);
    assert_eq!(status(ask("simulator.example:8080")).await, 403);
    let served = Served::start(&["--listen", "localhost:0", "--empty"]);
    assert_eq!(status(client().get(format!("{}{CONTROL}", served.url()))).await, 200);
}
