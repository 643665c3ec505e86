//! Keys that others made, keys that nobody knows, and tokens that take no wrapped keys.

use std::{fs, process::Command};

use claviger_conformance::provider::tag;
use claviger_crypto::PrivateKey;
use claviger_ports::{Capability, Handle, Provider, ProviderError};
use claviger_provider_pkcs11::Pkcs11Provider;
use claviger_types::{CipherMode, KeySpec, KeyUsage, SecretBytes, SigningAlgorithm, SigningInput};

use crate::{
    shim::{Shim, sign, signing_key},
    token::{PIN, SoftHsm},
};

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_there_are_taken_over() {
    let hsm = SoftHsm::new();
    import(&hsm, "first", "0102");
    import(&hsm, "twin", "03");
    import(&hsm, "twin", "04");
    let provider = hsm.ready(hsm.config());
    let (spec, usage) = (KeySpec::EcP256, KeyUsage::Sign);
    for locator in [
        "pkcs11:id=%01%02",
        "pkcs11:object=first",
        "pkcs11:token=test;object=first;id=%01%02;type=private",
        "pkcs11:token=test;id=%03",
    ] {
        let adopted =
            provider.adopt(spec, usage, locator).await.unwrap_or_else(|error| panic!("{locator}: {error}"));
        let key = provider.open(spec, &adopted.handle).await.unwrap();
        sign(&key).await.unwrap();
        let id = if locator.contains("%03") { "03" } else { "0102" };
        assert_eq!(provider.device_id(&adopted.handle).as_deref(), Some(id));
    }
    for (spec, usage, locator) in [
        (spec, usage, "pkcs11:object=twin"),
        (spec, usage, "pkcs11:object=none"),
        (spec, usage, "pkcs11:token=test"),
        (spec, usage, "pkcs11:token=other;id=%01%02"),
        (spec, usage, "pkcs11:id=%01%02;type=public"),
        (spec, usage, "pkcs11:id=%01%02;type=secret-key"),
        (spec, usage, "id=%01%02"),
        (spec, usage, "pkcs11:id=%01%02?pin-value=1234"),
        (spec, KeyUsage::Mac, "pkcs11:id=%01%02"),
        (KeySpec::EcP384, usage, "pkcs11:id=%01%02"),
        (KeySpec::Rsa2048, usage, "pkcs11:id=%01%02"),
        (KeySpec::Aes256, KeyUsage::Encrypt, "pkcs11:id=%01%02"),
    ] {
        let adopted = provider.adopt(spec, usage, locator).await.map(drop);
        assert!(matches!(adopted, Err(ProviderError::Rejected)), "{spec:?} {usage:?} {locator}: {adopted:?}");
    }
    // One that may only sign.
    let (made, _) = signing_key(&provider, spec).await;
    let locator = format!("pkcs11:id={}", percent(&provider.device_id(&made.handle).unwrap()));
    provider.adopt(spec, usage, &locator).await.unwrap();
    let adopted = provider.adopt(spec, KeyUsage::KeyAgreement, &locator).await.map(drop);
    assert!(matches!(adopted, Err(ProviderError::Rejected)), "{adopted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_can_leave_are_not_taken_over() {
    let hsm = SoftHsm::new();
    for (id, flag) in [("01", "--sensitive"), ("02", "--extractable")] {
        tool(&hsm, &["--keygen", "--key-type", "AES:32", "--label", "key", "--id", id, flag]);
    }
    let provider = hsm.ready(hsm.config());
    let (spec, usage) = (KeySpec::Aes256, KeyUsage::RawEncrypt);
    let adopted = provider.adopt(spec, usage, "pkcs11:id=%01").await.unwrap();
    let key = provider.open(spec, &adopted.handle).await.unwrap();
    let made = key.raw().unwrap().encrypt(CipherMode::Ctr, None, b"", b"message").await.unwrap();
    assert_eq!(made.ciphertext.len(), 7);
    let adopted = provider.adopt(spec, usage, "pkcs11:id=%02").await.map(drop);
    assert!(matches!(adopted, Err(ProviderError::Rejected)), "{adopted:?}");
    let adopted = provider.adopt(KeySpec::Aes128, usage, "pkcs11:id=%01").await.map(drop);
    assert!(matches!(adopted, Err(ProviderError::Rejected)), "{adopted:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_ours_are_found_by_their_tags() {
    let hsm = SoftHsm::new();
    import(&hsm, "claviger", "0102");
    let provider = hsm.ready(hsm.config());
    let mut expected = Vec::new();
    for (spec, usage) in [
        (KeySpec::EcP256, KeyUsage::Sign),
        (KeySpec::Aes256, KeyUsage::Encrypt),
        (KeySpec::Hmac256, KeyUsage::Mac),
    ] {
        let tag = tag();
        let made = provider.generate(spec, usage, tag).await.unwrap();
        assert_eq!(provider.device_id(&made.handle), Some(tag.to_string()));
        expected.push(tag);
    }
    let imported = tag();
    let material = SecretBytes::new(vec![1; 32]);
    provider.import(KeySpec::Aes256, KeyUsage::RawEncrypt, imported, material).await.unwrap();
    expected.push(imported);
    expected.sort();

    let tagged = provider.tagged().await.unwrap();
    let mut tags: Vec<_> = tagged.iter().map(|key| key.tag).collect();
    tags.sort();
    assert_eq!(tags, expected);
    for key in &tagged {
        assert_eq!(key.device_id, key.tag.to_string());
        let opened = provider.open(KeySpec::Aes256, &key.handle).await.map(drop);
        assert!(matches!(opened, Err(ProviderError::Rejected)), "{opened:?}");
        provider.destroy(KeySpec::Aes256, &key.handle).await.unwrap();
    }
    assert!(provider.tagged().await.unwrap().is_empty());
    // What is not ours stays, whatever it is called.
    provider.adopt(KeySpec::EcP256, KeyUsage::Sign, "pkcs11:id=%01%02").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_as_they_should_be() {
    let hsm = SoftHsm::new();
    let provider = hsm.ready(hsm.config());
    let (made, _) = signing_key(&provider, KeySpec::EcP256).await;
    let id = provider.device_id(&made.handle).unwrap();
    let objects = tool(&hsm, &["--list-objects"]);
    assert_eq!(objects.matches(&id).count(), 2, "both halves:\n{objects}");
    let private = objects.split("Private Key Object").nth(1).unwrap();
    let uses = private.lines().find_map(|line| line.trim().strip_prefix("Usage:")).unwrap();
    assert_eq!(uses.trim(), "sign");
    let access = private.lines().find_map(|line| line.trim().strip_prefix("Access:")).unwrap();
    assert_eq!(access.trim(), "sensitive, always sensitive, never extractable, local");
    provider.destroy(KeySpec::EcP256, &made.handle).await.unwrap();
    assert!(!tool(&hsm, &["--list-objects"]).contains(&id), "a half is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_another_key_has_got_opens_nothing() {
    let hsm = SoftHsm::new();
    import(&hsm, "first", "0102");
    let provider = hsm.ready(hsm.config());
    let (spec, usage) = (KeySpec::EcP256, KeyUsage::Sign);
    let adopted = provider.adopt(spec, usage, "pkcs11:id=%01%02").await.unwrap();
    provider.destroy(spec, &adopted.handle).await.unwrap();
    import(&hsm, "second", "0102");
    let opened = provider.open(spec, &adopted.handle).await.map(drop);
    assert!(matches!(opened, Err(ProviderError::Rejected)), "{opened:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_take_no_wrapped_keys_get_them_number_by_number() {
    let shim = Shim::new();
    shim.set("no-unwrap", "");
    let provider = shim.ready();
    for spec in [KeySpec::Rsa2048, KeySpec::EcP256, KeySpec::EcP521, KeySpec::Ed25519] {
        let material = match spec {
            KeySpec::Rsa2048 => PrivateKey::generate_rsa(2048),
            KeySpec::EcP256 => PrivateKey::generate_ec(claviger_crypto::Curve::P256),
            KeySpec::EcP521 => PrivateKey::generate_ec(claviger_crypto::Curve::P521),
            _ => PrivateKey::generate_ed25519(),
        };
        let material = SecretBytes::from(material.unwrap().to_pkcs8().unwrap());
        let imported = provider.import(spec, KeyUsage::Sign, tag(), material).await.unwrap();
        let key = provider.open(spec, &imported.handle).await.unwrap();
        let (signer, algorithm) = (key.sign().unwrap(), SigningAlgorithm::of(spec)[0]);
        let signature = signer.sign(algorithm, SigningInput::Message(b"message")).await.unwrap();
        assert!(
            signer.verify(algorithm, SigningInput::Message(b"message"), &signature).await.unwrap(),
            "{spec:?}"
        );
    }
    let known = SecretBytes::new(vec![7; 32]);
    let imported = provider.import(KeySpec::Aes256, KeyUsage::Encrypt, tag(), known).await.unwrap();
    opens(&provider, &imported.handle).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_token_that_makes_none_are_used_all_the_same() {
    let shim = Shim::new();
    import(&shim.hsm, "first", "0102");
    shim.set("no-unwrap", "");
    shim.set("no-keys", "");
    let provider = shim.ready();
    let (spec, usage) = (KeySpec::EcP256, KeyUsage::Sign);
    for capability in [Capability::Generate, Capability::Import] {
        assert!(!provider.supports(spec, usage, capability), "{capability:?}");
    }
    let made = provider.generate(spec, usage, tag()).await.map(drop);
    assert!(matches!(made, Err(ProviderError::Unsupported)), "{made:?}");
    let adopted = provider.adopt(spec, usage, "pkcs11:id=%01%02").await.unwrap();
    let key = provider.open(spec, &adopted.handle).await.unwrap();
    sign(&key).await.unwrap();
}

async fn opens(provider: &Pkcs11Provider, handle: &Handle) {
    let key = provider.open(KeySpec::Aes256, handle).await.unwrap();
    let sealed = claviger_crypto::AesGcm::new(&[7; 32]).unwrap().seal(&[1; 12], b"aad", b"message").unwrap();
    let sealed = [&[1; 12][..], &sealed].concat();
    assert!(key.encrypt().unwrap().open(b"aad", &sealed).await.unwrap().ct_eq(b"message"));
}

/// Has SoftHSM's own program put a key on the token.
fn import(hsm: &SoftHsm, label: &str, id: &str) {
    let key = PrivateKey::generate_ec(claviger_crypto::Curve::P256).unwrap().to_pkcs8().unwrap();
    let (der, pem) = (hsm.path().join("key.der"), hsm.path().join("key.pem"));
    fs::write(&der, &*key).unwrap();
    let converted = Command::new("openssl")
        .args(["pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in"])
        .arg(&der)
        .arg("-out")
        .arg(&pem)
        .status()
        .expect("openssl is not installed");
    assert!(converted.success());
    let file = pem.display().to_string();
    hsm.util(&["--import", &file, "--token", "test", "--label", label, "--id", id, "--pin", PIN]);
}

/// What another program does with the token, and sees on it.
fn tool(hsm: &SoftHsm, arguments: &[&str]) -> String {
    let output = Command::new("pkcs11-tool")
        .arg("--module")
        .arg(crate::token::module())
        .args(["--token-label", "test", "--login", "--pin", PIN])
        .args(arguments)
        .env("SOFTHSM2_CONF", hsm.settings())
        .output()
        .expect("pkcs11-tool is not installed: apt-get install opensc");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn percent(hex: &str) -> String {
    hex.as_bytes().chunks(2).map(|pair| format!("%{}", str::from_utf8(pair).unwrap())).collect()
}
