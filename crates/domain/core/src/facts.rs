use std::{borrow::Cow, collections::BTreeMap};

use claviger_access::{FactKey, FactValue, Facts, name_matches};
use claviger_types::{GrantConstraint, Timestamp};

use crate::{CallContext, Identity, Params, target::Target};

/// What the conditions of policies can ask about a call.
pub(crate) struct RequestFacts<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) cx: &'a CallContext,
    pub(crate) target: Target<'a>,
    pub(crate) params: &'a Params<'a>,
    pub(crate) now: Timestamp,
}

impl Facts for RequestFacts<'_> {
    fn fact(&self, key: &FactKey) -> Option<FactValue<'_>> {
        let params = self.params;
        match key {
            // The evaluator answers these from the caller.
            FactKey::PrincipalAccount
            | FactKey::PrincipalArn
            | FactKey::PrincipalType
            | FactKey::Username
            | FactKey::CallerAccount => None,
            // There are no services that call on somebody's behalf.
            FactKey::ViaService => None,
            FactKey::CurrentTime | FactKey::EpochTime => Some(FactValue::Time(self.now)),
            FactKey::SecureTransport => Some(FactValue::Bool(self.cx.secure)),
            FactKey::SourceIp => self.cx.peer.map(FactValue::Ip),
            FactKey::UserId => Some(FactValue::Owned(self.identity.principal.id.to_string())),
            FactKey::BypassPolicyLockoutSafetyCheck => params.bypass_lockout_check.map(FactValue::Bool),
            FactKey::DataKeyPairSpec => {
                params.data_key_pair_spec.map(|spec| FactValue::Str(spec.policy_name()))
            }
            FactKey::EncryptionAlgorithm => params.encryption_algorithm.map(|a| FactValue::Str(a.name())),
            FactKey::EncryptionContext(name) => values(name, params.encryption_context?.pairs()),
            FactKey::EncryptionContextKeys => {
                let pairs = params.encryption_context?.pairs();
                Some(FactValue::Strs(pairs.keys().map(|name| Cow::Borrowed(&**name)).collect()))
            }
            FactKey::Exportable => params.exportable.map(FactValue::Bool),
            FactKey::ExpirationModel => params.valid_to.map(|_| FactValue::Str("KEY_MATERIAL_EXPIRES")),
            FactKey::ValidTo => params.valid_to.map(FactValue::Time),
            FactKey::GrantConstraintType => params.grant_constraint.map(|constraint| {
                FactValue::Str(match constraint {
                    GrantConstraint::ContextEquals(_) => "EncryptionContextEquals",
                    GrantConstraint::ContextSubset(_) => "EncryptionContextSubset",
                })
            }),
            FactKey::GranteePrincipal => params.grantee.map(FactValue::Str),
            FactKey::RetiringPrincipal => params.retiring.map(FactValue::Str),
            // No service of ours makes grants for its own resources.
            FactKey::GrantIsForAwsResource => params.grant_operations.map(|_| FactValue::Bool(false)),
            FactKey::GrantOperations => params.grant_operations.map(|operations| {
                FactValue::Strs(operations.iter().map(|o| Cow::Borrowed(o.name())).collect())
            }),
            FactKey::KeyAgreementAlgorithm => params.agreement_algorithm.map(|a| FactValue::Str(a.name())),
            FactKey::MacAlgorithm => params.mac_algorithm.map(|a| FactValue::Str(a.name())),
            FactKey::MessageType => params.message_type.map(|kind| FactValue::Str(kind.name())),
            FactKey::ReEncryptOnSameKey => params.same_key.map(FactValue::Bool),
            FactKey::RotationPeriodInDays => {
                params.rotation_period.map(|days| FactValue::Number(days.0.into()))
            }
            FactKey::ScheduleKeyDeletionPendingWindowInDays => {
                params.pending_window.map(|days| FactValue::Number(days.0.into()))
            }
            FactKey::SigningAlgorithm => params.signing_algorithm.map(|a| FactValue::Str(a.name())),
            FactKey::WrappingAlgorithm => params.wrapping_algorithm.map(|a| FactValue::Str(a.name())),
            FactKey::WrappingKeySpec => {
                params.wrapping_key_spec.map(|s| FactValue::Str(s.key_spec().policy_name()))
            }
            FactKey::RequestAlias => params.alias.map(|alias| FactValue::Owned(format!("alias/{alias}"))),
            FactKey::RequestTag(name) => values(name, params.tags?),
            FactKey::TagKeys => self.tag_keys(),
            FactKey::KeyRing => self.target.ring_name().map(FactValue::Str),
            FactKey::RingKeyName => self.target.key_name(),
            FactKey::KeyOrigin
            | FactKey::KeySpec
            | FactKey::KeyUsage
            | FactKey::MultiRegion
            | FactKey::MultiRegionKeyType
            | FactKey::ResourceAliases
            | FactKey::ResourceTag(_) => self.of_key(key),
        }
    }
}

impl RequestFacts<'_> {
    /// Of the key that there is, or of the one that the call would make.
    fn of_key(&self, fact: &FactKey) -> Option<FactValue<'_>> {
        let entry = self.target.key;
        let key = entry.map(|entry| entry.key());
        let params = self.params;
        match fact {
            FactKey::KeyOrigin => key
                .map(|key| key.origin)
                .or(params.key_origin)
                .map(|origin| FactValue::Str(origin.policy_name())),
            FactKey::KeySpec => {
                key.map(|key| key.spec).or(params.key_spec).map(|spec| FactValue::Str(spec.policy_name()))
            }
            FactKey::KeyUsage => {
                key.map(|key| key.usage).or(params.key_usage).map(|usage| FactValue::Str(usage.policy_name()))
            }
            FactKey::MultiRegion => Some(FactValue::Bool(false)),
            FactKey::ResourceAliases => entry.map(|entry| {
                FactValue::Strs(
                    entry.record.aliases.iter().map(|a| Cow::Owned(format!("alias/{a}"))).collect(),
                )
            }),
            FactKey::ResourceTag(name) => values(name, &key?.tags),
            _ => None,
        }
    }

    fn tag_keys(&self) -> Option<FactValue<'_>> {
        let borrowed = |name: &'_ str| Cow::Owned(name.to_owned());
        let removed = self.params.tag_keys.map(|keys| keys.iter().map(|key| borrowed(key)).collect());
        let set = self.params.tags.map(|tags| tags.keys().map(|key| borrowed(key)).collect());
        removed.or(set).map(FactValue::Strs)
    }
}

/// The values of every pair whose name a policy means: without regard to case there may be several.
fn values<'a>(name: &str, pairs: &'a BTreeMap<Box<str>, Box<str>>) -> Option<FactValue<'a>> {
    let mut found = pairs.iter().filter(|(known, _)| name_matches(name, known)).map(|(_, value)| &**value);
    let first = found.next()?;
    match found.next() {
        None => Some(FactValue::Str(first)),
        Some(second) => {
            Some(FactValue::Strs([first, second].into_iter().chain(found).map(Cow::Borrowed).collect()))
        }
    }
}
