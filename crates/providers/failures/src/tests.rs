use super::*;

#[test]
fn a_wrong_signature_is_an_answer() {
    assert!(matches!(verdict(Ok(())), Ok(true)));
    assert!(matches!(verdict(Err(CryptoError::Rejected)), Ok(false)));
    assert!(matches!(verdict(Err(CryptoError::Malformed)), Err(ProviderError::Rejected)));
    assert!(matches!(verdict(Err(CryptoError::TooLarge)), Err(ProviderError::Rejected)));
    assert!(matches!(verdict(Err(CryptoError::Unsupported)), Err(ProviderError::Unsupported)));
    assert!(matches!(verdict(Err(CryptoError::Internal)), Err(ProviderError::Internal(_))));
}
