use claviger_types::AccountId;

use crate::Caller;

/// A principal that a policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrincipalMention<'a> {
    /// `*`.
    Everyone,
    /// An account, by its number or by its root ARN.
    Account(AccountId),
    /// The ARN of a user or a role.
    Arn(&'a str),
}

/// How a caller stands in a statement that applies to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Named itself.
    Direct,
    /// Only its account is named: an allow passes the decision on to the account's identity policies.
    Account,
}

/// The `Principal` or `NotPrincipal` element of a statement.
#[derive(Debug)]
pub(crate) enum Principals {
    /// `Principal`.
    Of(PrincipalSet),
    /// `NotPrincipal`: everyone but these, only with `Deny`. Whoever is not itself among them is denied; to name the
    /// account excepts the account itself and not its users.
    AllBut(PrincipalSet),
}

impl Principals {
    /// `None` if the statement does not apply to the caller.
    pub(crate) fn standing(&self, caller: &Caller<'_>) -> Option<Standing> {
        match self {
            Self::Of(set) => set.standing(caller),
            Self::AllBut(set) => match set.standing(caller) {
                Some(Standing::Direct) => None,
                Some(Standing::Account) | None => Some(Standing::Direct),
            },
        }
    }

    pub(crate) fn mentions(&self) -> impl Iterator<Item = PrincipalMention<'_>> {
        let (Self::Of(set) | Self::AllBut(set)) = self;
        let everyone = set.everyone.then_some(PrincipalMention::Everyone);
        let accounts = set.accounts.iter().map(|account| PrincipalMention::Account(*account));
        let arns = set.arns.iter().map(|arn| PrincipalMention::Arn(arn));
        everyone.into_iter().chain(accounts).chain(arns)
    }
}

#[derive(Debug, Default)]
pub(crate) struct PrincipalSet {
    everyone: bool,
    accounts: Vec<AccountId>,
    /// Sorted once all are in.
    arns: Vec<Box<str>>,
}

impl PrincipalSet {
    /// From the values of an `AWS` principal; the error names the first that is not one.
    pub(crate) fn new<'a>(texts: impl Iterator<Item = &'a str>) -> Result<Self, String> {
        let mut set = Self::default();
        for text in texts {
            set.insert(text)?;
        }
        set.accounts.sort_unstable();
        set.accounts.dedup();
        set.accounts.shrink_to_fit();
        set.arns.sort_unstable();
        set.arns.dedup();
        set.arns.shrink_to_fit();
        Ok(set)
    }

    pub(crate) fn is_everyone(&self) -> bool {
        self.everyone
    }

    fn insert(&mut self, text: &str) -> Result<(), String> {
        let refuse = |why: &str| Err(format!("\"{text}\" {why}"));
        if text == "*" {
            self.everyone = true;
            return Ok(());
        }
        if let Ok(account) = text.parse() {
            self.accounts.push(account);
            return Ok(());
        }
        let Some((account, name)) = text.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(':'))
        else {
            return refuse(
                "is not a principal: \"*\", an account number, or the ARN of an account, user or role",
            );
        };
        let Ok(account) = account.parse() else { return refuse("has no account number of 12 digits") };
        if name == "root" {
            self.accounts.push(account);
            return Ok(());
        }
        let Some(path) = name.strip_prefix("user/").or_else(|| name.strip_prefix("role/")) else {
            return refuse("is the ARN of neither an account, a user nor a role");
        };
        if path.contains(['*', '?']) {
            return refuse("has a wildcard, which a principal can't have");
        }
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&b);
        if !path.bytes().all(allowed) || path.split('/').any(str::is_empty) {
            return refuse("has no valid name");
        }
        self.arns.push(text.into());
        Ok(())
    }

    fn standing(&self, caller: &Caller<'_>) -> Option<Standing> {
        if self.everyone || self.arns.binary_search_by(|arn| (**arn).cmp(caller.arn)).is_ok() {
            return Some(Standing::Direct);
        }
        if self.accounts.binary_search(&caller.account).is_err() {
            return None;
        }
        Some(if caller.is_root { Standing::Direct } else { Standing::Account })
    }
}
