use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use claviger_types::ProviderName;
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// What `/metrics` shows: calls by operation, front and outcome, and how long they took.
pub struct Metrics {
    registry: Registry,
    calls: Family<Call, Counter>,
    seconds: Family<Operation, Histogram>,
    /// Requests without a valid credential, by front and reason.
    refused: Family<Refusal, Counter>,
    /// The same since they were last taken, for the audit log.
    recently_refused: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    /// Calls being served.
    pub(crate) in_flight: Gauge,
    /// 1 for each provider that can be used, 0 for the others.
    usable: Family<ByProvider, Gauge>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByProvider {
    provider: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Call {
    operation: &'static str,
    front: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refusal {
    front: &'static str,
    reason: &'static str,
}

const BUCKETS: [f64; 14] =
    [50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 100e-3, 500e-3, 2.5, 10.0];

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut registry = Registry::with_prefix("claviger");
        let calls = Family::default();
        let seconds = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        let refused = Family::default();
        let in_flight = Gauge::default();
        let usable = Family::default();
        registry.register("provider_usable", "Whether a provider can be used", usable.clone());
        registry.register("calls", "Calls by operation, front and outcome", calls.clone());
        registry.register(
            "call_seconds",
            "Time from the decision to the answer, the audit record included",
            seconds.clone(),
        );
        registry.register("refused_requests", "Requests without a valid credential", refused.clone());
        registry.register("calls_in_flight", "Calls being served", in_flight.clone());
        Self { registry, calls, seconds, refused, recently_refused: Mutex::default(), in_flight, usable }
    }

    pub(crate) fn record(
        &self,
        operation: &'static str,
        front: &'static str,
        outcome: &'static str,
        took: Duration,
    ) {
        self.calls.get_or_create(&Call { operation, front, outcome }).inc();
        self.seconds.get_or_create(&Operation { operation }).observe(took.as_secs_f64());
    }

    pub(crate) fn provider(&self, name: &ProviderName, is_usable: bool) {
        self.usable.get_or_create(&ByProvider { provider: name.to_string() }).set(is_usable.into());
    }

    pub(crate) fn refused(&self, front: &'static str, reason: &'static str) {
        self.refused.get_or_create(&Refusal { front, reason }).inc();
        let mut recently = self.recently_refused.lock().unwrap_or_else(PoisonError::into_inner);
        *recently.entry((front, reason)).or_default() += 1;
    }

    /// Requests without a valid credential since the last time that this was asked, by front and reason.
    pub fn take_refused(&self) -> BTreeMap<(&'static str, &'static str), u64> {
        std::mem::take(&mut *self.recently_refused.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// How many calls are being served.
    pub fn in_flight(&self) -> i64 {
        self.in_flight.get()
    }

    /// The Prometheus text format (OpenMetrics 1.0).
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Invariant: writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
