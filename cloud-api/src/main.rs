//! `cloud-api`: one binary, every role. See `cloud-api --help`.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    // Fails only when a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cloud_api::cli::main().await
}
