//! Makes the wire types and the descriptors from Google's protocol definitions, without an installed compiler.

use std::{env, error::Error, fs, path::Path};

/// Everything that the front serves or answers with; what these import comes along.
const FILES: [&str; 5] = [
    "google/cloud/kms/v1/service.proto",
    "google/cloud/location/locations.proto",
    "google/iam/v1/iam_policy.proto",
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
];

/// Messages with a plaintext, a secret or wrapped key material in them: nothing may print them by accident.
const SECRET: [&str; 8] = [
    ".google.cloud.kms.v1.EncryptRequest",
    ".google.cloud.kms.v1.DecryptResponse",
    ".google.cloud.kms.v1.RawEncryptRequest",
    ".google.cloud.kms.v1.RawDecryptResponse",
    ".google.cloud.kms.v1.AsymmetricDecryptResponse",
    ".google.cloud.kms.v1.DecapsulateResponse",
    ".google.cloud.kms.v1.GenerateRandomBytesResponse",
    ".google.cloud.kms.v1.MacSignResponse",
];

/// Fields of answers that are plaintexts: their buffers are ours, and wiped.
const PLAINTEXTS: [&str; 4] = [
    ".google.cloud.kms.v1.AsymmetricDecryptResponse.plaintext",
    ".google.cloud.kms.v1.DecryptResponse.plaintext",
    ".google.cloud.kms.v1.GenerateRandomBytesResponse.data",
    ".google.cloud.kms.v1.RawDecryptResponse.plaintext",
];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let mut compiler = protox::Compiler::new(["proto"])?;
    // Without source information there are no comments in the generated code, which would be taken for documentation of
    // ours, nor in the descriptors.
    compiler.include_source_info(false).include_imports(true).open_files(FILES)?;
    let out = env::var("OUT_DIR")?;
    // The descriptors keep the HTTP bindings, which the set for the code generator does not.
    fs::write(Path::new(&out).join("descriptors.bin"), compiler.encode_file_descriptor_set())?;
    prost_build::Config::new()
        .skip_debug(SECRET)
        .bytes(PLAINTEXTS)
        .include_file("wire.rs")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}
