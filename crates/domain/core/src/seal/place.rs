use claviger_ports::SealedPlace;
use claviger_types::RootKeyGeneration;

use super::canonical::Canonical;

/// The associated data of a sealed secret: format version, root key generation, table, row, column.
///
/// One-to-one: the table decides how many fields follow, and each field is preceded by its length.
pub(super) fn associated_data(place: &SealedPlace, generation: RootKeyGeneration) -> Vec<u8> {
    let start = Canonical::new("claviger sealed secret v1").number(generation.0);
    let whole = match place {
        SealedPlace::VersionHandle(key, version) => {
            start.text("key_version").bytes(key.as_bytes()).number(version.get()).text("handle")
        }
        SealedPlace::ImportJobKey(job) => start.text("import_job").bytes(job.as_bytes()).text("private_key"),
        SealedPlace::CredentialSecret(id) => start.text("credential").text(id.as_str()).text("secret"),
        SealedPlace::ObjectValue(id) => start.text("managed_object").bytes(id.as_bytes()).text("value"),
        SealedPlace::Installation(name) => start.text("installation_secret").text(name).text("value"),
    };
    whole.finish()
}
