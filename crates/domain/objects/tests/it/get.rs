use claviger_core::Reason;
use claviger_crypto::aes_kw_unwrap;
use claviger_objects::{ActivateObject, Content, CreateObject, GetObject, ObjectView, Wrap};
use claviger_testkit::TestService;
use claviger_types::{ObjectId, SecretBytes};

use crate::make::*;

fn exportable(t: &TestService, name: &str) -> CreateObject {
    CreateObject { exportable: true, ..active(t, symmetric(name)) }
}

fn get(id: ObjectId) -> GetObject {
    GetObject { id, wrap: None }
}

fn wrapped(id: ObjectId, key: ObjectId) -> GetObject {
    let encode = |_: &ObjectView, content: &Content| {
        Ok(match content {
            Content::Symmetric(bytes) | Content::Private(bytes) | Content::Kept(bytes) => bytes.duplicate(),
            Content::Public(der) => SecretBytes::new(der.to_vec()),
            Content::Wrapped(_) => panic!("nothing is wrapped yet"),
        })
    };
    GetObject { id, wrap: Some(Wrap { key, encode: Box::new(encode) }) }
}

async fn bytes(t: &TestService, operation: GetObject) -> Vec<u8> {
    match t.ok(&t.admin, operation).await.content {
        Content::Symmetric(bytes) | Content::Private(bytes) | Content::Kept(bytes) => bytes.expose().to_vec(),
        Content::Public(der) => der.to_vec(),
        Content::Wrapped(bytes) => bytes,
    }
}

async fn wrapping_key(t: &TestService, mask: u32, exportable: bool) -> ObjectId {
    let mut create = active(t, symmetric("kek"));
    (create.object.usage_mask, create.exportable) = (mask, exportable);
    t.ok(&t.admin, create).await.object.id
}

#[tokio::test]
async fn only_what_was_made_extractable_leaves() {
    let t = TestService::new().await;
    let id = t.ok(&t.admin, exportable(&t, "a")).await.object.id;
    assert_eq!(bytes(&t, get(id)).await.len(), 32);
    let kept = active_symmetric(&t, &t.admin, "b").await;
    t.refused(&t.admin, get(kept), Reason::NotExtractable).await;
    let kek = wrapping_key(&t, WRAP, true).await;
    t.refused(&t.admin, wrapped(kept, kek), Reason::NotExtractable).await;
    // It is not the use of the key that takes it out: one that was revoked may be needed to read old data.
    t.ok(&t.admin, revoke(id, true)).await;
    assert_eq!(bytes(&t, get(id)).await.len(), 32);
}

#[tokio::test]
async fn what_is_sensitive_leaves_only_wrapped() {
    let t = TestService::new().await;
    let mut create = exportable(&t, "a");
    create.object.sensitive = true;
    let id = t.ok(&t.admin, create).await.object.id;
    t.refused(&t.admin, get(id), Reason::NotExtractable).await;
    let kek = wrapping_key(&t, WRAP, true).await;
    let out = bytes(&t, wrapped(id, kek)).await;
    let unwrapped = aes_kw_unwrap(&bytes(&t, get(kek)).await, &out).unwrap();
    assert_eq!(unwrapped.len(), 32);
}

#[tokio::test]
async fn what_is_only_kept_is_wrapped_like_a_key() {
    let t = TestService::new().await;
    let kek = wrapping_key(&t, WRAP, true).await;
    let mut sensitive = secret("s", &[1; 32]);
    sensitive.object.sensitive = true;
    let id = t.ok(&t.admin, sensitive).await.id;
    t.refused(&t.admin, get(id), Reason::NotExtractable).await;
    let out = bytes(&t, wrapped(id, kek)).await;
    assert_eq!(*aes_kw_unwrap(&bytes(&t, get(kek)).await, &out).unwrap(), [1; 32]);
    let stays = claviger_objects::RegisterObject { extractable: false, ..secret("s", &[1; 32]) };
    let stays = t.ok(&t.admin, stays).await.id;
    t.refused(&t.admin, wrapped(stays, kek), Reason::NotExtractable).await;
}

#[tokio::test]
async fn a_wrapping_key_must_be_one() {
    let t = TestService::new().await;
    let id = t.ok(&t.admin, exportable(&t, "a")).await.object.id;
    let no_wrap = wrapping_key(&t, ENCRYPT, true).await;
    t.refused(&t.admin, wrapped(id, no_wrap), Reason::InvalidKeyUsage).await;
    let kept_in = wrapping_key(&t, WRAP, false).await;
    t.refused(&t.admin, wrapped(id, kept_in), Reason::NotExtractable).await;
    let data = t.ok(&t.admin, secret("s", &[1; 32])).await.id;
    t.refused(&t.admin, wrapped(id, data), Reason::InvalidKeyUsage).await;
    t.refused(&t.admin, wrapped(id, ObjectId::from_random([9; 16])), Reason::NotFound).await;
    let kek = wrapping_key(&t, WRAP, true).await;
    assert_eq!(bytes(&t, wrapped(data, kek)).await.len(), 40);
    let odd = t.ok(&t.admin, secret("s", &[1; 31])).await.id;
    t.refused(&t.admin, wrapped(odd, kek), Reason::InvalidRequest).await;
    t.ok(&t.admin, revoke(kek, false)).await;
    t.refused(&t.admin, wrapped(id, kek), Reason::KeyState).await;
    let mut pre_active = symmetric("kek");
    (pre_active.object.usage_mask, pre_active.exportable) = (WRAP, true);
    let kek = t.ok(&t.admin, pre_active).await.object.id;
    t.refused(&t.admin, wrapped(id, kek), Reason::KeyState).await;
    t.ok(&t.admin, ActivateObject { id: kek }).await;
    t.ok(&t.admin, wrapped(id, kek)).await;
}

#[tokio::test]
async fn each_key_of_a_wrapped_get_takes_its_permission() {
    let t = TestService::new().await;
    let owner = t.principal("owner", &[CLIENT]).await;
    let id = t.ok(&owner, exportable(&t, "a")).await.object.id;
    let kek = wrapping_key(&t, WRAP, true).await;
    t.refused(&owner, wrapped(id, kek), Reason::NotFound).await;
    t.ok(&t.admin, wrapped(id, kek)).await;
    let wrapper = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"claviger:WrapKey","Resource":"*"}}"#;
    let wrapper = t.principal("wrapper", &[wrapper]).await;
    t.refused(&wrapper, wrapped(id, kek), Reason::Denied).await;
    t.refused(&wrapper, get(kek), Reason::Denied).await;
}

#[tokio::test]
async fn the_public_half_leaves_as_it_is() {
    let t = TestService::new().await;
    let (_, public) = active_pair(&t, &t.admin, "a").await;
    assert_eq!(bytes(&t, get(public)).await[0], 0x30);
    assert_eq!(view(&t, &t.admin, public).await.key.unwrap().public.unwrap()[0], 0x30);
}
