//! Attributes that clients give to an object, as the domain keeps them.

use claviger_kmip::{
    Attribute, AttributeInstance, AttributeKind, ResultReason,
    attributes::{CryptographicParameters, Name},
    enums::{CryptographicAlgorithm, NameType, RecommendedCurve},
    stored,
    value::UsageMask,
};
use claviger_objects::NewObject;
use claviger_types::Timestamp;

use super::time;
use crate::error::Failure;

/// Attributes, sorted by who looks at them.
#[derive(Debug, Default)]
pub(crate) struct Template {
    pub(crate) names: Vec<Box<str>>,
    pub(crate) groups: Vec<Box<str>>,
    pub(crate) usage_mask: Option<UsageMask>,
    pub(crate) algorithm: Option<CryptographicAlgorithm>,
    pub(crate) length: Option<u32>,
    pub(crate) sensitive: Option<bool>,
    pub(crate) extractable: Option<bool>,
    pub(crate) activation: Option<Timestamp>,
    pub(crate) deactivation: Option<Timestamp>,
    /// What is kept as it is, in order.
    pub(crate) others: Vec<Attribute>,
}

/// Who may set an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// Clients, at any time.
    Client,
    /// The client that makes the object, and nobody afterwards.
    Maker,
    /// The server.
    Server,
    /// Nobody: what it asks for is not done here, so that it is refused instead of ignored.
    Nobody,
}

/// Who may set an attribute; those of vendors belong to clients, but for what servers define (`y-…`).
pub(crate) fn owner(attribute: &Attribute) -> Owner {
    match attribute.kind() {
        Some(kind) => owner_of(kind),
        None => match attribute {
            Attribute::Vendor(vendor) if vendor.vendor == "y" => Owner::Server,
            _ => Owner::Client,
        },
    }
}

/// The same of a kind.
pub(crate) fn owner_of(kind: AttributeKind) -> Owner {
    use AttributeKind as Kind;
    match kind {
        Kind::Name
        | Kind::ObjectGroup
        | Kind::ActivationDate
        | Kind::DeactivationDate
        | Kind::ContactInformation
        | Kind::ApplicationSpecificInformation
        | Kind::Link
        | Kind::AlternativeName
        | Kind::Comment
        | Kind::Description
        | Kind::Pkcs12FriendlyName
        | Kind::OperationPolicyName
        | Kind::CryptographicParameters
        | Kind::CryptographicUsageMask
        | Kind::Sensitive
        | Kind::NistKeyType
        | Kind::KeyValueLocation => Owner::Client,
        Kind::CryptographicAlgorithm
        | Kind::CryptographicLength
        | Kind::CryptographicDomainParameters
        | Kind::CertificateType
        | Kind::Extractable
        | Kind::KeyFormatType
        | Kind::OpaqueDataType => Owner::Maker,
        Kind::LeaseTime
        | Kind::UsageLimits
        | Kind::ProcessStartDate
        | Kind::ProtectStopDate
        | Kind::ProtectionLevel
        | Kind::ProtectionPeriod
        | Kind::ProtectionStorageMask
        | Kind::QuantumSafe
        | Kind::RotateAutomatic
        | Kind::RotateDate
        | Kind::RotateGeneration
        | Kind::RotateInterval
        | Kind::RotateLatest
        | Kind::RotateName
        | Kind::RotateOffset => Owner::Nobody,
        _ => Owner::Server,
    }
}

/// Whether an object can have several values of an attribute.
pub(crate) fn is_multi_valued(attribute: &Attribute) -> bool {
    attribute.kind().is_none_or(|kind| {
        matches!(
            kind,
            AttributeKind::Name
                | AttributeKind::ObjectGroup
                | AttributeKind::ApplicationSpecificInformation
                | AttributeKind::Link
                | AttributeKind::AlternativeName
                | AttributeKind::CryptographicParameters
                | AttributeKind::Digest
                | AttributeKind::KeyValueLocation
        )
    })
}

impl Template {
    /// Attributes of a request that makes an object; later lists win, so that those of a half come behind the common ones.
    pub(crate) fn of_new(lists: &[&[AttributeInstance]]) -> Result<Self, Failure> {
        let mut template = Self::default();
        for list in lists {
            let mut seen = Vec::new();
            for AttributeInstance { attribute, .. } in *list {
                match owner(attribute) {
                    Owner::Client | Owner::Maker => {}
                    owner => return Err(refused(attribute, owner)),
                }
                let kind = attribute.kind();
                if !is_multi_valued(attribute) && seen.contains(&kind) {
                    return Err(Failure::invalid(format!(
                        "{} is there more than once.",
                        attribute.reference()
                    )));
                }
                seen.push(kind);
                template.put(attribute.clone())?;
            }
        }
        Ok(template)
    }

    /// Attributes that an object has.
    pub(crate) fn of_object(attributes: impl IntoIterator<Item = Attribute>) -> Result<Self, Failure> {
        let mut template = Self::default();
        for attribute in attributes {
            template.put(attribute)?;
        }
        Ok(template)
    }

    fn put(&mut self, attribute: Attribute) -> Result<(), Failure> {
        match attribute {
            Attribute::Name(name) => self.name(name),
            Attribute::ObjectGroup(group) => self.groups.push(group.into()),
            Attribute::CryptographicUsageMask(mask) => self.usage_mask = Some(mask),
            Attribute::CryptographicAlgorithm(algorithm) => self.algorithm = Some(algorithm),
            Attribute::CryptographicLength(length) => self.length = Some(length),
            Attribute::Sensitive(sensitive) => self.sensitive = Some(sensitive),
            Attribute::Extractable(extractable) => self.extractable = Some(extractable),
            Attribute::ActivationDate(date) => self.activation = Some(time(date)?),
            Attribute::DeactivationDate(date) => self.deactivation = Some(time(date)?),
            other => {
                if !is_multi_valued(&other) {
                    self.others.retain(|known| known.kind() != other.kind());
                }
                self.others.push(other);
            }
        }
        Ok(())
    }

    /// The type of a name is kept only where it is not the usual one.
    fn name(&mut self, name: Name) {
        self.names.push(name.value.as_str().into());
        if name.ty != NameType::UninterpretedTextString {
            self.others.push(Attribute::Name(name));
        }
    }

    /// The first of its Cryptographic Parameters.
    pub(crate) fn parameters(&self) -> Option<&CryptographicParameters> {
        self.others.iter().find_map(|attribute| match attribute {
            Attribute::CryptographicParameters(parameters) => Some(parameters),
            _ => None,
        })
    }

    /// The curve of its Cryptographic Domain Parameters.
    pub(crate) fn curve(&self) -> Option<RecommendedCurve> {
        self.others.iter().find_map(|attribute| match attribute {
            Attribute::CryptographicDomainParameters(parameters) => parameters.recommended_curve,
            _ => None,
        })
    }

    /// The usage mask of what is made.
    pub(crate) fn mask(&self) -> UsageMask {
        self.usage_mask.unwrap_or_default()
    }

    /// What the domain keeps of it. Algorithm and length of a view are those of its key; of what is only kept they are said by
    /// `described`.
    pub(crate) fn into_object(self, described: bool) -> Result<NewObject, Failure> {
        let mut others = self.others;
        if described {
            others.extend(self.algorithm.map(Attribute::CryptographicAlgorithm));
            others.extend(self.length.map(Attribute::CryptographicLength));
        }
        Ok(NewObject {
            names: self.names.into(),
            groups: self.groups.into(),
            usage_mask: self.usage_mask.unwrap_or_default().0,
            sensitive: self.sensitive.unwrap_or(false),
            activation: self.activation,
            deactivation: self.deactivation,
            attributes: stored::encode_attributes(&others)?.into(),
        })
    }
}

/// The refusal of an attribute that a client may not set.
pub(crate) fn refused(attribute: &Attribute, owner: Owner) -> Failure {
    let name = attribute.reference();
    match owner {
        Owner::Nobody => Failure::rejected(
            ResultReason::UnsupportedAttribute,
            format!("{name} is not supported: what it asks for would not be done."),
        ),
        _ => Failure::rejected(ResultReason::ReadOnlyAttribute, format!("{name} can't be set by clients.")),
    }
}
