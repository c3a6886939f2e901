//! The paths that endpoints of the API have.

use std::sync::LazyLock;

use syncano_simulator::Simulator;

/// Knows the routes of the API; it holds no data.
static ROUTES: LazyLock<Simulator> = LazyLock::new(|| Simulator::builder().build());

/// Returns whether an endpoint has the path, which has no query.
pub fn has_endpoint(path: &str) -> bool {
    ROUTES.template_of(path).is_some()
}
