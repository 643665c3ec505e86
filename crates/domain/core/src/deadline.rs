use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

/// The time is up.
#[derive(Debug)]
pub struct Elapsed;

/// Does `work`, and waits for it no longer than `limit`, from when it first has to wait. A timer is made only then, and most calls never
/// do. Work that waits is polled twice at first.
///
/// # Errors
/// [`Elapsed`], and the work is dropped.
pub async fn within<F: Future>(limit: Duration, work: F) -> Result<F::Output, Elapsed> {
    let mut work = pin!(work);
    let done_at_once = poll_fn(|cx| {
        Poll::Ready(match work.as_mut().poll(cx) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        })
    });
    match done_at_once.await {
        Some(output) => Ok(output),
        None => tokio::time::timeout(limit, work).await.map_err(|_| Elapsed),
    }
}

#[cfg(test)]
mod tests;
