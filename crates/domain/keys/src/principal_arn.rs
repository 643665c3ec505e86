use claviger_core::{Error, Reason, Result};
use claviger_types::AccountId;

/// Checks that text is the ARN of an account's root, a user or a role, and says of which account. Whether there is
/// such a principal is not looked at.
pub(crate) fn parse_principal_arn(arn: &str) -> Result<AccountId> {
    split(arn).ok_or_else(|| {
        Error::new(Reason::InvalidArn, format!("ARN does not refer to a valid principal: {arn}"))
    })
}

fn split(arn: &str) -> Option<AccountId> {
    let (account, path) = arn.strip_prefix("arn:aws:iam::")?.split_once(':')?;
    let account = account.parse().ok()?;
    let name = path.strip_prefix("user/").or_else(|| path.strip_prefix("role/"));
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b);
    let named = |name: &str| name.bytes().all(allowed) && name.split('/').all(|part| !part.is_empty());
    (arn.len() <= 256 && (path == "root" || name.is_some_and(named))).then_some(account)
}

#[cfg(test)]
mod tests;
