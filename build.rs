//! Links the released program to a fixed address on Linux.
//!
//! A program that may be loaded anywhere has its 30,000 addresses filled in at every start, before `main`, which
//! takes longer than all that `course --version` does.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    if is("PROFILE", "release")
        && is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
