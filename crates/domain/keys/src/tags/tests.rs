use claviger_core::{KeyRef, Reason};
use claviger_testkit::TestService;
use claviger_types::{KeyId, Tags};

use super::{check_tag_key, check_tags};
use crate::{ListResourceTags, TagResource, UntagResource, fixtures::aes_key};

fn tags(pairs: &[(&str, &str)]) -> Tags {
    pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

fn numbered(numbers: std::ops::Range<usize>) -> Tags {
    numbers.map(|number| (format!("tag {number:02}").into(), "".into())).collect()
}

async fn tags_of(t: &TestService, key: KeyId) -> Tags {
    let page = t.ok(&t.admin, ListResourceTags { key: KeyRef::id(key), after: None, limit: 50 }).await;
    assert!(!page.more);
    page.items.into_iter().collect()
}

#[test]
fn tags_have_limits() {
    let check = |key: &str, value: &str, good: bool| {
        let result = check_tags(&tags(&[(key, value)]));
        assert_eq!(
            result.map_err(|error| error.reason()),
            if good { Ok(()) } else { Err(Reason::InvalidTag) },
            "{key:?} = {value:?}"
        );
    };
    check("stage", "test", true);
    check("stage", "", true);
    check("Größe/größe:1.2_3-4+5=6@7", "é ü", true);
    check("", "x", false);
    check(&"k".repeat(128), &"v".repeat(256), true);
    check(&"ü".repeat(128), &"ü".repeat(256), true);
    check(&"k".repeat(129), "", false);
    check("k", &"v".repeat(257), false);
    check("aws:stage", "", false);
    check("AWS:stage", "", false);
    check("awsstage", "aws:fine", true);
    check("a;b", "", false);
    check("a", "{}", false);
    assert!(check_tag_key("aw\u{fc}").is_ok());
    assert!(check_tags(&numbered(0..50)).is_ok());
    assert_eq!(check_tags(&numbered(0..51)).unwrap_err().reason(), Reason::InvalidTag);
}

#[tokio::test]
async fn tags_are_added_changed_and_taken_off() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    let tag = |pairs: &[(&str, &str)]| TagResource { key: KeyRef::id(key), tags: tags(pairs) };
    let untag = |keys: &[&str]| UntagResource {
        key: KeyRef::id(key),
        tag_keys: keys.iter().map(|key| (*key).into()).collect(),
    };
    t.ok(&t.admin, tag(&[("a", "1"), ("b", "2")])).await;
    t.ok(&t.admin, tag(&[("b", "3"), ("B", "4")])).await;
    assert_eq!(tags_of(&t, key).await, tags(&[("a", "1"), ("b", "3"), ("B", "4")]));
    t.ok(&t.admin, untag(&["a", "absent"])).await;
    t.ok(&t.admin, untag(&["absent"])).await;
    assert_eq!(tags_of(&t, key).await, tags(&[("b", "3"), ("B", "4")]));
    t.refused(&t.admin, tag(&[("aws:x", "")]), Reason::InvalidTag).await;
    t.refused(&t.admin, untag(&[""]), Reason::InvalidTag).await;
}

#[tokio::test]
async fn a_key_has_at_most_fifty_tags_and_they_are_listed_in_pages() {
    let t = TestService::new().await;
    let key = aes_key(&t).await;
    t.ok(&t.admin, TagResource { key: KeyRef::id(key), tags: numbered(0..30) }).await;
    t.refused(&t.admin, TagResource { key: KeyRef::id(key), tags: numbered(10..51) }, Reason::Quota).await;
    assert_eq!(tags_of(&t, key).await, numbered(0..30));
    t.ok(&t.admin, TagResource { key: KeyRef::id(key), tags: numbered(10..50) }).await;
    let page =
        |after: &str, limit| ListResourceTags { key: KeyRef::id(key), after: Some(after.into()), limit };
    let answer = t.ok(&t.admin, page("tag 09", 20)).await;
    assert_eq!((answer.items.into_iter().collect::<Tags>(), answer.more), (numbered(10..30), true));
    let answer = t.ok(&t.admin, page("tag 29", 20)).await;
    assert_eq!((answer.items.into_iter().collect::<Tags>(), answer.more), (numbered(30..50), false));
    assert_eq!(t.ok(&t.admin, page("zzz", 20)).await.items, []);
}
