use std::time::Duration;

use claviger_client::{Call, Client, Error, ErrorKind};
use http::Method;
use serde_json::Value;

use crate::scripted::{Reply, Scripted};

const OK: Reply = Reply::Answer(200, "", "{}");
const THROTTLED: Reply = Reply::Answer(
    429,
    "retry-after: 0\r\n",
    r#"{"type":"about:blank","title":"","status":429,"detail":"Slow.","kind":"limit-exceeded","reason":"Throttled","request_id":"1"}"#,
);
const UNAVAILABLE: Reply = Reply::Answer(
    503,
    "retry-after: 0\r\n",
    r#"{"type":"about:blank","title":"","status":503,"detail":"No.","kind":"unavailable","reason":"Unavailable","request_id":"1"}"#,
);

async fn using(client: &Client) -> Result<Value, Error> {
    client.call(Call::using(&["random"])).await
}

async fn change(client: &Client) -> Result<Value, Error> {
    client.call(Call::change(Method::POST, &["keys"])).await
}

/// How often a use and a change are sent, and what comes of them.
async fn check(
    replies: fn() -> Vec<Reply>,
    used: (usize, Result<(), ErrorKind>),
    changed: (usize, Result<(), ErrorKind>),
) {
    let server = Scripted::start(replies());
    let outcome = using(&server.client().build().unwrap()).await;
    assert_eq!((server.seen().0, outcome.map(drop).map_err(|error| error.kind())), used, "a use");
    let server = Scripted::start(replies());
    let outcome = change(&server.client().build().unwrap()).await;
    assert_eq!((server.seen().0, outcome.map(drop).map_err(|error| error.kind())), changed, "a change");
}

#[tokio::test]
async fn only_what_is_safe_is_sent_again() {
    check(|| vec![OK], (1, Ok(())), (1, Ok(()))).await;
    check(|| vec![THROTTLED, THROTTLED, OK], (3, Ok(())), (3, Ok(()))).await;
    check(|| vec![UNAVAILABLE, OK], (2, Ok(())), (1, Err(ErrorKind::Unavailable))).await;
    check(|| vec![Reply::Close, OK], (2, Ok(())), (1, Err(ErrorKind::Interrupted))).await;
    let not_ours = || vec![Reply::Answer(502, "", "<html>"), OK];
    check(not_ours, (1, Err(ErrorKind::Misunderstood)), (1, Err(ErrorKind::Misunderstood))).await;
    let no_json = || vec![Reply::Answer(200, "", "{"), OK];
    check(no_json, (1, Err(ErrorKind::Misunderstood)), (1, Err(ErrorKind::Misunderstood))).await;
}

#[tokio::test]
async fn retries_are_bounded() {
    let server = Scripted::start((0..9).map(|_| THROTTLED).collect());
    let error = using(&server.client().retries(2).build().unwrap()).await.unwrap_err();
    assert_eq!((error.kind(), server.seen().0), (ErrorKind::LimitExceeded, 3));
}

#[tokio::test]
async fn nobody_waits_longer_than_the_deadline() {
    let later = Reply::Answer(503, "retry-after: 3600\r\n", "{}");
    let server = Scripted::start(vec![later]);
    let client = server.client().build().unwrap();
    assert_eq!(using(&client).await.unwrap_err().kind(), ErrorKind::Misunderstood, "at once");
    let client = client.with_deadline(Duration::from_millis(50));
    assert_eq!(using(&client).await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn a_service_that_is_not_there_is_told() {
    let client = Client::unix("/nonexistent/socket").retries(1).build().unwrap();
    assert_eq!(change(&client).await.unwrap_err().kind(), ErrorKind::Unreachable);
}

#[tokio::test]
async fn connections_are_used_again() {
    let server = Scripted::start((0..10).map(|_| OK).collect());
    let client = server.client().build().unwrap();
    for _ in 0..10 {
        change(&client).await.unwrap();
    }
    assert_eq!(server.seen(), (10, 1));
}

#[tokio::test]
async fn connections_that_the_other_side_closed_are_not() {
    let server = Scripted::start(vec![Reply::AnswerAndClose("{}"), OK]);
    let client = server.client().build().unwrap();
    change(&client).await.unwrap();
    // What came from the other side must be seen before the next call.
    tokio::time::sleep(Duration::from_millis(50)).await;
    change(&client).await.unwrap();
    assert_eq!(server.seen(), (2, 2));
}

#[tokio::test]
async fn more_calls_than_connections_wait() {
    let server = Scripted::start((0..20).map(|_| OK).collect());
    let client = server.client().connections(2).build().unwrap();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { using(&client).await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert!(server.seen().1 <= 2, "{:?}", server.seen());
}

/// A connection belongs to the runtime that made it: another one gets its own.
#[test]
fn a_client_is_used_from_several_runtimes() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (home, first, second) = (runtime(), runtime(), runtime());
    let server = home.block_on(async { Scripted::start((0..3).map(|_| OK).collect()) });
    let client = server.client().build().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let home = std::thread::spawn(move || home.block_on(stopped));
    first.block_on(using(&client)).unwrap();
    second.block_on(using(&client)).unwrap();
    drop(first);
    second.block_on(using(&client)).unwrap();
    assert_eq!(server.seen(), (3, 2));
    drop(stop);
    let _ = home.join().unwrap();
}
