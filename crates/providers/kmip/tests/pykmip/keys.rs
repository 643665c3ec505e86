//! Keys that others made, keys that nobody knows, and what others see of ours.

use std::sync::Arc;

use claviger_conformance::provider::tag;
use claviger_ports::{LiveKey, Provider, ProviderError};
use claviger_pykmip::PyKmip;
use claviger_types::{KeySpec, KeyUsage, SecretBytes, SigningAlgorithm, SigningInput};

use crate::server::{config, ready, rejected};

const RSA: (KeySpec, KeyUsage) = (KeySpec::Rsa2048, KeyUsage::Sign);

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_there_are_taken_over() {
    let server = PyKmip::start();
    // Another pair comes first, whose public half is the wrong one.
    let made = server.client(
        "claviger",
        "for mask in ([enums.CryptographicUsageMask.SIGN], [enums.CryptographicUsageMask.SIGN]):
    public, private = client.create_key_pair(enums.CryptographicAlgorithm.RSA, 2048,
        public_usage_mask=[enums.CryptographicUsageMask.VERIFY], private_usage_mask=mask)
aes = client.create(enums.CryptographicAlgorithm.AES, 256)
sleeping = client.create(enums.CryptographicAlgorithm.AES, 256)
client.activate(private)
client.activate(aes)
print(private, public, aes, sleeping)",
    );
    let ids: Vec<&str> = made.split_whitespace().collect();
    let [private, public, aes, sleeping] = ids[..] else { panic!("{made}") };
    let provider = ready(config(&server));

    let adopted = provider.adopt(RSA.0, RSA.1, private).await.unwrap();
    assert_eq!(provider.device_id(&adopted.handle).as_deref(), Some(private));
    let key = provider.open(RSA.0, &adopted.handle).await.unwrap();
    sign(&key).await.unwrap();
    let key = provider.adopt(KeySpec::Aes256, KeyUsage::Encrypt, aes).await.unwrap();
    let live = provider.open(KeySpec::Aes256, &key.handle).await.unwrap();
    let mut sealed = Vec::new();
    live.encrypt().unwrap().seal(b"aad", b"message", &mut sealed).await.unwrap();
    assert!(live.encrypt().unwrap().open(b"aad", &sealed).await.unwrap().ct_eq(b"message"));

    for (spec, usage, locator) in [
        (RSA.0, RSA.1, ""),
        (RSA.0, RSA.1, "1000"),
        (RSA.0, RSA.1, "none"),
        (RSA.0, RSA.1, public),
        (RSA.0, RSA.1, aes),
        (RSA.0, KeyUsage::AsymmetricDecrypt, private),
        (RSA.0, KeyUsage::Mac, private),
        (KeySpec::Rsa3072, RSA.1, private),
        (KeySpec::EcP256, RSA.1, private),
        (KeySpec::Aes128, KeyUsage::RawEncrypt, aes),
        (KeySpec::Hmac256, KeyUsage::Mac, aes),
        (KeySpec::Aes256, KeyUsage::Encrypt, sleeping),
        (KeySpec::Aes256, KeyUsage::Encrypt, private),
    ] {
        rejected(provider.adopt(spec, usage, locator).await, &format!("{spec:?} {usage:?} {locator}"));
    }

    provider.destroy(RSA.0, &adopted.handle).await.unwrap();
    let left = server.client("claviger", "print(*client.locate())");
    let left: Vec<&str> = left.split_whitespace().collect();
    assert!(!left.contains(&private) && !left.contains(&public), "a half is left: {left:?}");
    assert_eq!(left.len(), 4, "more was destroyed: {left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_ours_are_found_by_their_tags() {
    let server = PyKmip::start();
    let provider = ready(config(&server));
    let foreign = "print(client.create(enums.CryptographicAlgorithm.AES, 256, name='claviger'))";
    let foreign = server.client("claviger", foreign);
    let mut expected = Vec::new();
    for (spec, usage) in [RSA, (KeySpec::Aes256, KeyUsage::Encrypt)] {
        let tag = tag();
        let made = provider.generate(spec, usage, tag).await.unwrap();
        expected.push((tag, provider.device_id(&made.handle).unwrap()));
    }
    let imported = tag();
    let material = SecretBytes::new(vec![1; 32]);
    let made = provider.import(KeySpec::Hmac256, KeyUsage::Mac, imported, material).await.unwrap();
    expected.push((imported, provider.device_id(&made.handle).unwrap()));
    expected.sort();

    let tagged = provider.tagged().await.unwrap();
    let mut found: Vec<_> = tagged.iter().map(|key| (key.tag, key.device_id.clone())).collect();
    found.sort();
    assert_eq!(found, expected, "exploring leaves nothing, and what is not ours is not told");
    for key in &tagged {
        rejected(provider.open(KeySpec::Aes256, &key.handle).await, "a key that is only known to be ours");
        provider.destroy(KeySpec::Aes256, &key.handle).await.unwrap();
    }
    assert!(provider.tagged().await.unwrap().is_empty());
    // What is not ours stays, and nothing of ours does.
    assert_eq!(server.client("claviger", "print(*client.locate())").trim(), foreign.trim());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_as_they_should_be() {
    let server = PyKmip::start();
    let provider = ready(config(&server));
    let tag = tag();
    let made = provider.generate(RSA.0, RSA.1, tag).await.unwrap();
    let seen = server.client(
        "claviger",
        "for id in client.locate():
    names = ['Name', 'Object Group', 'Cryptographic Usage Mask', 'State', 'Sensitive', 'Object Type']
    for attribute in client.get_attributes(id, names)[1]:
        print(id, attribute.attribute_name.value, attribute.attribute_value)",
    );
    let id = provider.device_id(&made.handle).unwrap();
    let of = |id: &str, wanted: &str| {
        let begin = format!("{id} {wanted} ");
        let found: Vec<_> = seen.lines().filter_map(|line| line.strip_prefix(&begin)).collect();
        found.join(" ")
    };
    assert_eq!(of(&id, "Name"), format!("claviger-{tag}"), "{seen}");
    assert_eq!(of(&id, "Object Group"), "claviger", "{seen}");
    assert_eq!(of(&id, "Sensitive"), "True", "{seen}");
    assert!(of(&id, "State").contains("ACTIVE") && !of(&id, "State").contains("PRE"), "{seen}");
    assert!(seen.contains(&format!("claviger-{tag}-public")), "{seen}");
    assert_eq!(of(&id, "Cryptographic Usage Mask"), "1", "it may be used for more than to sign: {seen}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identifier_that_another_key_has_got_opens_and_destroys_nothing() {
    let mut server = PyKmip::start();
    let provider = ready(config(&server));
    let (spec, usage) = (KeySpec::Aes256, KeyUsage::Encrypt);
    server.stop();
    let (database, copy) = (server.path().join("pykmip.db"), server.path().join("copy.db"));
    std::fs::copy(&database, &copy).unwrap();
    server.run();
    let first = provider.generate(spec, usage, tag()).await.unwrap();
    server.stop();
    std::fs::copy(&copy, &database).unwrap();
    server.run();
    let second = provider.generate(spec, usage, tag()).await.unwrap();
    assert_eq!(provider.device_id(&first.handle), provider.device_id(&second.handle), "this tests nothing");
    rejected(provider.open(spec, &first.handle).await, "the first key");
    provider.destroy(spec, &first.handle).await.unwrap();
    provider.open(spec, &second.handle).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_another_user_are_none_of_ours() {
    let server = PyKmip::start();
    server.pki().client("other");
    let theirs = server.client("other", "print(client.create(enums.CryptographicAlgorithm.AES, 256))");
    let provider = ready(config(&server));
    rejected(
        provider.adopt(KeySpec::Aes256, KeyUsage::Encrypt, theirs.trim()).await,
        "a key of another user",
    );
    assert!(provider.tagged().await.unwrap().is_empty());
}

/// Signs, and checks the signature.
pub(crate) async fn sign(key: &Arc<dyn LiveKey>) -> Result<(), ProviderError> {
    let (algorithm, message) = (SigningAlgorithm::RsaPkcs1Sha256, SigningInput::Message(b"message"));
    let signer = key.sign().unwrap();
    let signature = signer.sign(algorithm, message).await?;
    assert!(signer.verify(algorithm, message, &signature).await.unwrap(), "a wrong signature");
    Ok(())
}
