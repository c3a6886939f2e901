//! What a user of the simulator relies on, one file a concern.

mod absent;
mod administrators;
mod anything;
mod batch;
mod cast;
mod keys;
mod lists;
mod members;
mod over_time;
mod variations;
mod wire;
