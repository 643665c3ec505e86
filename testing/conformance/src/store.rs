//! The contract of [`claviger_ports::Store`].

mod batches;
mod certificates;
mod credentials;
mod grants;
mod keys;
mod names;
mod objects;
mod outcomes;
mod persistence;
mod principals;
mod providers;
mod rings;
mod samples;
mod schedule;
mod secrets;
mod versions;

use std::pin::Pin;

use async_trait::async_trait;
use claviger_ports::Store;

/// How the suite gets at the stores of one adapter.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The adapter.
    type Store: Store;

    /// Opens the store that is called `name`: empty the first time, with what is in it from then on.
    async fn open(&self, name: &str) -> Self::Store;

    /// Closes a store, so that it can be opened again at once.
    async fn close(&self, store: Self::Store);
}

/// Runs every case, each on a store of its own.
///
/// # Panics
/// If the adapter breaks the contract; the case is named on the standard error stream.
pub async fn run(harness: &impl Harness) {
    for (name, case) in CASES {
        eprintln!("store contract: {name}");
        let store = harness.open(name).await;
        case(&store).await;
        store.health().await.expect("a store is well after every case");
        harness.close(store).await;
    }
    eprintln!("store contract: persistence");
    persistence::run(harness).await;
}

type Case = fn(&dyn Store) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;

macro_rules! cases {
    ($($module:ident :: $case:ident),* $(,)?) => {
        &[$((concat!(stringify!($module), "-", stringify!($case)), |store| Box::pin($module::$case(store)))),*]
    };
}

const CASES: &[(&str, Case)] = cases![
    keys::projects_are_unique,
    keys::a_key_comes_back_whole,
    keys::every_enumeration_comes_back,
    keys::revisions_are_compared,
    keys::changes_replace_the_whole_record,
    keys::parents_must_exist,
    keys::listing_pages_by_id,
    keys::destroyed_keys_are_listed_apart,
    keys::policies_do_not_mix,
    keys::large_and_foreign_texts,
    versions::versions_come_by_number,
    versions::a_version_is_replaced,
    versions::every_state_comes_back,
    names::names_are_unique_in_a_project,
    names::names_move,
    names::names_are_deleted,
    names::namespaces_are_apart,
    names::aliases_page_by_name,
    grants::a_grant_comes_back_whole,
    grants::conflicts,
    grants::of_a_key_by_id,
    grants::retirable_pages_by_id,
    providers::an_identity_comes_back,
    providers::what_is_being_made_is_known,
    providers::a_version_is_stored_only_while_its_key_is_announced,
    providers::keys_in_a_device_are_known,
    providers::what_was_taken_over_is_known,
    providers::messages_are_counted_once,
    rings::a_ring_comes_back,
    rings::rings_page_by_name,
    rings::a_name_is_given_once,
    rings::keys_page_by_name_then_by_id,
    rings::import_jobs_of_a_ring,
    principals::a_principal_comes_back,
    principals::names_are_unique_in_a_project,
    principals::revisions_are_compared,
    principals::policies,
    certificates::an_authority_comes_back_whole,
    certificates::authorities_conflict,
    certificates::authorities_page_by_name,
    certificates::certificates_come_back,
    certificates::a_certificate_is_revoked_once,
    certificates::revocation_lists_only_advance,
    objects::an_object_comes_back_whole,
    objects::every_kind_and_state_comes_back,
    objects::revisions_are_compared,
    objects::labels_are_replaced,
    objects::listing_filters_and_pages_by_id,
    objects::kept_values_are_counted,
    objects::dates_are_due,
    objects::values_are_resealed,
    objects::policies_are_kept_as_long_as_they_are_used,
    objects::a_version_is_restricted_once,
    credentials::every_kind_comes_back,
    credentials::conflicts,
    credentials::revocation_happens_once,
    schedule::deletions_are_due,
    schedule::rotations_are_due,
    schedule::what_has_ended_is_not_rotated,
    schedule::expiries_are_due,
    schedule::destructions_of_versions_are_due,
    schedule::the_limit_takes_the_oldest,
    secrets::import_jobs,
    secrets::installation_secrets,
    secrets::sealed_before_finds_every_place,
    secrets::reseal_compares_and_swaps,
    outcomes::life_cycle,
    outcomes::what_was_done_elsewhere_is_remembered,
    outcomes::one_call_many_batches,
    outcomes::forgetting_leaves_nothing,
    batches::a_conflict_undoes_everything,
    batches::changes_are_made_in_order,
    batches::conflicting_neighbours_do_not_matter,
    batches::exactly_one_of_many_wins,
    batches::large_batches,
    batches::reads_see_acknowledged_writes,
    batches::a_copy_is_complete_while_others_write,
];
