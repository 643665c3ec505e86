//! The scenarios of fronts, run by a driver of each over one service.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what is wrong by panicking"
)]

mod aws;
mod gokms;
mod google;
mod http_client;
mod native;
mod scenarios;

use claviger_testkit::TestService;

use crate::scenarios::FrontDriver;

#[tokio::test]
async fn aws() {
    let t = TestService::new().await;
    scenarios::run(&t, &aws::Driver::new(&t).await).await;
}

#[tokio::test]
async fn gokms() {
    let t = TestService::new().await;
    scenarios::run(&t, &gokms::Driver::new(&t).await).await;
}

#[tokio::test]
async fn google() {
    let t = TestService::new().await;
    scenarios::run(&t, &google::Driver::new(&t).await).await;
}

#[tokio::test]
async fn native() {
    let t = TestService::new().await;
    scenarios::run(&t, &native::Driver::new(&t)).await;
}

#[tokio::test]
async fn one_key_many_fronts() {
    let t = TestService::new().await;
    let (aws, gokms) = (aws::Driver::new(&t).await, gokms::Driver::new(&t).await);
    let (google, native) = (google::Driver::new(&t).await, native::Driver::new(&t));
    let fronts: [&dyn FrontDriver; 4] = [&aws, &gokms, &google, &native];
    scenarios::one_key_many_fronts(&t, &fronts).await;
}
