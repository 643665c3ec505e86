//! What a server may do to a connection stays on that connection.

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use claviger_kmip::{ResultReason, enums::Operation};
use claviger_ports::{Provider, ProviderError, ProviderState};
use claviger_provider_kmip::{KmipProvider, UserPassword};
use claviger_pykmip::Pki;
use claviger_types::SecretBytes;

use crate::{
    fake::{Fake, Manner},
    server::{ready, start, wait_for},
};

/// Asks for something that may be asked twice: a Locate.
async fn ask(provider: &Arc<KmipProvider>) -> Result<(), ProviderError> {
    provider.tagged().await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_used_again() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    for _ in 0..20 {
        ask(&provider).await.unwrap();
    }
    assert_eq!((fake.asked(Operation::Locate), fake.connections()), (20, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_is_an_error_of_its_connection_only() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    let header = |length: u32| [&[0x42, 0, 0x7b, 1][..], &length.to_be_bytes()].concat();
    for garbage in [
        b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        vec![0; 64],
        vec![0xff; 4096],
        [header(16), vec![0x41; 16]].concat(),
        header(0),
        // More than is allowed is not even read.
        header(0xffff_fff8),
        header(8 << 20),
    ] {
        let what = format!("{} bytes, {:x?}", garbage.len(), &garbage[..8]);
        fake.answers(Manner::Bytes(garbage));
        let asked = ask(&provider).await;
        assert!(matches!(asked, Err(ProviderError::Unavailable(_))), "{what}: {asked:?}");
        fake.answers(Manner::Right);
        ask(&provider).await.unwrap_or_else(|error| panic!("after {what}: {error}"));
        wait_for("it is as it was", || provider.state() == ProviderState::Usable);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_breaks_off_is_none() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    fake.answers(Manner::Half);
    let asked = ask(&provider).await;
    assert!(matches!(asked, Err(ProviderError::Unavailable(_))), "{asked:?}");
    fake.answers(Manner::Right);
    ask(&provider).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_was_closed_while_it_was_idle_is_replaced() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    fake.answers(Manner::Once);
    for number in 1..10 {
        ask(&provider).await.unwrap_or_else(|error| panic!("call {number}: {error}"));
    }
    assert_eq!(provider.state(), ProviderState::Usable);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changes_something_is_sent_once() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    // A handle of an AES key that was there before us, of the identifier `k`, whose state the server does not tell.
    let bytes = [&[1, 0, 7][..], b"aes-256", &[0, 7], b"encrypt", &[0, 1], b"k", &[0, 0, 0, 20], &[7; 20]];
    let handle = claviger_ports::Handle(SecretBytes::new(bytes.concat()));
    provider.destroy(claviger_types::KeySpec::Aes256, &handle).await.unwrap();
    assert_eq!(fake.asked(Operation::Destroy), 0, "another object was destroyed");

    fake.answers(Manner::Named(format!("claviger-{}", "07".repeat(20))));
    provider.destroy(claviger_types::KeySpec::Aes256, &handle).await.unwrap();
    assert_eq!((fake.asked(Operation::Revoke), fake.asked(Operation::Destroy)), (1, 1));
    fake.answers(Manner::NamedThenHalf(format!("claviger-{}", "07".repeat(20))));
    let destroyed = provider.destroy(claviger_types::KeySpec::Aes256, &handle).await;
    assert!(matches!(destroyed, Err(ProviderError::Unavailable(_))), "{destroyed:?}");
    assert_eq!((fake.asked(Operation::Revoke), fake.asked(Operation::Destroy)), (2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_nothing_is_not_taken_for_the_next_one() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    fake.answers(Manner::Twice);
    ask(&provider).await.unwrap();
    fake.answers(Manner::Right);
    let asked = ask(&provider).await;
    assert!(matches!(asked, Err(ProviderError::Unavailable(_))), "{asked:?}");
    ask(&provider).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_waited_for_so_long_and_no_longer() {
    let fake = Fake::start().await;
    let mut config = fake.config();
    config.deadline = Duration::from_millis(300);
    let provider = ready(config);
    fake.answers(Manner::Silent);
    let started = Instant::now();
    let asked = ask(&provider).await;
    assert!(matches!(asked, Err(ProviderError::Timeout)), "{asked:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    fake.answers(Manner::Right);
    ask(&provider).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_calls_wait_and_no_more() {
    let fake = Fake::start().await;
    let mut config = fake.config();
    config.connections = std::num::NonZeroU16::MIN;
    config.waiting = 1;
    config.deadline = Duration::from_secs(2);
    let provider = ready(config);
    fake.answers(Manner::Silent);
    let calls: Vec<_> = (0..3)
        .map(|_| {
            let provider = Arc::clone(&provider);
            tokio::spawn(async move { ask(&provider).await })
        })
        .collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.unwrap());
    }
    let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err(ProviderError::Busy))).count();
    assert!(busy >= 1 && outcomes.iter().all(Result::is_err), "{outcomes:?}");
    assert!(fake.connections() <= 3, "more connections than one at a time");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_refused_is_not_insisted_on() {
    let fake = Fake::start().await;
    fake.answers(Manner::Refusal(ResultReason::AuthenticationNotSuccessful));
    let mut config = fake.config();
    let password = SecretBytes::new(b"wrong".to_vec());
    config.credential = Some(UserPassword { user: "claviger".to_owned(), password });
    config.refused_retry = Duration::from_secs(2);
    let provider = start(config);
    let ProviderState::Unusable(reason) = provider.first_state().await else {
        panic!("it is {:?}", provider.state());
    };
    assert!(reason.contains("check the client certificate, user and password"), "{reason}");
    assert!(!reason.contains("wrong") && !reason.contains('\u{1b}'), "{reason}");
    let asked = ask(&provider).await;
    assert!(matches!(asked, Err(ProviderError::Unavailable(_))), "{asked:?}");
    assert_eq!(fake.users(), [("claviger".to_owned(), "wrong".to_owned())], "it was tried again");
    // The server's administrator has put it right.
    fake.answers(Manner::Right);
    wait_for("it is tried again, later", || provider.state() == ProviderState::Usable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_that_is_not_good_any_more_is_told() {
    let fake = Fake::start().await;
    let provider = ready(fake.config());
    fake.answers(Manner::Refusal(ResultReason::AuthenticationNotSuccessful));
    let asked = ask(&provider).await;
    assert!(matches!(asked, Err(ProviderError::Unavailable(_))), "{asked:?}");
    wait_for("the state says so", || matches!(provider.state(), ProviderState::Unusable(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_another_certificate_gets_nothing() {
    let fake = Fake::start().await;
    let other = fake.path().join("other");
    fs::create_dir(&other).unwrap();
    for (ca, name) in [(Some(Pki::new(&other).ca()), None), (None, Some("kmip.example".to_owned()))] {
        let mut config = fake.config();
        config.server_ca = ca.unwrap_or(config.server_ca);
        config.server_name = name;
        let provider = start(config);
        let ProviderState::Probing(Some(reason)) = provider.first_state().await else {
            panic!("it is {:?}", provider.state());
        };
        assert!(reason.contains("certificate"), "{reason}");
    }
    assert_eq!(fake.asked(Operation::DiscoverVersions), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_comes_later_is_found() {
    let fake = Fake::start().await;
    let config = fake.config();
    let key = fs::read(&config.key).unwrap();
    let path = config.key.clone();
    fs::write(&path, b"no key").unwrap();
    let provider = start(config);
    let ProviderState::Probing(Some(reason)) = provider.first_state().await else { panic!("it is there") };
    assert!(reason.contains("no private key"), "{reason}");
    fs::write(&path, key).unwrap();
    wait_for("it is read", || provider.state() == ProviderState::Usable);
}
