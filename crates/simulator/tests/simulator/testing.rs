//! Test worlds: they are independent, and errors name the cause.

use syncano_simulator::Simulator;
use syncano_simulator::api::Flag;
use syncano_simulator::testing::World;

#[test]
fn worlds_in_one_simulator_are_independent() {
    let simulator = Simulator::builder().build();
    let shop = World::in_instance("shop").user("alice", "wonderland").on(&simulator).unwrap();
    let other = World::in_instance("other").user("alice", "mirror").on(&simulator).unwrap();
    assert_eq!(shop.as_user("alice").unwrap().get("/user/").unwrap().status, 200);
    let stranger = shop.as_user("alice").unwrap().with_user_key(other.user("alice").unwrap().user_key);
    assert_eq!(stranger.get("/user/").unwrap().status, 403, "a user key of another instance is invalid");
    let account = shop.as_administrator().get("/v1.1/instances/").unwrap();
    assert_eq!(account.body["objects"].as_array().map(Vec::len), Some(1));
}

#[test]
fn keys_get_their_flags_and_profiles_their_members() {
    let simulator = Simulator::builder().build();
    let profile = serde_json::json!({ "other_permissions": "read" });
    let world = World::in_instance("shop")
        .api_key("signup", &[Flag::AllowUserCreate, Flag::IgnoreAcl])
        .user_with_profile("alice", "wonderland", profile)
        .on(&simulator)
        .unwrap();
    let keys = world.as_administrator().get("/api_keys/").unwrap().body;
    let signup = keys["objects"].as_array().unwrap().iter().find(|key| key["description"] == "signup").unwrap();
    let flags = Flag::ALL.map(|flag| signup[flag.name()].as_bool().unwrap());
    assert_eq!(flags, Flag::ALL.map(|flag| matches!(flag, Flag::AllowUserCreate | Flag::IgnoreAcl)));
    let alice = world.as_user("alice").unwrap().get("/user/").unwrap().body;
    assert_eq!(alice["profile"]["other_permissions"], "read");
    assert_eq!(world.as_app("signup").unwrap().get("/users/").unwrap().status, 200, "ignore_acl reads users");
}

#[test]
fn errors_name_the_missing_or_rejected_item() {
    let simulator = Simulator::builder().build();
    let world = World::in_instance("shop").user("alice", "wonderland").on(&simulator).unwrap();
    let missing = world.as_user("alcie").err().unwrap();
    assert_eq!(missing.to_string(), "the world has no user \"alcie\"; it has alice");
    assert_eq!(world.group("crew").err().unwrap().to_string(), "the world has no group \"crew\"; it has none");

    let rejected =
        |builder: syncano_simulator::testing::WorldBuilder| builder.on(&simulator).err().unwrap().to_string();
    let taken = rejected(World::in_instance("shop").administrator("somebody@example.com", "secret"));
    assert!(taken.contains("cannot create the instance \"shop\""), "{taken}");
    let twice = rejected(World::in_instance("twice").user("bob", "a").user("bob", "b"));
    assert!(twice.contains("cannot create the user bob") && twice.contains("400"), "{twice}");
    let unknown = rejected(World::in_instance("unknown").group("crew", &["carol"]));
    assert_eq!(unknown, "the world has no user \"carol\"; it has none");
    assert!(world.as_administrator().get("/a path/").is_err());
    assert!(!format!("{world:?}{:?}", world.user("alice")).contains("wonderland"), "a password is shown");
}
