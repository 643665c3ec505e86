use std::num::NonZeroUsize;

use claviger_ports::ProviderError;
use tokio::sync::Semaphore;

/// Leave to compute what takes longer than a symmetric operation: as many at once as there are processors.
pub struct Computing(Semaphore);

impl Computing {
    /// Nothing is being computed.
    pub fn new() -> Self {
        Self(Semaphore::new(std::thread::available_parallelism().map_or(1, NonZeroUsize::get)))
    }

    /// Does it on a thread that nobody else waits for.
    ///
    /// # Errors
    /// Those of `work`.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, ProviderError> {
        let failed = |text: &str| ProviderError::Internal(text.to_owned());
        let _turn = self.0.acquire().await.map_err(|_| failed("the provider has been stopped"))?;
        tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(failed("a computation panicked")))
    }
}

impl Default for Computing {
    fn default() -> Self {
        Self::new()
    }
}
