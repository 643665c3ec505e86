use std::{
    fs,
    path::{Path, PathBuf},
};

/// Hard limit of lines in a source file that is not a test.
const MAX_LINES: usize = 800;

/// Finds source files that are too long, have banner comments, or hide dependencies behind globs.
pub(crate) fn check(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for folder in ["crates", "testing", "xtask"] {
        collect(&root.join(folder), &mut files);
    }
    files.iter().flat_map(|file| check_file(root, file)).collect()
}

fn check_file(root: &Path, file: &Path) -> Vec<String> {
    let name = file.strip_prefix(root).unwrap_or(file).display().to_string();
    let Ok(text) = fs::read_to_string(file) else { return vec![format!("{name}: unreadable")] };
    let test = name.contains("/tests/") || name.ends_with("tests.rs") || name.starts_with("testing/");
    let mut faults = Vec::new();
    let lines = text.lines().count();
    if !test && lines > MAX_LINES {
        faults.push(format!("{name}: {lines} lines; {MAX_LINES} is the limit, 400 the aim"));
    }
    for (index, line) in text.lines().enumerate() {
        faults.extend(check_line(line, test).map(|fault| format!("{name}:{}: {fault}", index + 1)));
    }
    faults
}

fn check_line(line: &str, test: bool) -> Option<&'static str> {
    let code = line.trim();
    let banner = ["// --", "// ==", "// **", "//---", "//===", "/////"];
    if banner.iter().any(|start| code.starts_with(start)) {
        return Some("a banner comment; files are small enough without");
    }
    if !test && code.contains(concat!("to_string().", "contains(")) {
        return Some("an error decided by its text; match on its kind");
    }
    if !test && code.starts_with(concat!("use super", "::*")) {
        return Some("a glob import hides what is used");
    }
    None
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        match path.is_dir() {
            true if path.file_name().is_some_and(|name| name == "target") => {}
            true => collect(&path, files),
            false if path.extension().is_some_and(|extension| extension == "rs") => files.push(path),
            false => {}
        }
    }
}

#[cfg(test)]
mod tests;
