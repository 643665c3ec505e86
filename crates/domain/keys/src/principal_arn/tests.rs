use claviger_core::Reason;

use super::parse_principal_arn;

#[test]
fn only_roots_users_and_roles_are_principals() {
    let good = |arn: &str| {
        let account = parse_principal_arn(arn).map(|account| account.to_string());
        assert_eq!(account.ok().as_deref(), Some("111122223333"), "{arn}");
    };
    let bad = |arn: &str| {
        let reason = parse_principal_arn(arn).map_err(|error| error.reason());
        assert_eq!(reason, Err(Reason::InvalidArn), "{arn}");
    };
    good("arn:aws:iam::111122223333:root");
    good("arn:aws:iam::111122223333:user/alice");
    good("arn:aws:iam::111122223333:user/team/alice+bob=_,.@-");
    good("arn:aws:iam::111122223333:role/app");
    bad("");
    bad("*");
    bad("111122223333");
    bad("arn:aws:iam::11112222333:root");
    bad("arn:aws:iam::111122223333:group/admins");
    bad("arn:aws:iam::111122223333:user/");
    bad("arn:aws:iam::111122223333:user//alice");
    bad("arn:aws:iam::111122223333:user/*");
    bad("arn:aws:iam::111122223333:user/a b");
    bad("arn:aws-cn:iam::111122223333:root");
    bad("arn:aws:sts::111122223333:assumed-role/app/session");
    bad(&format!("arn:aws:iam::111122223333:user/{}", "a".repeat(300)));
}
