use super::*;

#[test]
fn texts_of_people() {
    let one = certificate_text(&[1; 100]).unwrap();
    let text = format!(
        "subject: somebody\n{one}\n\nissuer: somebody else\r\n{}",
        certificate_text(&[2; 3]).unwrap()
    );
    assert_eq!(certificates(&text).unwrap(), [vec![1; 100], vec![2; 3]]);
    assert_eq!(certificates(one.trim_end()).unwrap(), [vec![1; 100]]);
    assert_eq!(certificates(&one.replace('\n', "\r\n")).unwrap(), [vec![1; 100]]);
    let many = one.repeat(17);
    let cut = one.replace("-----END", "");
    let other = one.replace("CERTIFICATE", "PRIVATE KEY");
    let damaged = one.replacen("AQEB", "A*EB", 1);
    for wrong in ["", "no PEM", "-----BEGIN ", &many, &cut, &other, &damaged] {
        assert!(certificates(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn one_request() {
    let text = one("CERTIFICATE REQUEST");
    assert_eq!(request(&text).unwrap(), [7; 10]);
    assert_eq!(request(&one("NEW CERTIFICATE REQUEST")).unwrap(), [7; 10]);
    assert!(request(&text.repeat(2)).is_err());
    assert!(request(&one("CERTIFICATE")).is_err());
}

fn one(label: &str) -> String {
    text(label, &[7; 10]).unwrap()
}
