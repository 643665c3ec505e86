use std::process::Command;

use super::quoted;

#[test]
fn values_survive_the_shell() {
    for value in ["plain-_./:=", "", "with space", "it's", "$HOME `x` \"y\" \\", "a\nb", "*?[x]", "ä"] {
        let script = format!("printf %s {}", *quoted(value));
        let output = Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), value);
    }
}
