use std::{path::PathBuf, sync::Arc, time::Duration};

use rustls::{
    pki_types::{CertificateDer, pem::PemObject},
    sign::CertifiedKey,
};
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::{CertificateSlot, RemoteSigner, SigningThreads};
use crate::{Error, ErrorKind};

/// A certificate chain in a PEM file, whose key is in the service.
///
/// To renew a certificate, replace the file; to change the key too, give its alias to the new key first. A file of which
/// only a part is there yet, or whose certificate is not of the key, is looked at again later.
pub struct CertificateFile {
    path: PathBuf,
    key: String,
    threads: SigningThreads,
    loaded: Vec<u8>,
}

impl CertificateFile {
    /// The chain in the file at `path`, whose key is called `key` (id, ARN, or `alias/` and an alias).
    pub fn new(threads: &SigningThreads, path: impl Into<PathBuf>, key: &str) -> Self {
        Self { path: path.into(), key: key.to_owned(), threads: threads.clone(), loaded: Vec::new() }
    }

    /// The certificate with its key, if the file is not as it was when this was last asked.
    ///
    /// # Errors
    /// If the file cannot be read, holds no certificate, or one of another key; what the service says of the key.
    pub async fn load(&mut self) -> Result<Option<CertifiedKey>, Error> {
        let failed = || format!("{} can't be read as certificates in PEM", self.path.display());
        let content = tokio::fs::read(&self.path).await.map_err(Error::at(ErrorKind::Invalid, failed()))?;
        if content == self.loaded {
            return Ok(None);
        }
        let chain = CertificateDer::pem_slice_iter(&content)
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::at(ErrorKind::Invalid, failed()))?;
        let certified = RemoteSigner::open(&self.threads, &self.key).await?.certified(chain)?;
        self.loaded = content;
        Ok(Some(certified))
    }

    /// A slot with what is in the file now.
    ///
    /// # Errors
    /// As `load`.
    pub async fn open(&mut self) -> Result<Arc<CertificateSlot>, Error> {
        self.loaded.clear();
        match self.load().await? {
            Some(certified) => Ok(CertificateSlot::new(certified)),
            None => Err(Error::new(ErrorKind::Invalid, format!("{} is empty", self.path.display()))),
        }
    }

    /// Looks at the file every `period`, for as long as the future is polled, and puts what is new into `slot`.
    pub async fn watch(mut self, slot: Arc<CertificateSlot>, period: Duration) {
        let mut ticks = ticks(period);
        loop {
            ticks.tick().await;
            slot.renew(self.load().await);
        }
    }
}

impl CertificateSlot {
    /// Asks `load` every `period`, for as long as the future is polled, and keeps what it gives. When it fails, the
    /// certificate stays, and the log says why.
    pub async fn refresh<L>(&self, period: Duration, mut load: impl FnMut() -> L)
    where
        L: Future<Output = Result<Option<CertifiedKey>, Error>>,
    {
        let mut ticks = ticks(period);
        loop {
            ticks.tick().await;
            self.renew(load().await);
        }
    }

    fn renew(&self, loaded: Result<Option<CertifiedKey>, Error>) {
        match loaded {
            Ok(Some(certified)) => self.replace(certified),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the certificate is not renewed"),
        }
    }
}

fn ticks(period: Duration) -> Interval {
    let mut ticks = interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
