//! The suite is part of the program and of its tests: a new file in it has to be seen.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=snapshots");
}
