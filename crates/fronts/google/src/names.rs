//! Resource names ⇄ ours: `projects/*/locations/*/keyRings/*/cryptoKeys/*/cryptoKeyVersions/*`.
//!
//! A project is its account number, and there is one location: the region of the installation.

use std::fmt;

use claviger_core::{Error, KeyRef, KeyRefName, Reason, Result};
use claviger_types::{AccountId, ImportJobName, Key, KeyRingName, Region, RingKeyName, VersionNumber};

/// Reads names as they are in one region.
#[derive(Clone, Copy)]
pub(crate) struct Names<'a> {
    pub(crate) region: &'a Region,
}

/// `projects/*/locations/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocationPath {
    pub(crate) account: AccountId,
    pub(crate) region: Region,
}

/// `…/keyRings/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RingPath {
    pub(crate) location: LocationPath,
    pub(crate) ring: KeyRingName,
}

/// `…/keyRings/*/cryptoKeys/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyPath {
    pub(crate) ring: RingPath,
    pub(crate) key: RingKeyName,
}

/// `…/cryptoKeys/*/cryptoKeyVersions/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct VersionPath {
    pub(crate) key: KeyPath,
    pub(crate) version: VersionNumber,
}

/// `…/keyRings/*/importJobs/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JobPath {
    pub(crate) ring: RingPath,
    pub(crate) job: ImportJobName,
}

/// What can have a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resource {
    Ring(RingPath),
    Key(KeyPath),
    Job(JobPath),
}

impl Names<'_> {
    /// `projects/*`.
    pub(crate) fn project(self, text: &str) -> Result<AccountId> {
        match *text.split('/').collect::<Vec<_>>() {
            ["projects", project] => account(project),
            _ => Err(malformed(text, "projects/*")),
        }
    }

    /// `projects/*/locations/*`.
    pub(crate) fn location(self, text: &str) -> Result<LocationPath> {
        match *text.split('/').collect::<Vec<_>>() {
            ["projects", project, "locations", location] => self.place(project, location),
            _ => Err(malformed(text, "projects/*/locations/*")),
        }
    }

    /// `projects/*/locations/*/keyRings/*`.
    pub(crate) fn ring(self, text: &str) -> Result<RingPath> {
        let form = "projects/*/locations/*/keyRings/*";
        match *text.split('/').collect::<Vec<_>>() {
            ["projects", project, "locations", location, "keyRings", ring] => {
                let ring = ring.parse().map_err(|_| malformed(text, form))?;
                Ok(RingPath { location: self.place(project, location)?, ring })
            }
            _ => Err(malformed(text, form)),
        }
    }

    /// `projects/*/locations/*/keyRings/*/cryptoKeys/*`.
    pub(crate) fn key(self, text: &str) -> Result<KeyPath> {
        let malformed = || malformed(text, "projects/*/locations/*/keyRings/*/cryptoKeys/*");
        let (ring, key) = text.rsplit_once("/cryptoKeys/").ok_or_else(malformed)?;
        let key = key.parse().map_err(|_| malformed())?;
        Ok(KeyPath { ring: self.ring(ring).map_err(|error| relabelled(error, malformed))?, key })
    }

    /// `projects/*/locations/*/keyRings/*/cryptoKeys/*/cryptoKeyVersions/*`.
    pub(crate) fn version(self, text: &str) -> Result<VersionPath> {
        let malformed =
            || malformed(text, "projects/*/locations/*/keyRings/*/cryptoKeys/*/cryptoKeyVersions/*");
        let (key, number) = text.rsplit_once("/cryptoKeyVersions/").ok_or_else(malformed)?;
        let version = version_number(number).ok_or_else(malformed)?;
        Ok(VersionPath { key: self.key(key).map_err(|error| relabelled(error, malformed))?, version })
    }

    /// A key, or one of its versions.
    pub(crate) fn key_or_version(self, text: &str) -> Result<(KeyPath, Option<VersionNumber>)> {
        if text.contains("/cryptoKeyVersions/") {
            let VersionPath { key, version } = self.version(text)?;
            return Ok((key, Some(version)));
        }
        Ok((self.key(text)?, None))
    }

    /// `projects/*/locations/*/keyRings/*/importJobs/*`.
    pub(crate) fn job(self, text: &str) -> Result<JobPath> {
        let malformed = || malformed(text, "projects/*/locations/*/keyRings/*/importJobs/*");
        let (ring, job) = text.rsplit_once("/importJobs/").ok_or_else(malformed)?;
        let job = job.parse().map_err(|_| malformed())?;
        Ok(JobPath { ring: self.ring(ring).map_err(|error| relabelled(error, malformed))?, job })
    }

    /// A key ring, key or import job.
    pub(crate) fn resource(self, text: &str) -> Result<Resource> {
        if text.contains("/cryptoKeys/") {
            return self.key(text).map(Resource::Key);
        }
        if text.contains("/importJobs/") {
            return self.job(text).map(Resource::Job);
        }
        self.ring(text).map(Resource::Ring)
    }

    fn place(self, project: &str, location: &str) -> Result<LocationPath> {
        let account = account(project)?;
        if location != self.region.as_str() {
            let text = format!("Location 'projects/{account}/locations/{location}' was not found.");
            return Err(Error::new(Reason::NotFound, text));
        }
        Ok(LocationPath { account, region: self.region.clone() })
    }
}

impl RingPath {
    /// The ring, if it is of the caller's own project: the others' are not shown to him, nor whether they exist.
    pub(crate) fn own(&self, caller: AccountId) -> Result<KeyRingName> {
        self.location.own(caller).map(|()| self.ring.clone())
    }

    /// The name of a key in it.
    pub(crate) fn key(&self, key: RingKeyName) -> KeyPath {
        KeyPath { ring: self.clone(), key }
    }
}

impl LocationPath {
    /// As [`RingPath::own`].
    pub(crate) fn own(&self, caller: AccountId) -> Result<()> {
        match self.account == caller {
            true => Ok(()),
            false => Err(Error::new(Reason::Denied, format!("Permission denied on resource '{self}'."))),
        }
    }

    /// The name of a key by its record.
    pub(crate) fn key_path(&self, key: &Key) -> Result<KeyPath> {
        let name = match &key.place.name {
            Some(name) => name.clone(),
            // The key was made through another protocol: its id is its name.
            None => key.id.to_string().parse().map_err(Error::internal)?,
        };
        let location = Self { account: key.project, region: self.region.clone() };
        Ok(KeyPath { ring: RingPath { location, ring: key.place.ring.clone() }, key: name })
    }
}

impl KeyPath {
    pub(crate) fn key_ref(&self) -> KeyRef {
        let name = KeyRefName::Ring(self.ring.ring.clone(), self.key.clone());
        KeyRef { account: Some(self.ring.location.account), name }
    }

    /// The name of one of its versions.
    pub(crate) fn version(&self, version: VersionNumber) -> VersionPath {
        VersionPath { key: self.clone(), version }
    }
}

impl fmt::Display for LocationPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "projects/{}/locations/{}", self.account, self.region)
    }
}

impl fmt::Display for RingPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/keyRings/{}", self.location, self.ring)
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeys/{}", self.ring, self.key)
    }
}

impl fmt::Display for VersionPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/cryptoKeyVersions/{}", self.key, self.version)
    }
}

impl fmt::Display for JobPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/importJobs/{}", self.ring, self.job)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ring(path) => path.fmt(f),
            Self::Key(path) => path.fmt(f),
            Self::Job(path) => path.fmt(f),
        }
    }
}

/// Numbers have one form.
pub(crate) fn version_number(text: &str) -> Option<VersionNumber> {
    let number = text.parse().ok().and_then(VersionNumber::new)?;
    (number.to_string() == text).then_some(number)
}

/// The id of something that is made.
pub(crate) fn new_id<T: std::str::FromStr>(text: &str, field: &str) -> Result<T> {
    text.parse().map_err(|_| Error::invalid(format!("The {field} must match [a-zA-Z0-9_-]{{1,63}}.")))
}

fn account(project: &str) -> Result<AccountId> {
    project.parse().map_err(|_| {
        Error::invalid(format!(
            "'{project}' is not a project of this service: those are numbers of 12 digits."
        ))
    })
}

fn malformed(text: &str, form: &str) -> Error {
    Error::invalid(format!("The resource name '{text}' must match '{form}'."))
}

/// A malformed part is a malformed whole; what is well-formed but not here stays that.
fn relabelled(error: Error, malformed: impl Fn() -> Error) -> Error {
    match error.public().starts_with("The resource name") {
        true => malformed(),
        false => error,
    }
}

#[cfg(test)]
mod tests;
