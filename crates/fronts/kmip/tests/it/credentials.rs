use claviger_keys::{CreateCredential, NewCredential};
use claviger_kmip::{
    Credential, ProtocolVersion, RequestHeader, RequestPayload, ResultReason, SecretText,
    message::{Authentication, UsernamePassword},
    operations::DiscoverVersionsRequest,
};

use crate::{ALICE, BOB, Kmip, outcome};

fn with_password(username: &str, password: &[u8]) -> RequestHeader {
    let password = SecretText::new(std::str::from_utf8(password).unwrap());
    let credential = Credential::UsernameAndPassword(UsernamePassword {
        username: username.into(),
        password: Some(password),
    });
    RequestHeader {
        authentication: Some(Authentication { credentials: vec![credential] }),
        ..RequestHeader::default()
    }
}

#[tokio::test]
async fn whoever_proves_nothing_is_refused_and_left() {
    let kmip = Kmip::new(ProtocolVersion::V1_2).await;
    let token = NewCredential::BearerToken;
    let create = CreateCredential { principal: "alice".parse().unwrap(), kind: token, expires: None };
    let secret = kmip.t.ok(&kmip.t.admin, create).await.secret.unwrap();
    let password = secret.expose();

    let check = async |spki: Option<[u8; 32]>, header: RequestHeader, is_good: bool| {
        let ask = RequestPayload::DiscoverVersions(DiscoverVersionsRequest::default());
        let (response, close) = kmip.send_as(spki, header, vec![ask.into()]).await;
        let [item] = response.items.try_into().ok().unwrap();
        let said = outcome(item).err();
        assert_eq!(said, (!is_good).then_some(ResultReason::AuthenticationNotSuccessful));
        assert_eq!(close, !is_good);
    };
    check(None, RequestHeader::default(), false).await;
    check(Some([9; 32]), RequestHeader::default(), false).await;
    check(Some(ALICE), RequestHeader::default(), true).await;
    check(None, with_password("alice", password), true).await;
    check(Some(ALICE), with_password("alice", password), true).await;
    // Two credentials of one request agree, or none of them counts.
    check(Some(BOB), with_password("alice", password), false).await;
    check(None, with_password("bob", password), false).await;
    check(None, with_password("alice", b"guessed"), false).await;
    check(Some(ALICE), with_password("alice", b"guessed"), false).await;
}
