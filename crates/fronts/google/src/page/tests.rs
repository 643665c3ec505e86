use claviger_core::Reason;

use super::{Asked, Listing};
use crate::wire::kms::KeyRing;

const ASKED: Asked<'static> = Asked { parent: "p", size: 0, token: "", filter: "", order: "" };

fn read(asked: Asked<'_>) -> Result<Listing, Reason> {
    Listing::read(asked, "KeyRing").map_err(|error| error.reason())
}

fn rings(names: &[&str]) -> Vec<(String, KeyRing)> {
    let ring = |name: &&str| ((*name).to_owned(), KeyRing { name: (*name).to_owned(), create_time: None });
    names.iter().map(ring).collect()
}

#[test]
fn sizes() {
    let size = |size| read(Asked { size, ..ASKED }).map(|listing| listing.limit()).ok();
    assert_eq!(
        [size(0), size(1), size(1000), size(i32::MAX), size(-1)],
        [Some(100), Some(1), Some(1000), Some(1000), None]
    );
}

#[test]
fn orders() {
    for (order, good) in [
        ("", true),
        ("name", true),
        ("name asc", true),
        ("name desc", true),
        ("create_time, name desc", true),
        ("createTime asc", true),
        ("name down", false),
        ("state", false),
        ("name desc asc", false),
    ] {
        assert_eq!(read(Asked { order, ..ASKED }).is_ok(), good, "{order}");
    }
}

#[test]
fn an_order_of_its_own_has_pages_too() {
    let names = |items: &[KeyRing]| items.iter().map(|ring| ring.name.clone()).collect::<Vec<_>>();
    let at = |name: &str, seconds| {
        let create_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
        (name.to_owned(), KeyRing { name: name.to_owned(), create_time })
    };
    let all = || vec![at("a", 2), at("b", 3), at("c", 2), at("d", 1)];
    let asked = Asked { size: 3, order: "create_time desc, name", ..ASKED };
    let listing = read(asked).unwrap();
    assert_eq!((listing.limit(), listing.after::<String>().unwrap()), (1000, None));
    let shown = listing.shown(all(), false).unwrap();
    assert_eq!(names(&shown.items), ["b", "a", "c"]);
    let next = read(Asked { token: &shown.next, ..asked }).unwrap().shown(all(), false).unwrap();
    assert_eq!((names(&next.items), &*next.next), (vec!["d".to_owned()], ""));
    assert_eq!(read(Asked { token: &shown.next, order: "name", ..asked }).err(), Some(Reason::InvalidMarker));
    assert_eq!(listing.shown(all(), true).unwrap_err().reason(), Reason::InvalidRequest);
    let listing = read(Asked { order: "name desc", ..ASKED }).unwrap();
    let shown = listing.shown(all(), false).unwrap();
    assert_eq!((names(&shown.items).concat(), shown.total), ("dcba".to_owned(), 4));
}

#[test]
fn tokens_go_on_in_the_list_that_they_come_from() {
    let first = read(Asked { size: 2, ..ASKED }).unwrap();
    let shown = first.shown(rings(&["a", "b"]), true).unwrap();
    assert_eq!((shown.items.len(), shown.total), (2, 0));
    let next = read(Asked { token: &shown.next, ..ASKED }).unwrap();
    assert_eq!(next.after::<String>().unwrap().as_deref(), Some("b"));
    assert_eq!(next.shown(rings(&["c"]), false).unwrap().next, "");
    for wrong in [
        Asked { token: &shown.next, parent: "q", ..ASKED },
        Asked { token: &shown.next, filter: "name:a", ..ASKED },
        Asked { token: "key-7", ..ASKED },
        Asked { token: "*", ..ASKED },
    ] {
        assert_eq!(read(wrong).err(), Some(Reason::InvalidMarker));
    }
}

#[test]
fn a_filter_leaves_short_pages_with_tokens() {
    let listing = read(Asked { size: 1, filter: "name:a", ..ASKED }).unwrap();
    assert_eq!(listing.limit(), 1000);
    let names = |items: &[KeyRing]| items.iter().map(|ring| ring.name.clone()).collect::<Vec<_>>();
    let shown = listing.shown(rings(&["b", "ba", "c", "ca"]), false).unwrap();
    assert_eq!(names(&shown.items), ["ba"]);
    let next = read(Asked { size: 1, filter: "name:a", token: &shown.next, ..ASKED }).unwrap();
    assert_eq!(next.after::<String>().unwrap().as_deref(), Some("ba"));
    let shown = next.shown(rings(&["c"]), true).unwrap();
    assert_eq!((names(&shown.items), shown.next.is_empty()), (Vec::new(), false));
}

#[test]
fn the_length_of_a_whole_list_is_known() {
    assert_eq!(read(ASKED).unwrap().shown(rings(&["a", "b"]), false).unwrap().total, 2);
    assert_eq!(
        read(Asked { filter: "name:a", ..ASKED }).unwrap().shown(rings(&["a"]), false).unwrap().total,
        0
    );
}
