//! What the platform has and the simulator has not.

use http::StatusCode;

use crate::api::Absent;
use crate::simulator::answer::Failure;
use crate::simulator::transport::Call;

/// The answer to whoever may go there.
pub fn answer(call: &Call<'_>, resource: Absent) -> Failure {
    if resource == Absent::ChannelPoll && call.batch.is_some() {
        return Failure::detail(StatusCode::METHOD_NOT_ALLOWED, "Batching not allowed.");
    }
    Failure::detail(StatusCode::NOT_FOUND, format!("The simulator has no {}.", resource.noun()))
}
