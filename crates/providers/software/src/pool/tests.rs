use std::{cell::RefCell, pin::pin, sync::mpsc, task::Context, task::Poll, task::Waker};

use super::*;

/// One thread per lane and room for `queue` waiting jobs in each.
fn pool(queue: usize) -> Arc<Pool> {
    let config = Config {
        threads: NonZeroUsize::MIN,
        short_queue: queue,
        long_queue: queue,
        generation_queue: queue,
        niceness: 7,
    };
    Arc::new(Pool::start(config).unwrap())
}

/// Keeps the one thread of a lane busy until it is dropped; returns when the thread has begun.
struct Blocker {
    _release: mpsc::Sender<()>,
    task: tokio::task::JoinHandle<Result<(), ProviderError>>,
}

impl Blocker {
    async fn start(pool: &Arc<Pool>, lane: Lane) -> Self {
        let (release, released) = mpsc::channel::<()>();
        let (begun, begins) = oneshot::channel();
        let pool = Arc::clone(pool);
        let task = tokio::spawn(async move {
            pool.run(lane, move || {
                begun.send(()).unwrap();
                // Ends with an error when the blocker is dropped.
                let _ = released.recv();
                Ok(())
            })
            .await
        });
        begins.await.unwrap();
        Self { _release: release, task }
    }

    async fn finish(self) {
        let Self { _release: release, task } = self;
        drop(release);
        task.await.unwrap().unwrap();
    }
}

fn poll_once<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_full_queue_is_busy_and_recovers() {
    let pool = pool(1);
    let blocker = Blocker::start(&pool, Lane::Short).await;
    let mut waiting = pin!(pool.run(Lane::Short, || Ok(1)));
    assert!(poll_once(waiting.as_mut()).is_pending());
    assert!(matches!(pool.run(Lane::Short, || Ok(2)).await, Err(ProviderError::Busy)));
    blocker.finish().await;
    assert_eq!(waiting.await.unwrap(), 1);
    assert_eq!(pool.run(Lane::Short, || Ok(3)).await.unwrap(), 3);
}

#[tokio::test]
async fn lanes_do_not_wait_for_each_other() {
    let pool = pool(1);
    let long = Blocker::start(&pool, Lane::Long).await;
    let generation = Blocker::start(&pool, Lane::Generation).await;
    assert_eq!(pool.run(Lane::Short, || Ok(1)).await.unwrap(), 1);
    long.finish().await;
    assert_eq!(pool.run(Lane::Long, || Ok(2)).await.unwrap(), 2);
    generation.finish().await;
}

#[tokio::test]
async fn work_of_callers_who_left_is_dropped_and_not_run() {
    let pool = pool(1);
    let blocker = Blocker::start(&pool, Lane::Short).await;
    let (dropped, drops) = mpsc::channel::<()>();
    {
        let mut waiting = pin!(pool.run(Lane::Short, move || {
            dropped.send(()).unwrap();
            Ok(())
        }));
        assert!(poll_once(waiting.as_mut()).is_pending());
    }
    // Its place is free for another caller at once, and what it held is gone.
    let mut next = pin!(pool.run(Lane::Short, || Ok(2)));
    assert!(poll_once(next.as_mut()).is_pending());
    assert_eq!(drops.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    blocker.finish().await;
    assert_eq!(next.await.unwrap(), 2);
}

#[tokio::test]
async fn work_left_while_it_waits_is_skipped() {
    let pool = pool(8);
    let blocker = Blocker::start(&pool, Lane::Short).await;
    let (ran, runs) = mpsc::channel::<()>();
    {
        let mut waiting = pin!(pool.run(Lane::Short, move || {
            ran.send(()).unwrap();
            Ok(())
        }));
        assert!(poll_once(waiting.as_mut()).is_pending());
    }
    blocker.finish().await;
    pool.run(Lane::Short, || Ok(())).await.unwrap();
    assert_eq!(runs.try_recv(), Err(mpsc::TryRecvError::Disconnected));
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_thread_lives_on() {
    let pool = pool(1);
    let panics: Result<(), _> = pool.run(Lane::Long, || panic!("secret")).await;
    match panics {
        Err(ProviderError::Internal(text)) => assert!(!text.contains("secret"), "{text}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(pool.run(Lane::Long, || Ok(1)).await.unwrap(), 1);
}

#[tokio::test]
async fn threads_end_when_the_pool_is_dropped() {
    thread_local! {
        static ENDS: RefCell<Option<mpsc::Sender<()>>> = const { RefCell::new(None) };
    }
    let pool = pool(1);
    let ends: Vec<_> = [Lane::Short, Lane::Long, Lane::Generation]
        .map(|lane| {
            let (alive, end) = mpsc::channel();
            (lane, alive, end)
        })
        .into();
    let mut receivers = Vec::new();
    for (lane, alive, end) in ends {
        let keep = move || {
            ENDS.set(Some(alive));
            Ok(())
        };
        pool.run(lane, keep).await.unwrap();
        receivers.push(end);
    }
    drop(pool);
    for end in receivers {
        // The destructors of a thread's locals run when it ends.
        assert_eq!(end.recv(), Err(mpsc::RecvError));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn threads_have_a_lower_priority() {
    let niceness = || rustix::process::getpriority_process(None).map_err(|_| ProviderError::Busy);
    let own = niceness().unwrap();
    let pool = pool(1);
    for (lane, added) in [(Lane::Short, 7), (Lane::Long, 7), (Lane::Generation, 12)] {
        assert_eq!(pool.run(lane, niceness).await.unwrap(), (own + added).min(19), "{lane:?}");
    }
    assert_eq!(niceness().unwrap(), own);
}
