use std::path::Path;

use super::*;

#[test]
fn the_table_of_the_design_holds() {
    let check = |from, to, expected| assert_eq!(allowed(from, to), expected, "{from} -> {to}");
    check("domain/ports", "domain/types", true);
    check("domain/types", "formats/crypto", false);
    check("domain/access", "domain/ports", false);
    check("domain/core", "domain/keys", false);
    check("domain/keys", "domain/core", true);
    check("providers/software", "domain/core", false);
    check("providers/software", "formats/crypto", true);
    check("providers/software", "providers/failures", true);
    check("providers/kmip", "providers/device", true);
    check("providers/software", "providers/device", false);
    check("providers/device", "providers/failures", true);
    check("providers/software", "providers/kmip", false);
    check("providers/failures", "providers/software", false);
    check("stores/sql", "stores/log", false);
    check("fronts/aws", "domain/keys", true);
    check("fronts/aws", "fronts/gokms", false);
    check("fronts/aws", "stores/sql", false);
    check("fronts/aws", "providers/software", false);
    check("clients/client", "domain/core", false);
    check("claviger", "stores/sql", true);
    check("fronts/aws", "testing/testkit", false);
}

#[test]
fn the_tree_obeys_the_layers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    assert_eq!(check(&root), Vec::<String>::new());
}
