use claviger_core::Identity;

/// The policy of an object: whoever made it may do everything with it, and the account decides about the others, by the policies of
/// its principals. So clients of KMIP, who know no policies, do not see each other's objects.
pub(crate) fn owners_policy(owner: &Identity) -> String {
    let (account, arn) = (owner.account(), &owner.arn);
    format!(
        r#"{{
  "Version": "2012-10-17",
  "Id": "object-default-1",
  "Statement": [ {{
    "Sid": "AccountDecides",
    "Effect": "Allow",
    "Principal": {{ "AWS": "arn:aws:iam::{account}:root" }},
    "Action": [ "kms:*", "claviger:*" ],
    "Resource": "*"
  }}, {{
    "Sid": "Owner",
    "Effect": "Allow",
    "Principal": {{ "AWS": "{arn}" }},
    "Action": [ "kms:*", "claviger:*" ],
    "Resource": "*"
  }} ]
}}"#
    )
}
