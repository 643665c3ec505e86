use super::*;

#[test]
fn it_stays_until_it_is_lifted() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("latch");
    assert!(!is_set(&path));
    clear(&path).unwrap();
    set(&path, "a login is tried").unwrap();
    assert!(is_set(&path));
    assert_eq!(set(&path, "once more").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "a login is tried");
    clear(&path).unwrap();
    assert!(!is_set(&path));
}

#[test]
fn without_its_directory_nothing_is_tried() {
    let dir = tempfile::tempdir().unwrap();
    assert!(set(&dir.path().join("none").join("latch"), "").is_err());
}

#[tokio::test]
async fn one_at_a_time_looks_at_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pin-hsm.latch");
    let first = turn(&path, Duration::ZERO).await.unwrap();
    assert!(!is_set(&path), "it is another file");
    let second = turn(&path, Duration::from_millis(30)).await.err().unwrap();
    assert_eq!(second.kind(), io::ErrorKind::TimedOut);
    let (patient, ()) = tokio::join!(turn(&path, Duration::from_secs(60)), async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        drop(first);
    });
    patient.unwrap();
    assert!(turn(&dir.path().join("none").join("pin.latch"), Duration::ZERO).await.is_err());
}

#[test]
fn tokens_have_their_own() {
    let provider = Path::new("/data/pin-hsm.latch");
    let path = of_token(provider, "label", "1");
    assert_eq!(path.parent(), provider.parent());
    assert_eq!(of_token(Path::new("/data/pin-other.latch"), "label", "1"), path);
    for (label, serial) in [("label", "2"), ("other", "1"), ("1label", ""), ("abel", "1l")] {
        assert_ne!(of_token(provider, label, serial), path, "{label} {serial}");
    }
}

#[test]
fn that_of_a_provider_leads_to_that_of_its_token() {
    let dir = tempfile::tempdir().unwrap();
    let [provider, bystander] = ["pin-hsm.latch", "token-beef.txt"].map(|name| dir.path().join(name));
    let token = of_token(&provider, "label", "1");
    let name = token.file_name().unwrap().to_str().unwrap();
    let text = format!("a login\n../token-beef.latch\ntoken-beef.txt\n{name}\n");
    fs::write(&bystander, "").unwrap();
    set(&provider, &text).unwrap();
    assert_eq!(files(&provider), std::slice::from_ref(&provider));
    set(&token, &text).unwrap();
    assert_eq!(files(&provider), [provider.clone(), token.clone()]);
    clear_all(&provider).unwrap();
    clear_all(&provider).unwrap();
    assert!(!is_set(&provider) && !is_set(&token) && bystander.exists());
}
