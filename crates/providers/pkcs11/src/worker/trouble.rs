use cryptoki::error::{Error, RvError};

use crate::wire::Failure;

/// Why a function of the module failed, sorted by what there is to do about it.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The session is of no use any more; another may be.
    Session(String),
    /// The handle of the object is of no use any more; there may be another.
    Object,
    /// Nothing.
    Failed(Failure),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        let text = describe(&error);
        let Error::Pkcs11(code, _) = error else {
            return Self::Failed(match error {
                Error::NullFunctionPointer | Error::NotSupported => Failure::Unsupported { text },
                _ => Failure::Broken { text },
            });
        };
        let failure = match code {
            RvError::SessionClosed
            | RvError::SessionHandleInvalid
            | RvError::OperationActive
            | RvError::OperationNotInitialized => return Self::Session(text),
            RvError::ObjectHandleInvalid
            | RvError::KeyHandleInvalid
            | RvError::KeyChanged
            | RvError::UnwrappingKeyHandleInvalid => return Self::Object,
            RvError::UserNotLoggedIn => Failure::NotLoggedIn {},
            RvError::PinIncorrect
            | RvError::PinInvalid
            | RvError::PinLenRange
            | RvError::PinExpired
            | RvError::PinLocked => Failure::Pin { text },
            RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid
            | RvError::CryptokiNotInitialized => Failure::Gone { text },
            RvError::MechanismInvalid
            | RvError::MechanismParamInvalid
            | RvError::FunctionNotSupported
            | RvError::KeyFunctionNotPermitted
            | RvError::KeyTypeInconsistent
            | RvError::KeySizeRange
            | RvError::CurveNotSupported
            | RvError::DomainParamsInvalid
            | RvError::TemplateInconsistent
            | RvError::TemplateIncomplete
            | RvError::AttributeTypeInvalid
            | RvError::AttributeValueInvalid
            | RvError::AttributeReadOnly
            | RvError::RandomNoRng => Failure::Unsupported { text },
            RvError::DataInvalid
            | RvError::DataLenRange
            | RvError::EncryptedDataInvalid
            | RvError::EncryptedDataLenRange
            | RvError::UnknownErrorCode(AEAD_DECRYPT_FAILED) => Failure::Rejected {},
            _ => Failure::Broken { text },
        };
        Self::Failed(failure)
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Session(text) => Self::Gone { text },
            Trouble::Object => Self::Missing {},
            Trouble::Failed(failure) => failure,
        }
    }
}

impl Trouble {
    /// The same, if it came of decrypting: errors that say nothing may be for the ciphertext, and SoftHSM has no others.
    pub(super) fn of_decryption(self) -> Self {
        match self {
            Self::Failed(Failure::Broken { text }) => Self::Failed(Failure::Undecided { text }),
            other => other,
        }
    }
}

/// `CKR_AEAD_DECRYPT_FAILED` of PKCS#11 3.0.
const AEAD_DECRYPT_FAILED: u64 = 0x35;

/// The code and the function: the binding's own text is a page of the specification.
fn describe(error: &Error) -> String {
    let mut text = match error {
        Error::Pkcs11(code, function) => format!("C_{function:?}: {code:?}"),
        other => other.to_string(),
    };
    text.truncate(text.floor_char_boundary(300));
    text
}
