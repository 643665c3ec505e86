use claviger_core::Reason;

use super::{Asked, Page};

const ASKED: Asked<'static> = Asked { parent: "p", size: 0, token: "", filter: "", order: "" };

#[test]
fn sizes() {
    let size = |size| Page::read(Asked { size, ..ASKED }).map(|page| page.size).ok();
    assert_eq!([size(0), size(1), size(1000), size(i32::MAX), size(-1)], [Some(100), Some(1), Some(1000), Some(1000), None]);
}

#[test]
fn tokens_go_on_in_the_list_that_they_come_from() {
    let token = Page::read(ASKED).unwrap().token("key-7");
    let read = |asked| Page::read(asked).map_err(|error| error.reason());
    assert_eq!(read(Asked { token: &token, ..ASKED }).unwrap().after.as_deref(), Some("key-7"));
    for wrong in [
        Asked { token: &token, parent: "q", ..ASKED },
        Asked { token: &token, filter: "purpose=MAC", ..ASKED },
        Asked { token: "key-7", ..ASKED },
        Asked { token: "*", ..ASKED },
    ] {
        assert_eq!(read(wrong), Err(Reason::InvalidMarker));
    }
}

#[test]
fn orders() {
    for (order, good) in [("", true), ("name", true), ("name asc", true), ("name desc", false), ("state", false)] {
        assert_eq!(Page::read(Asked { order, ..ASKED }).is_ok(), good, "{order}");
    }
}
