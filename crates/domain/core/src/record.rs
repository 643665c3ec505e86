use std::{collections::BTreeMap, sync::Arc};

use claviger_ports::{AuditLog, Clock, LogError, LogRecord, LogValue};
use claviger_types::{AuditSeq, KeyId, ObjectId, Timestamp, VersionNumber};
use serde::Serialize;

use crate::{CallContext, Params};

/// One call on its way to the audit log. It leaves exactly one outcome record, even if it is dropped half-way.
pub(crate) struct Record {
    log: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    operation: &'static str,
    cx: Arc<CallContext>,
    params: Option<LogValue>,
    targets: Vec<(KeyId, Option<VersionNumber>)>,
    decision: Option<String>,
    did: Option<&'static str>,
    issued: Option<String>,
    object: Option<ObjectId>,
    intent: Option<AuditSeq>,
    written: bool,
}

impl Record {
    pub(crate) fn begin(
        log: Arc<dyn AuditLog>,
        clock: Arc<dyn Clock>,
        operation: &'static str,
        cx: Arc<CallContext>,
        params: &Params<'_>,
    ) -> Self {
        Self {
            log,
            clock,
            operation,
            cx,
            params: said(&ParamsTwin::from(params)),
            targets: Vec::new(),
            decision: None,
            did: None,
            issued: None,
            object: None,
            intent: None,
            written: false,
        }
    }

    /// A key that the call is about; the version is known later.
    pub(crate) fn target(&mut self, key: KeyId) {
        if self.targets.iter().all(|(known, _)| *known != key) {
            self.targets.push((key, None));
        }
    }

    /// The version that was used.
    pub(crate) fn used(&mut self, key: KeyId, version: VersionNumber) {
        match self.targets.iter_mut().find(|(known, _)| *known == key) {
            Some((_, used)) => *used = Some(version),
            None => self.targets.push((key, Some(version))),
        }
    }

    /// The versions that were used.
    pub(crate) fn used_versions(&self) -> impl Iterator<Item = (KeyId, VersionNumber)> {
        self.targets.iter().filter_map(|(key, version)| Some((*key, (*version)?)))
    }

    /// The statement that decided, where that is worth telling.
    pub(crate) fn decided(&mut self, by: Option<String>) {
        self.decision = by.or(self.decision.take());
    }

    /// What exactly was done.
    pub(crate) fn did(&mut self, what: &'static str) {
        self.did = Some(what);
    }

    /// The serial number of the certificate that was made, in hexadecimal digits.
    pub(crate) fn issued(&mut self, serial: String) {
        self.issued = Some(serial);
    }

    /// The managed object that was made.
    pub(crate) fn made(&mut self, object: ObjectId) {
        self.object = Some(object);
    }

    /// Announces a change before it is made.
    pub(crate) fn intend(&mut self) -> Result<AuditSeq, LogError> {
        let line = self.encode("intent", None);
        let seq = self.log.append(&line)?;
        self.intent = Some(seq);
        Ok(seq)
    }

    /// Whether a change was announced.
    pub(crate) fn intent(&self) -> Option<AuditSeq> {
        self.intent
    }

    /// Says how it ended.
    pub(crate) fn finish(&mut self, outcome: &'static str) -> Result<AuditSeq, LogError> {
        let line = self.encode("outcome", Some(outcome));
        let seq = self.log.append(&line)?;
        self.written = true;
        Ok(seq)
    }

    fn encode(&self, phase: &'static str, outcome: Option<&'static str>) -> LogRecord {
        let (mut id, caller) = ([0; 36], &self.cx.caller);
        let mut out = LogRecord::with_capacity(USUAL_LEN);
        out.text(member::TIME, MicroTime::of(self.clock.now()).as_str());
        out.text(member::PHASE, phase);
        out.text(member::REQUEST, self.cx.request.encode(&mut id));
        out.text(member::OPERATION, self.operation);
        out.text(member::FRONT, self.cx.front);
        out.text(member::CALLER, &caller.identity.arn);
        out.text(member::CREDENTIAL, caller.credential.as_str());
        out.text(member::METHOD, caller.method);
        if let Some(peer) = self.cx.peer {
            out.address(member::PEER, peer);
        }
        if !self.targets.is_empty() {
            out.objects(member::KEYS, &self.targets, |out, (key, version)| {
                out.text(member::KEY, key.encode(&mut id));
                if let Some(version) = version {
                    out.number(member::VERSION, version.get());
                }
            });
        }
        if let Some(params) = &self.params {
            out.value(member::PARAMS, params);
        }
        if self.cx.dry_run {
            out.flag(member::DRY_RUN, true);
        }
        if let Some(object) = self.object {
            out.text(member::OBJECT, &object.to_string());
        }
        let texts = [
            (member::DECISION, self.decision.as_deref()),
            (member::DID, self.did),
            (member::ISSUED, self.issued.as_deref()),
            (member::OUTCOME, outcome),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                out.text(name, text);
            }
        }
        out
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if self.written {
            return;
        }
        // The caller went away before the answer, so nobody waits for this record; it is still part of the log.
        let line = self.encode("outcome", Some("Abandoned"));
        if let Err(error) = self.log.append(&line) {
            tracing::error!(request = %self.cx.request, %error, "the record of an abandoned call was lost");
        }
    }
}

/// A record of the service itself, not of a call: start, stop, reconciliation, counts of refused strangers.
pub(crate) fn service_event(
    event: &'static str,
    detail: &BTreeMap<&'static str, String>,
    now: Timestamp,
) -> LogRecord {
    let mut out = LogRecord::with_capacity(USUAL_LEN);
    out.text(member::TIME, &now.to_string());
    out.text(member::PHASE, "service");
    out.text(member::EVENT, event);
    if let Some(detail) = said(detail) {
        out.value(member::DETAIL, &detail);
    }
    out
}

/// The members of the records, in `docs/audit.md`.
mod member {
    use claviger_ports::MemberName;

    pub(super) const CALLER: MemberName = MemberName::new("caller");
    pub(super) const CREDENTIAL: MemberName = MemberName::new("credential");
    pub(super) const DECISION: MemberName = MemberName::new("decision");
    pub(super) const DETAIL: MemberName = MemberName::new("detail");
    pub(super) const DID: MemberName = MemberName::new("did");
    pub(super) const DRY_RUN: MemberName = MemberName::new("dry_run");
    pub(super) const EVENT: MemberName = MemberName::new("event");
    pub(super) const FRONT: MemberName = MemberName::new("front");
    pub(super) const ISSUED: MemberName = MemberName::new("issued");
    pub(super) const KEY: MemberName = MemberName::new("key");
    pub(super) const KEYS: MemberName = MemberName::new("keys");
    pub(super) const METHOD: MemberName = MemberName::new("method");
    pub(super) const OBJECT: MemberName = MemberName::new("object");
    pub(super) const OPERATION: MemberName = MemberName::new("operation");
    pub(super) const OUTCOME: MemberName = MemberName::new("outcome");
    pub(super) const PARAMS: MemberName = MemberName::new("params");
    pub(super) const PEER: MemberName = MemberName::new("peer");
    pub(super) const PHASE: MemberName = MemberName::new("phase");
    pub(super) const REQUEST: MemberName = MemberName::new("request");
    pub(super) const TIME: MemberName = MemberName::new("time");
    pub(super) const VERSION: MemberName = MemberName::new("version");
}

/// Bytes of most records.
const USUAL_LEN: usize = 640;

/// RFC 3339 with six digits of fraction, so that records sort as text; zeros for a time that it can't say.
struct MicroTime([u8; 27]);

impl MicroTime {
    fn of(time: Timestamp) -> Self {
        let mut text = *b"0000-00-00T00:00:00.000000Z";
        let Some(civil) = time.to_civil().filter(|civil| civil.year() >= 0) else { return Self(text) };
        let fields = [
            (0..4, civil.year().unsigned_abs()),
            (5..7, u8::from(civil.month()).into()),
            (8..10, civil.day().into()),
            (11..13, civil.hour().into()),
            (14..16, civil.minute().into()),
            (17..19, civil.second().into()),
            (20..26, civil.microsecond()),
        ];
        for (place, mut number) in fields {
            for digit in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
                *digit = b'0' + (number % 10) as u8;
                number /= 10;
            }
        }
        Self(text)
    }

    fn as_str(&self) -> &str {
        // Invariant: digits and what is between them are ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// JSON of what says anything.
fn said<T: Serialize>(value: &T) -> Option<LogValue> {
    // Invariant: strings, numbers and maps with string keys serialize.
    LogValue::of(value).ok().filter(|value| !value.is_empty())
}

#[derive(Serialize)]
struct ParamsTwin<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    agreement_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bypass_lockout_check: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_profile: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cipher_mode: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compromised: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_key_pair_spec: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encryption_context: Option<&'a BTreeMap<Box<str>, Box<str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exportable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_operations: Option<Vec<&'static str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grantee: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_origin: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_spec: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_tag: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_usage: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mac_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_material: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number_of_bytes: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pending_window_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retiring: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rotation_period_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_keys: Option<&'a [Box<str>]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a BTreeMap<Box<str>, Box<str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapping_algorithm: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wrapping_key_spec: Option<&'static str>,
}

impl<'a> From<&Params<'a>> for ParamsTwin<'a> {
    fn from(params: &Params<'a>) -> Self {
        Self {
            agreement_algorithm: params.agreement_algorithm.map(|a| a.name()),
            alias: params.alias.map(|alias| alias.as_str()),
            authority: params.authority.map(|name| name.as_str()),
            bypass_lockout_check: params.bypass_lockout_check,
            certificate_profile: params.certificate_profile.map(|profile| profile.name()),
            certificate_serial: params.certificate_serial.map(ToString::to_string),
            cipher_mode: params.cipher_mode.map(|mode| mode.name()),
            compromised: params.compromised,
            data_key_pair_spec: params.data_key_pair_spec.map(|spec| spec.name()),
            encryption_algorithm: params.encryption_algorithm.map(|a| a.name()),
            encryption_context: params.encryption_context.filter(|c| !c.is_empty()).map(|c| c.pairs()),
            exportable: params.exportable,
            grant: params.grant,
            grant_operations: params
                .grant_operations
                .map(|operations| operations.iter().map(|o| o.name()).collect()),
            grantee: params.grantee,
            key_origin: params.key_origin.map(|origin| origin.policy_name()),
            key_spec: params.key_spec.map(|spec| spec.name()),
            key_tag: params.key_tag.map(|tag| tag.to_string()),
            key_usage: params.key_usage.map(|usage| usage.name()),
            mac_algorithm: params.mac_algorithm.map(|a| a.name()),
            message_type: params.message_type.map(|kind| kind.name()),
            new_material: params.new_material,
            number_of_bytes: params.number_of_bytes,
            object: params.object.map(|object| object.to_string()),
            pending_window_days: params.pending_window.map(|days| days.0),
            provider: params.provider.map(|provider| provider.as_str()),
            retiring: params.retiring,
            rotation_period_days: params.rotation_period.map(|days| days.0),
            signing_algorithm: params.signing_algorithm.map(|a| a.name()),
            subject: params.subject,
            tag_keys: params.tag_keys,
            tags: params.tags,
            valid_to: params.valid_to.map(|time| time.to_string()),
            version: params.version.map(|version| version.get()),
            wrapping_algorithm: params.wrapping_algorithm.map(|a| a.name()),
            wrapping_key_spec: params.wrapping_key_spec.map(|spec| spec.key_spec().name()),
        }
    }
}
