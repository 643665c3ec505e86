use std::{collections::BTreeMap, sync::Arc};

use claviger_ports::{AuditLog, Clock, LogError};
use claviger_types::{AuditSeq, KeyId, ObjectId, Timestamp, VersionNumber};
use serde::Serialize;

use crate::{CallContext, Params};

/// One call on its way to the audit log. It leaves exactly one outcome record, even if it is dropped half-way.
pub(crate) struct Record {
    log: Arc<dyn AuditLog>,
    clock: Arc<dyn Clock>,
    operation: &'static str,
    cx: Arc<CallContext>,
    params: Vec<u8>,
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
            params: encode_params(params),
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

    fn encode(&self, phase: &'static str, outcome: Option<&'static str>) -> Vec<u8> {
        let line = Line {
            time: self.clock.now(),
            phase,
            request: self.cx.request,
            operation: self.operation,
            front: self.cx.front,
            caller: &self.cx.caller.identity.arn,
            credential: self.cx.caller.credential.as_str(),
            method: self.cx.caller.method,
            peer: self.cx.peer,
            keys: &self.targets,
            params: &self.params,
            dry_run: self.cx.dry_run,
            decision: self.decision.as_deref(),
            did: self.did,
            issued: self.issued.as_deref(),
            object: self.object,
            outcome,
        };
        line.encode()
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
) -> Vec<u8> {
    #[derive(Serialize)]
    struct Event<'a> {
        time: String,
        phase: &'static str,
        event: &'static str,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        detail: &'a BTreeMap<&'static str, String>,
    }
    let event = Event { time: now.to_string(), phase: "service", event, detail };
    // Invariant: maps with string keys and strings serialize.
    serde_json::to_vec(&event).unwrap_or_default()
}

struct Line<'a> {
    time: Timestamp,
    phase: &'static str,
    request: claviger_types::RequestId,
    operation: &'static str,
    front: &'static str,
    caller: &'a str,
    credential: &'a str,
    method: &'static str,
    peer: Option<std::net::IpAddr>,
    keys: &'a [(KeyId, Option<VersionNumber>)],
    params: &'a [u8],
    dry_run: bool,
    decision: Option<&'a str>,
    did: Option<&'static str>,
    issued: Option<&'a str>,
    object: Option<ObjectId>,
    outcome: Option<&'static str>,
}

impl Line<'_> {
    /// Written by hand, because it is made for every call: what needs no escaping is not looked at twice.
    fn encode(&self) -> Vec<u8> {
        let mut id = [0; 36];
        let mut out = Members::begin(512 + self.params.len());
        out.plain("time", &micro_time(self.time));
        out.plain("phase", self.phase);
        out.plain("request", self.request.encode(&mut id));
        out.plain("operation", self.operation);
        out.plain("front", self.front);
        out.text("caller", self.caller);
        out.plain("credential", self.credential);
        out.plain("method", self.method);
        if let Some(peer) = self.peer {
            out.plain("peer", &peer.to_string());
        }
        if !self.keys.is_empty() {
            out.name("keys");
            out.keys(self.keys);
        }
        if self.params.len() > 2 {
            out.name("params");
            out.raw(self.params);
        }
        if self.dry_run {
            out.name("dry_run");
            out.raw(b"true");
        }
        if let Some(decision) = self.decision {
            out.text("decision", decision);
        }
        if let Some(did) = self.did {
            out.plain("did", did);
        }
        if let Some(issued) = self.issued {
            out.plain("issued", issued);
        }
        if let Some(object) = self.object {
            out.plain("object", &object.to_string());
        }
        if let Some(outcome) = self.outcome {
            out.plain("outcome", outcome);
        }
        out.end()
    }
}

/// The members of an object on their way to JSON.
struct Members(Vec<u8>);

impl Members {
    fn begin(capacity: usize) -> Self {
        let mut out = Vec::with_capacity(capacity);
        out.push(b'{');
        Self(out)
    }

    fn name(&mut self, name: &'static str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.0.push(b'"');
        self.raw(name.as_bytes());
        self.raw(b"\":");
    }

    /// A text in which nothing is to be escaped.
    fn plain(&mut self, name: &'static str, text: &str) {
        self.name(name);
        self.0.push(b'"');
        self.raw(text.as_bytes());
        self.0.push(b'"');
    }

    fn text(&mut self, name: &'static str, text: &str) {
        self.name(name);
        // Invariant: writing to a Vec does not fail, and texts serialize.
        let _ = serde_json::to_writer(&mut self.0, text);
    }

    fn keys(&mut self, keys: &[(KeyId, Option<VersionNumber>)]) {
        let mut id = [0; 36];
        self.0.push(b'[');
        for (index, (key, version)) in keys.iter().enumerate() {
            self.raw(if index == 0 { br#"{"key":""# } else { br#",{"key":""# });
            self.raw(key.encode(&mut id).as_bytes());
            self.0.push(b'"');
            if let Some(version) = version {
                self.raw(br#","version":"#);
                self.raw(version.to_string().as_bytes());
            }
            self.0.push(b'}');
        }
        self.0.push(b']');
    }

    fn raw(&mut self, json: &[u8]) {
        self.0.extend_from_slice(json);
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }
}

/// RFC 3339 with six digits of fraction, so that records sort as text.
fn micro_time(time: Timestamp) -> String {
    let Some(civil) = time.to_civil().filter(|civil| civil.year() >= 0) else { return "invalid".to_owned() };
    let mut out = String::with_capacity(27);
    let mut digits = |number: u32, width: u32, behind: char| {
        for place in (0..width).rev() {
            // Invariant: a remainder of ten is a digit.
            out.push(char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0'));
        }
        out.push(behind);
    };
    digits(civil.year().unsigned_abs(), 4, '-');
    digits(u8::from(civil.month()).into(), 2, '-');
    digits(civil.day().into(), 2, 'T');
    digits(civil.hour().into(), 2, ':');
    digits(civil.minute().into(), 2, ':');
    digits(civil.second().into(), 2, '.');
    digits(civil.microsecond(), 6, 'Z');
    out
}

fn encode_params(params: &Params<'_>) -> Vec<u8> {
    // Invariant: strings, numbers and maps with string keys serialize.
    serde_json::to_vec(&ParamsTwin::from(params)).unwrap_or_default()
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
