//! The suite is compiled into the program and its tests, so cargo must notice new files.

fn main() {
    println!("cargo::rerun-if-changed=scenarios");
    println!("cargo::rerun-if-changed=snapshots");
}
