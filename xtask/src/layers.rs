use std::{collections::HashMap, path::Path, process::Command};

use serde::Deserialize;

/// Finds dependencies that the layers do not allow. Development dependencies may also be test crates.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let metadata = match metadata(root) {
        Ok(metadata) => metadata,
        Err(error) => return vec![error],
    };
    let places: HashMap<&str, String> = metadata
        .packages
        .iter()
        .map(|package| (package.name.as_str(), place(package, &metadata.workspace_root)))
        .collect();
    let mut faults = Vec::new();
    for package in &metadata.packages {
        let Some(from) = places.get(package.name.as_str()) else { continue };
        for dependency in &package.dependencies {
            let Some(to) = places.get(dependency.name.as_str()) else { continue };
            let test_only = dependency.kind.as_deref() == Some("dev");
            if !allowed(from, to) && !test_only {
                faults.push(format!("{from} may not depend on {to}"));
            }
        }
        faults.extend(forbidden_name(from));
    }
    faults
}

/// DESIGN's table: who may depend on whom.
fn allowed(from: &str, to: &str) -> bool {
    let (from_layer, from_name) = from.split_once('/').unwrap_or((from, ""));
    let (to_layer, to_name) = to.split_once('/').unwrap_or((to, ""));
    match (from_layer, from_name) {
        ("testing" | "claviger" | "xtask", _) => true,
        (_, _) if to_layer == "testing" => false,
        ("domain", "types") | ("formats", "crypto") => false,
        ("formats", _) => matches!(to, "domain/types" | "formats/crypto"),
        ("domain", "ports" | "access") => to == "domain/types",
        ("domain", "core") => {
            matches!(
                (to_layer, to_name),
                ("domain", "ports" | "access" | "types") | ("formats", "algorithms" | "crypto")
            )
        }
        ("domain", "keys") => to_layer == "formats" || domain_below(to, &["core"]),
        ("domain", "objects" | "pki") => to_layer == "formats" || domain_below(to, &["core", "keys"]),
        ("domain", "attestation") => to_layer == "formats" || domain_below(to, &["core", "keys", "pki"]),
        ("domain", "devices") => {
            to_layer == "formats" || domain_below(to, &["core", "keys", "pki", "attestation"])
        }
        ("providers", "failures") | ("stores" | "outbound", _) => adapted(to),
        ("providers", "kmip" | "pkcs11") if to == "providers/device" => true,
        ("providers", _) => adapted(to) || to == "providers/failures",
        ("fronts", _) => to_layer == "domain" || to_layer == "formats",
        ("clients", _) => to_layer == "formats",
        _ => false,
    }
}

/// What an adapter of a port sees.
fn adapted(to: &str) -> bool {
    to.starts_with("formats/") || matches!(to, "domain/ports" | "domain/types")
}

/// What every domain crate above `core` sees, and what it sees besides.
fn domain_below(to: &str, besides: &[&str]) -> bool {
    matches!(to, "domain/types" | "domain/ports" | "domain/access")
        || to.strip_prefix("domain/").is_some_and(|name| besides.contains(&name))
}

fn forbidden_name(place: &str) -> Option<String> {
    let name = place.rsplit('/').next().unwrap_or(place);
    ["common", "util", "utils", "shared", "helpers", "misc"]
        .contains(&name)
        .then(|| format!("{place}: a crate is named after what it holds"))
}

/// `domain/core`, `testing/bench`, `claviger`.
fn place(package: &Package, root: &str) -> String {
    let manifest = package.manifest_path.strip_prefix(root).unwrap_or(&package.manifest_path);
    let folder = manifest.trim_start_matches('/').trim_end_matches("/Cargo.toml");
    folder.strip_prefix("crates/").unwrap_or(folder).to_owned()
}

fn metadata(root: &Path) -> Result<Metadata, String> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(root)
        .output()
        .map_err(|error| format!("cargo metadata: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: String,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

#[cfg(test)]
mod tests;
