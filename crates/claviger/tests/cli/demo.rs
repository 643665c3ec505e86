use std::collections::BTreeSet;

use crate::service::Service;

fn records(told: &str) -> Vec<&str> {
    let (_, records) = told.split_once("The audit log has both signatures of that handshake:\n").unwrap();
    records.split("\nrecord ").skip(1).collect()
}

/// The value of each line that begins with `name`.
fn values<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.trim_start().strip_prefix(name)).map(str::trim).collect()
}

#[test]
fn a_server_and_a_client_prove_themselves_with_keys_of_the_service() {
    let service = Service::start();
    let mut principals = BTreeSet::new();
    // The second run finds what the first one left, and does not mind.
    for _ in 0..2 {
        let told = service.ok(&["demo", "mtls"]);
        assert!(
            told.contains(" over TLSv1_3 says:\n  Hello CN=mtls-demo-") && told.contains("-client."),
            "{told}"
        );
        assert_eq!(told.matches("(Denied, request ").count(), 2, "{told}");
        let records = records(&told);
        assert_eq!(records.len(), 2, "{told}");
        for (record, role) in records.iter().zip(["-server", "-client"]) {
            assert_eq!(values(record, "operation"), ["Sign"]);
            assert_eq!(values(record, "outcome"), ["Ok"]);
            let caller = values(record, "caller")[0];
            assert!(caller.ends_with(role), "{caller}");
            principals.insert(caller.to_owned());
            // What is shown is what the log says.
            let seq = record.lines().next().unwrap();
            let logged = service.json(&["audit", "query", "--from", seq, "--limit", "1"]);
            assert_eq!(logged[0]["hash"], values(record, "hash")[0]);
            assert_eq!(logged[0]["keys"][0]["key"], values(record, "key")[0]);
        }
        // What it says to clean up with are commands that do.
        let commands: Vec<_> = values(&told, "claviger ");
        assert_eq!(commands.len(), 9, "{told}");
        for command in commands {
            let (command, _) = command.split_once(" --data ").unwrap();
            service.ok(&command.split(' ').collect::<Vec<_>>());
        }
    }
    assert_eq!(principals.len(), 4);
}

#[test]
fn what_the_demonstration_needs_is_told() {
    let service = Service::start();
    service.refused(&["demo", "mtls", "--listen", "0.0.0.0:0"], 2, &["loopback only"]);
    service.refused(&["demo", "mtls", "--ca", "nobody"], 1, &["the certificate authority nobody"]);
    let home = service.stop();
    let nowhere = home.path().join("nowhere");
    let arguments = ["demo", "mtls", "--data", nowhere.to_str().unwrap()];
    crate::service::check_refused(&crate::service::run(&arguments, b""), &arguments, 1, &["claviger dev"]);
}
