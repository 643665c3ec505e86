use std::fmt::Write;

use expect_test::expect;

use super::*;

/// Every reason and how it looks; a new one must be added here on purpose.
#[test]
fn every_reason_has_its_rendering() {
    let mut table = String::new();
    for reason in Reason::ALL {
        let Code { name, status } = Code::of(*reason);
        writeln!(table, "{:<22}{} {name}", reason.name(), status.as_u16()).unwrap();
    }
    expect![[r#"
        AlreadyExists         400 AlreadyExistsException
        ConcurrentChange      400 ConflictException
        ClockSkew             400 InvalidSignatureException
        Denied                400 AccessDeniedException
        DryRun                400 DryRunOperationException
        ExpiredCredential     400 ExpiredTokenException
        ExpiredImportToken    400 ExpiredImportTokenException
        IncorrectKey          400 IncorrectKeyException
        IncorrectKeyMaterial  400 IncorrectKeyMaterialException
        Internal              500 KMSInternalException
        InvalidArn            400 InvalidArnException
        InvalidCiphertext     400 InvalidCiphertextException
        InvalidGrantId        400 InvalidGrantIdException
        InvalidGrantToken     400 InvalidGrantTokenException
        InvalidImportToken    400 InvalidImportTokenException
        InvalidKeyUsage       400 InvalidKeyUsageException
        InvalidMac            400 KMSInvalidMacException
        InvalidMarker         400 InvalidMarkerException
        InvalidAliasName      400 InvalidAliasNameException
        InvalidRequest        400 ValidationException
        InvalidSignature      400 KMSInvalidSignatureException
        KeyDisabled           400 DisabledException
        KeyState              400 KMSInvalidStateException
        StoredDataDamaged     500 KMSInternalException
        MalformedPolicy       400 MalformedPolicyDocumentException
        MissingCredential     400 MissingAuthenticationTokenException
        NotFound              400 NotFoundException
        NotExtractable        400 KMSInvalidStateException
        Quota                 400 LimitExceededException
        InvalidTag            400 TagException
        Throttled             400 ThrottlingException
        Timeout               500 DependencyTimeoutException
        UnknownCredential     400 UnrecognizedClientException
        Unavailable           500 KeyUnavailableException
        Unsupported           400 UnsupportedOperationException
        UnwrapFailed          400 InvalidCiphertextException
        WrongProof            400 InvalidSignatureException
    "#]]
    .assert_eq(&table);
}

#[test]
fn what_only_the_protocol_knows() {
    let check = |fault: Fault, name: &str, status: u16, reason: Reason| {
        assert_eq!((fault.code.name, fault.code.status.as_u16()), (name, status));
        assert_eq!(fault.error.reason(), reason, "{name}");
    };
    let rejection = |kind| Fault::from(Rejection { kind, message: "why".to_owned() });
    check(Fault::validation("x"), "ValidationException", 400, Reason::InvalidRequest);
    check(Fault::serialization("x"), "SerializationException", 400, Reason::InvalidRequest);
    check(Fault::too_large(), "RequestEntityTooLargeException", 413, Reason::InvalidRequest);
    check(Fault::unknown_operation(), "UnknownOperationException", 400, Reason::Unsupported);
    check(Fault::unsupported("x"), "UnsupportedOperationException", 400, Reason::Unsupported);
    check(Fault::not_found("x"), "NotFoundException", 400, Reason::NotFound);
    check(rejection(RejectionKind::Incomplete), "IncompleteSignatureException", 400, Reason::InvalidRequest);
    check(
        rejection(RejectionKind::Missing),
        "MissingAuthenticationTokenException",
        400,
        Reason::MissingCredential,
    );
    check(rejection(RejectionKind::Mismatch), "InvalidSignatureException", 400, Reason::WrongProof);
    check(rejection(RejectionKind::Skew), "InvalidSignatureException", 400, Reason::ClockSkew);
    check(
        rejection(RejectionKind::UnknownToken),
        "UnrecognizedClientException",
        400,
        Reason::UnknownCredential,
    );
}

#[test]
fn the_body_of_an_error() {
    let body = ErrorBody { name: "NotFoundException", message: "Key 'x' does not \"exist\"" };
    expect![[r#"{"__type":"NotFoundException","message":"Key 'x' does not \"exist\""}"#]]
        .assert_eq(&serde_json::to_string(&body).unwrap());
}
