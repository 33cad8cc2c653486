//! The intake service in a process of its own.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    host::main(env!("CARGO_BIN_NAME"), env!("CARGO_PKG_DESCRIPTION"), vec![intake::service()]).await
}
