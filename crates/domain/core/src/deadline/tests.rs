use std::future::{pending, ready};

use super::*;

#[tokio::test]
async fn what_takes_longer_is_given_up() {
    let (long, short) = (Duration::from_secs(60), Duration::from_millis(5));
    assert_eq!(within(long, ready(1)).await.unwrap(), 1);
    assert_eq!(within(Duration::ZERO, ready(1)).await.unwrap(), 1);
    let slow = async {
        tokio::time::sleep(short).await;
        2
    };
    assert_eq!(within(long, slow).await.unwrap(), 2);
    assert!(within(short, pending::<()>()).await.is_err());
}
