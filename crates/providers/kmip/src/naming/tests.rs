use super::*;

#[test]
fn names_are_read_back() {
    let tag = KeyTag::new([0xa7; 20]);
    for public in [false, true] {
        assert_eq!(tag_of(&name(&tag, public)), Some((tag, public)));
    }
    let digits = "a7".repeat(20);
    for wrong in [
        String::new(),
        digits.clone(),
        format!("claviger-{digits}0"),
        format!("claviger-{digits}-private"),
        format!("claviger-{}", digits.to_uppercase()),
        format!("claviger-{}+7", &digits[2..]),
        format!("claviger-{}", "ä".repeat(20)),
    ] {
        assert_eq!(tag_of(&wrong), None, "{wrong}");
    }
}
