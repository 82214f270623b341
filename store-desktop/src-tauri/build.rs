//! Prepares Tauri's context, and says in plain words what is missing.

use std::path::Path;

/// What `npm run build` leaves.
const FRONT_END: &str = "../dist/index.html";

fn main() {
    println!("cargo:rerun-if-changed={FRONT_END}");
    if !Path::new(FRONT_END).exists() {
        // Without this, a macro would panic deep inside Tauri.
        eprintln!();
        eprintln!("The front end of the counter is not built, and its window embeds it. Build it first:");
        eprintln!("    npm --prefix store-desktop ci && npm --prefix store-desktop run build");
        eprintln!(
            "(`cargo check` and `cargo test` without --workspace leave the window out and need no front end.)"
        );
        eprintln!();
        std::process::exit(1);
    }
    tauri_build::build();
}
