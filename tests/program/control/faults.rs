//! Tests for injected faults.

use rstest::rstest;
use serde_json::{Value, json};
use syncano_simulator::Simulator;
use syncano_simulator::server::Control;

use super::{Tool, read, status};

#[tokio::test]
async fn a_fault_hits_its_endpoint_and_method_the_stated_number_of_times() {
    let tool = Tool::start().await;
    let throttled =
        json!({ "endpoint": "/users/{id}/", "method": "get", "every": 2, "times": 2, "status": 429, "retry_after": 3 });
    let (status_of_put, _) = tool.control("PUT", "faults", json!({ "faults": [throttled] })).await;
    assert_eq!(status_of_put, 200);
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(status(tool.as_owner("GET", "/users/1/")).await);
        assert_eq!(status(tool.as_owner("GET", "/users/")).await, 200);
        assert_eq!(status(tool.as_owner("OPTIONS", "/users/1/")).await, 200);
    }
    assert_eq!(statuses, [200, 429, 200, 429, 200, 200]);

    let (_, mut faults) = tool.control("GET", "faults", Value::Null).await;
    assert_eq!(faults["faults"][0]["hits"], 2);
    faults["faults"][0]["times"] = json!(3);
    assert_eq!(tool.control("PUT", "faults", faults).await.0, 200, "what is shown can be put back");
    status(tool.as_owner("GET", "/users/1/")).await;
    let answer = tool.as_owner("GET", "/users/1/").send().await.unwrap();
    assert_eq!(answer.headers()["retry-after"], "3");
    assert_eq!(read(answer).await.1, json!({ "detail": "Request was throttled. Expected available in 3 seconds." }));
    let entry = tool.last_request().await;
    assert_eq!((&entry["status"], &entry["station"]), (&json!(429), &json!("fault")));
}

#[tokio::test]
async fn a_connection_is_closed_before_or_after_the_action() {
    let tool = Tool::start().await;
    let user = |name: &str| json!({ "username": name, "password": "pw" }).to_string();
    for (applied, name) in [(false, "carol"), (true, "dave")] {
        let fault =
            json!({ "endpoint": "/users/", "method": "POST", "close": true, "applied": applied, "delay_ms": 1 });
        assert_eq!(tool.control("PUT", "faults", json!({ "faults": [fault] })).await.0, 200);
        let request = tool.as_owner("POST", "/users/").header("content-type", "application/json").body(user(name));
        assert!(request.send().await.is_err());
        assert_eq!(tool.last_request().await["status"], Value::Null);
    }
    assert_eq!(tool.users().await, ["alice", "bob", "dave"]);
    assert_eq!(tool.control("DELETE", "faults", Value::Null).await.0, 204);
    tool.add_user("erin").await;
}

/// A browser sends a preflight before the request that the fault is meant for.
#[tokio::test]
async fn faults_skip_preflights_and_a_page_can_read_their_answers() {
    let tool = Tool::start().await;
    let fault = json!({ "endpoint": "/groups/", "status": 503, "times": 1 });
    assert_eq!(tool.control("PUT", "faults", json!({ "faults": [fault] })).await.0, 200);
    let from_page = |method: &str| tool.as_owner(method, "/groups/").header("Origin", "http://app.example");
    let preflight = from_page("OPTIONS").header("Access-Control-Request-Method", "GET");
    assert_eq!(status(preflight).await, 200);
    let answers = [from_page("GET").send().await.unwrap(), from_page("GET").send().await.unwrap()];
    assert_eq!(answers.each_ref().map(|answer| answer.status().as_u16()), [503, 200]);
    for answer in answers {
        assert_eq!(answer.headers()["access-control-allow-origin"], "*", "{}", answer.status());
        assert_eq!(answer.headers()["vary"], "Origin", "{}", answer.status());
    }
}

#[tokio::test]
async fn the_same_seed_selects_the_same_requests() {
    let mut told = Vec::new();
    for _ in 0..2 {
        let tool = Tool::start().await;
        let fault = json!({ "probability": 0.5, "status": 500 });
        tool.control("PUT", "faults", json!({ "faults": [fault] })).await;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(status(tool.as_alice("GET", "/user/")).await);
        }
        told.push(statuses);
    }
    assert_eq!(told[0], told[1]);
    assert!(told[0].contains(&200) && told[0].contains(&500));
}

#[tokio::test]
async fn late_deletes_can_be_set_as_a_fault() {
    let simulator = Simulator::builder().seed(7).clock(jiff::Timestamp::default).build();
    let tool = Tool::of(simulator, Control::default()).await;
    tool.control("PUT", "faults", json!({ "faults": [], "late_deletes": true })).await;
    assert_eq!(tool.control("GET", "variations", Value::Null).await.1["quirks"], json!(["late-deletes"]));
    assert_eq!(status(tool.as_owner("DELETE", "/users/2/")).await, 204);
    let members = read(tool.as_owner("GET", "/groups/1/users/").send().await.unwrap()).await.1;
    assert_eq!(members["objects"].as_array().unwrap().len(), 2, "the clock stands still, so he lingers");
}

#[rstest]
#[case(json!({ "faults": [{ "endpoint": "/userz/", "status": 500 }] }), "faults[0].endpoint: the API has no such endpoint")]
#[case(json!({ "faults": [{ "endpoint": "/user/" }] }), "faults[0]: one of `delay_ms`, `status` and `close`")]
#[case(json!({ "faults": [{ "status": 200 }] }), "faults[0].status: from 400 to 599")]
#[case(json!({ "faults": [{ "status": 500, "probability": 2 }] }), "faults[0].probability: from 0 to 1")]
#[case(json!({ "faults": [{ "status": 500, "method": "GTE" }] }), "faults[0].method: expected one of GET, HEAD, POST")]
#[case(json!({ "faults": vec![json!({ "status": 500 }); 1001] }), "at most 1000 items are allowed")]
#[case(json!({ "faults": [{ "status": 500, "every": 0 }] }), "faults[0].every (line 1")]
#[case(json!({ "faults": [{ "status": 500, "evry": 2 }] }), "unknown member; expected one of `endpoint`")]
#[tokio::test]
async fn an_invalid_fault_is_rejected_and_the_others_stay(#[case] faults: Value, #[case] said: &str) {
    let tool = Tool::start().await;
    tool.control("PUT", "faults", json!({ "faults": [{ "endpoint": "/user/", "status": 503 }] })).await;
    let (rejected, answer) = tool.control("PUT", "faults", faults).await;
    assert_eq!(rejected, 400);
    assert!(answer["detail"].as_str().unwrap().contains(said), "{answer}");
    assert_eq!(status(tool.as_alice("GET", "/user/")).await, 503);
}
