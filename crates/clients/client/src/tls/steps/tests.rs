use std::{
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Waker},
    thread::{self, ThreadId},
};

use super::SigningThreads;
use crate::{Client, ErrorKind, SigningOptions, tls::threads::note_signature};

fn threads() -> SigningThreads {
    let client = Client::unix("/nonexistent").build().unwrap();
    SigningThreads::start(&client, SigningOptions::default()).unwrap()
}

/// Notes on which threads it is polled. Wakes itself while it is polled as often as it says.
struct Polled {
    wakes: usize,
    signs_at: usize,
    places: Vec<ThreadId>,
}

impl Future for Polled {
    type Output = Vec<ThreadId>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.places.push(thread::current().id());
        if self.places.len() == self.signs_at {
            note_signature();
        }
        if self.places.len() > self.wakes {
            return Poll::Ready(std::mem::take(&mut self.places));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

#[tokio::test]
async fn what_has_not_signed_is_polled_elsewhere() {
    let polled = Polled { wakes: 100, signs_at: 0, places: Vec::new() };
    let places = threads().drive(polled).await.unwrap();
    assert_eq!(places.len(), 101);
    assert!(!places.contains(&thread::current().id()));
}

#[tokio::test]
async fn what_has_signed_is_polled_here() {
    let polled = Polled { wakes: 10, signs_at: 3, places: Vec::new() };
    let places = threads().drive(polled).await.unwrap();
    let is_here: Vec<_> = places.iter().map(|place| *place == thread::current().id()).collect();
    assert_eq!(is_here, [vec![false; 3], vec![true; 8]].concat());
}

/// Wakes that come while the future is on its way are not lost: another thread wakes it again and again, and it is done
/// when it has been polled often enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_wake_is_lost() {
    struct Woken(Arc<Mutex<Option<Waker>>>, usize);

    impl Future for Woken {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            self.1 += 1;
            *self.0.lock().unwrap() = Some(cx.waker().clone());
            if self.1 == 1000 { Poll::Ready(()) } else { Poll::Pending }
        }
    }

    let (waker, done) = (Arc::<Mutex<Option<Waker>>>::default(), Arc::new(AtomicBool::new(false)));
    let (theirs, until) = (waker.clone(), done.clone());
    let waking = thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            // Each waker once: a lost wake is one that nobody repeats.
            let waker = theirs.lock().unwrap().take();
            waker.map_or_else(thread::yield_now, Waker::wake);
        }
    });
    threads().drive(Woken(waker, 0)).await.unwrap();
    done.store(true, Ordering::Relaxed);
    waking.join().unwrap();
}

#[tokio::test]
async fn a_panic_ends_one_handshake() {
    let threads = threads();
    let error = threads.drive(async { panic!("on purpose") }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Internal);
    threads.drive(async {}).await.unwrap();
}
