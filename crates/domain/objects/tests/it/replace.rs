use claviger_core::{ProviderChoice, Reason};
use claviger_keys::CreateKey;
use claviger_objects::{ActivateObject, DestroyObject, LocateObjects, RegisterKey, ReplaceObject};
use claviger_ports::ObjectFilter;
use claviger_testkit::TestService;
use claviger_types::{KeySpec, KeyUsage, ObjectId, ObjectState, SecretBytes};

use crate::make::*;

fn replace(id: ObjectId) -> ReplaceObject {
    ReplaceObject { id, activation: None, deactivation: None, provider: ProviderChoice::Default }
}

#[tokio::test]
async fn the_new_one_takes_over_the_names() {
    let t = TestService::new().await;
    let client = t.principal("client", &[CLIENT]).await;
    let mut create = active(&t, symmetric("a"));
    create.object.groups = Box::new(["g".into()]);
    create.object.attributes = b"attributes".as_slice().into();
    let old = t.ok(&client, create).await.object;
    let sealed = t.ok(&client, encrypt(old.id)).await;
    let new = t.ok(&client, replace(old.id)).await.object;
    assert_eq!(view(&t, &client, new.id).await.object, new);
    assert_eq!((&new.names, &new.groups, &new.attributes), (&old.names, &old.groups, &old.attributes));
    assert_eq!(
        (new.state, new.usage_mask, new.replaces),
        (ObjectState::Active, old.usage_mask, Some(old.id))
    );
    let left = view(&t, &client, old.id).await;
    assert_eq!((left.object.names.len(), left.object.replaced_by), (0, Some(new.id)));
    // The old one stays as it is, and the keys are different.
    t.ok(&client, decrypt(old.id, &sealed)).await;
    t.ok(&client, encrypt(new.id)).await;
    t.refused(&client, decrypt(new.id, &sealed), Reason::InvalidCiphertext).await;
    let filter = ObjectFilter { name: Some("a".into()), ..ObjectFilter::default() };
    let found = t.ok(&client, LocateObjects { filter, after: None, limit: 9 }).await.items;
    assert_eq!(found.iter().map(|view| view.object.id).collect::<Vec<_>>(), [new.id]);
}

#[tokio::test]
async fn pairs_are_replaced_whole() {
    let t = TestService::new().await;
    let (private, public) = active_pair(&t, &t.admin, "a").await;
    let made = t.ok(&t.admin, replace(private)).await;
    let new_public = made.public.unwrap();
    assert_eq!((made.object.replaces, new_public.replaces), (Some(private), Some(public)));
    assert_eq!(&*new_public.names, ["a-public".into()]);
    assert_eq!(view(&t, &t.admin, public).await.object.replaced_by, Some(new_public.id));
    let signature = t.ok(&t.admin, sign(made.object.id)).await.signature;
    t.ok(&t.admin, verify(new_public.id, &signature)).await;
    t.refused(&t.admin, replace(new_public.id), Reason::KeyState).await;
    // So are those of other fronts.
    let key = t.ok(&t.admin, CreateKey::new(KeySpec::EcP256, KeyUsage::Sign)).await.key.id;
    let made = t.ok(&t.admin, replace(ObjectId::of_key(key))).await;
    assert_eq!(made.public.unwrap().replaces, Some(ObjectId::of_public_half(key)));
}

#[tokio::test]
async fn the_new_one_begins_as_it_is_told() {
    let t = TestService::new().await;
    let old = t.ok(&t.admin, symmetric("a")).await.object.id;
    let new = t.ok(&t.admin, replace(old)).await.object;
    assert_eq!(new.state, ObjectState::PreActive);
    t.ok(&t.admin, ActivateObject { id: new.id }).await;
    let later = Some(t.service.clock().now().plus_secs(60));
    let new = t.ok(&t.admin, ReplaceObject { activation: later, ..replace(new.id) }).await.object;
    assert_eq!((new.state, new.dates.activation), (ObjectState::PreActive, later));
}

#[tokio::test]
async fn what_can_have_no_successor_is_refused() {
    let t = TestService::new().await;
    let id = t.ok(&t.admin, symmetric("a")).await.object.id;
    let reader =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:UpdateKey","Resource":"*"}}"#;
    let reader = t.principal("reader", &[reader]).await;
    t.refused(&reader, replace(id), Reason::Denied).await;
    t.ok(&t.admin, DestroyObject { id }).await;
    t.refused(&t.admin, replace(id), Reason::KeyState).await;
    let data = t.ok(&t.admin, secret("s", b"x")).await.id;
    t.refused(&t.admin, replace(data), Reason::KeyState).await;
    let register = RegisterKey {
        spec: KeySpec::Aes256,
        usage: KeyUsage::RawEncrypt,
        algorithm: None,
        exportable: false,
        provider: ProviderChoice::Default,
        material: SecretBytes::new(vec![1; 32]),
        object: new_object("r", ENCRYPT),
        public: None,
    };
    let registered = t.ok(&t.admin, register).await.object.id;
    t.refused(&t.admin, replace(registered), Reason::Unsupported).await;
}
