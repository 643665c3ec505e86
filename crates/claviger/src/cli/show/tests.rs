use super::{Facts, Table, short_time};

#[test]
fn columns_are_as_wide_as_their_cells() {
    let mut table = Table::new(["NAME", "N"]);
    table.row(["a".into(), "1".into()]);
    table.row(["longer".into(), "22".into()]);
    assert_eq!(table.render("nothing"), "NAME    N\na       1\nlonger  22\n");
    assert_eq!(Table::new(["NAME"]).render("nothing"), "nothing\n");
}

#[test]
fn what_is_shown_does_not_speak_to_the_terminal() {
    let mut facts = Facts::default();
    facts.add("description", "\u{1b}[2Jgone\nnext");
    assert_eq!(facts.render(), "description  \u{fffd}[2Jgone\u{fffd}next\n");
}

#[test]
fn times_lose_their_fraction() {
    assert_eq!(short_time("2026-01-01T12:00:00.123456Z"), "2026-01-01T12:00:00Z");
    assert_eq!(short_time("2026-01-01T12:00:00Z"), "2026-01-01T12:00:00Z");
}
