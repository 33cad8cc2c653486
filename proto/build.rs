//! Compiles the protos without `protoc`, and keeps their descriptors for reflection and policy.

use std::{env, error::Error, fs, path::PathBuf};

use protox::Compiler;
use tonic_prost_build::Config;

/// What services are made of, and the reasons, which no other file imports.
const FILES: [&str; 7] = [
    "getmodern/common/v1/reason.proto",
    "getmodern/intake/v1/intake_service.proto",
    "getmodern/intake/v1/events.proto",
    "getmodern/engagement/v1/engagement_service.proto",
    "getmodern/engagement/v1/events.proto",
    "getmodern/tasks/v1/task_service.proto",
    "getmodern/tasks/v1/events.proto",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=getmodern");
    let mut compiler = Compiler::new(["."])?;
    compiler.include_source_info(true).include_imports(true).open_files(FILES)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // Encoded by the compiler itself, so that our method options survive.
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    let mut config = Config::new();
    config.enable_type_names();
    // Readers in C++, Ruby and JavaScript refuse a type URL without a host.
    config.type_name_domain(["."], "type.googleapis.com");
    tonic_prost_build::configure()
        .btree_map(".")
        .compile_fds_with_config(compiler.file_descriptor_set(), config)?;
    Ok(())
}
