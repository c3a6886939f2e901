//! The pages that hold nothing but links. They are anybody's.

use http::StatusCode;
use serde_json::json;

use crate::api::Version;
use crate::simulator::answer::{Answer, Failure};
use crate::simulator::transport::Call;

/// `/`: the versions. These links alone are absolute.
pub fn root(call: &Call<'_>) -> Result<Answer, Failure> {
    let link = |version: &str| format!("http://{}/{version}/", call.host);
    let (v1, v1_1, v2) = (link(Version::V1.as_str()), link(Version::V1_1.as_str()), link("v2"));
    call.show(StatusCode::OK, &json!({"links": {"v1": v1, "v1.1": v1_1, "v2": v2}}))
}

/// `/v1.1/`: what there is outside of instances.
pub fn links(call: &Call<'_>) -> Result<Answer, Failure> {
    let link = |name: &str| format!("/{}/{name}/", call.route.version);
    let (instances, backups, account, usage) = (link("instances"), link("backups"), link("account"), link("usage"));
    let links = json!({"instances": instances, "backups": backups, "account": account, "usage": usage});
    call.show(StatusCode::OK, &json!({"links": links}))
}
