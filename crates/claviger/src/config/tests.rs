use std::time::Duration;

use claviger_types::AuditMode;

use super::{Config, LogFormat, Unlock, units};

#[test]
fn the_example_is_valid_and_shows_the_defaults() {
    let example = include_str!("../../../../docs/claviger.toml");
    let shown = format!("{:?}", Config::parse(example).unwrap());
    // Every key that is commented out is valid as well.
    let all: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(key) if !key.starts_with([' ', '#']) && !key.is_empty() => format!("{key}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    Config::parse(&all).unwrap_or_else(|error| panic!("{error}\n{all}"));
    let minimal = Config::parse(
        r#"
        data = "/var/lib/claviger"
        listen.https = "0.0.0.0:7443"
        tls = { certificate = "/etc/claviger/server.pem", key = "/etc/claviger/server.key" }
        unlock = [{ from = "credential", name = "claviger-passphrase" }]
        "#,
    );
    assert_eq!(shown, format!("{:?}", minimal.unwrap()));
}

#[test]
fn what_is_left_out_has_good_values() {
    let config = Config::parse("data = 'd'").unwrap();
    assert_eq!(config.audit.mode, AuditMode::Durable);
    assert_eq!(config.log.format, LogFormat::Text);
    assert_eq!(config.limits.deadline, Duration::from_secs(30));
    assert!(config.audit.retain.is_none() && config.gokms.is_none() && config.listen.https.is_none());
    assert!(config.listen.socket.is_some_and(|socket| socket.mode == 0o600 && socket.path.is_none()));
}

#[test]
fn keyslots_are_opened_by_what_is_named() {
    #[track_caller]
    fn check(source: &str, expected: Unlock) {
        let config = Config::parse(&format!("data = 'd'\nunlock = [{source}]")).unwrap();
        assert_eq!(config.unlock, [expected]);
    }
    check("{ from = 'passphrase-file', path = 'p' }", Unlock::PassphraseFile("p".into()));
    check("{ from = 'passphrase-fd', fd = 3 }", Unlock::PassphraseFd(3));
    check("{ from = 'credential', name = 'n' }", Unlock::Credential("n".to_owned()));
    check("{ from = 'key-file', path = 'k' }", Unlock::KeyFile("k".into()));
    check("{ from = 'prompt' }", Unlock::Prompt);
    let token = "kind = 'pkcs11', name = 'hsm', module = '/m', token = 'pkcs11:', pin = { from = 'none' }";
    let config =
        format!("data = 'd'\nunlock = [{{ from = 'provider', name = 'hsm' }}]\nproviders = [{{ {token} }}]");
    assert_eq!(Config::parse(&config).unwrap().unlock, [Unlock::Provider("hsm".parse().unwrap())]);
}

#[test]
fn what_is_wrong_is_named() {
    #[track_caller]
    fn check(line: &str, expected: &str) {
        let message = Config::parse(&format!("data = 'd'\n{line}")).unwrap_err().to_string();
        assert!(message.contains(expected), "{line}: {message}");
    }
    check("daat = 'x'", "unknown field `daat`");
    check("listen.htps = 'x'", "unknown field `htps`");
    check("listen.socket.x = 1", "unknown field `x`");
    check("tls = { certificate = 'c', key = 'k', password = 'x' }", "unknown field `password`");
    check("tls = { certificate = 'c' }", "missing field `key`");
    check("audit.x = 1", "unknown field `x`");
    check("limits.x = 1", "unknown field `x`");
    check("caches.x = 1", "unknown field `x`");
    check("gokms = { credential = 'c', x = 1 }", "unknown field `x`");
    check("gokms = {}", "missing field `credential`");
    check("log.x = 1", "unknown field `x`");
    check("threads.x = 1", "unknown field `x`");
    check("unlock = [{ from = 'provider', name = 'hsm' }]", "there is no provider \"hsm\"");
    check("unlock = [{ from = 'prompt', x = 1 }]", "unknown field `x`");
    check("unlock = [{ from = 'passphrase', value = 'secret' }]", "unknown variant `passphrase`");
    check("region = 'US East'", "region");
    check("account = '12345'", "account");
    check("listen.https = 'localhost'", "listen.https");
    check("listen.insecure_http = '0.0.0.0:80'", "not a loopback address");
    check("listen.insecure_http = '[::]:80'", "not a loopback address");
    check("listen.socket.mode = 'rw'", "listen.socket.mode");
    check("listen.socket.mode = '1777'", "listen.socket.mode");
    check("audit.mode = 'fast'", "unknown variant `fast`");
    check("audit.segment_size = '1KiB'", "audit.segment_size");
    check("audit.keep_for = 'forever'", "audit.keep_for");
    check("audit.keep_segments = 0", "keep_segments");
    check("audit.checkpoint_interval = '0s'", "audit.checkpoint_interval");
    check("audit.checkpoint_records = 0", "audit.checkpoint_records");
    check("limits.body = '1'", "limits.body");
    check("limits.header = '1KiB'", "limits.header");
    check("limits.deadline = '10m'", "limits.deadline");
    check("limits.deadline = '30'", "limits.deadline");
    check("limits.connections = 0", "connections");
    check("limits.principal_rate = 0", "principal_rate");
    check("users = { root = 'admin' }", "numeric user id");
    check("users = { '0' = 'a b' }", "users");
    check("gokms = { credential = 'a b' }", "gokms.credential");
    check("pki = { url = 'pki.example.org' }", "pki.url");
    check("pki = { url = 'http://' }", "pki.url");
    check("pki = { url = 'http://a b' }", "pki.url");
    check("pki = { url = 'http://a?b' }", "pki.url");
    check("log.level = 'loud'", "log.level");
    let kmip = |more: &str| {
        format!(
            "providers = [{{ kind = 'kmip', name = 'v', host = 'h', server_ca = 'a', certificate = 'c', key = 'k'{more} }}]"
        )
    };
    Config::parse(&format!("data = 'd'\n{}", kmip(""))).unwrap();
    check(&kmip(", user = 'u'"), "user and password go together");
    check(&kmip(", user = 'u', password = 'p'"), "password");
    check(&kmip(", user = 'u', password = { from = 'device' }"), "unknown variant `device`");
    check(&kmip(", deadline = 'soon'"), "providers.deadline");
    check(&kmip(", connections = 0"), "connections");
    check(&kmip(", pin = 'x'"), "unknown field `pin`");
    check(&kmip("").replace("'v'", "'software'"), "the provider that is always there");
    check("threads.io = 0", "io");
    assert!(Config::parse("region = 'r'").unwrap_err().to_string().contains("missing field `data`"));
}

#[test]
fn times_and_sizes() {
    #[track_caller]
    fn time(text: &str, expected: Option<u64>) {
        assert_eq!(units::duration(text).ok(), expected.map(Duration::from_millis), "{text}");
    }
    time("500ms", Some(500));
    time("30s", Some(30_000));
    time("15 m", Some(900_000));
    time("12h", Some(43_200_000));
    time("7d", Some(604_800_000));
    for wrong in ["", "s", "-1s", "1.5s", "1w", "30", "99999999999999999999s", "18446744073709551615d"] {
        time(wrong, None);
    }
    #[track_caller]
    fn size(text: &str, expected: Option<u64>) {
        assert_eq!(units::bytes(text).ok(), expected, "{text}");
    }
    size("0B", Some(0));
    size("16KiB", Some(16 << 10));
    size("64 MiB", Some(64 << 20));
    size("2GiB", Some(2 << 30));
    for wrong in ["", "MiB", "1MB", "1kib", "-1B", "1.5KiB", "12", "18446744073709551615KiB"] {
        size(wrong, None);
    }
}
