use std::path::Path;

use super::*;

#[test]
fn faults_of_a_line_are_found() {
    assert!(check_line("// ---- crypto ----", false).is_some());
    assert!(check_line("if error.to_string().contains(\"x\") {", false).is_some());
    assert!(check_line("    use super::*;", false).is_some());
    assert!(check_line("    use super::*;", true).is_none());
    assert!(check_line("// Why.", false).is_none());
}

#[test]
fn the_tree_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    assert_eq!(check(&root), Vec::<String>::new());
}
