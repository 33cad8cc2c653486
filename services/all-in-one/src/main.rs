//! getmodern: the whole product in one process.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    getmodern::main().await
}
