"""What key policies and grants allow two principals of one account."""
import json

import pytest

from kms_client import code, new_key


def statement(effect, account, user, action, **named):
    return {"Effect": effect, "Principal": {"AWS": f"arn:aws:iam::{account}:user/{user}"}, "Action": action,
            "Resource": "*"} | named


@pytest.fixture
def own_key(kms, account):
    """A key of the application alone: its policy does not delegate to the account."""
    policy = {"Version": "2012-10-17", "Statement": [statement("Allow", account, "application", "kms:*")]}
    return new_key(kms, Policy=json.dumps(policy))


def test_a_policy_without_the_account_shuts_others_out(kms, admin, own_key):
    for call, named in ((admin.describe_key, {}), (admin.encrypt, {"Plaintext": b"x"}), (admin.get_key_policy, {})):
        assert code(call, KeyId=own_key["KeyId"], **named) == "AccessDeniedException"
    kms.encrypt(KeyId=own_key["KeyId"], Plaintext=b"x")


def test_an_explicit_deny_wins(kms, admin, account):
    made = new_key(kms)
    document = json.loads(kms.get_key_policy(KeyId=made["KeyId"])["Policy"])
    document["Statement"].append(statement("Deny", account, "admin", "kms:Decrypt"))
    kms.put_key_policy(KeyId=made["KeyId"], Policy=json.dumps(document))
    blob = admin.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert code(admin.decrypt, CiphertextBlob=blob) == "AccessDeniedException"
    kms.create_grant(KeyId=made["KeyId"], GranteePrincipal=f"arn:aws:iam::{account}:user/admin", Operations=["Decrypt"])
    assert code(admin.decrypt, CiphertextBlob=blob) == "AccessDeniedException"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_conditions_on_the_encryption_context(kms, admin, account, own_key):
    document = json.loads(kms.get_key_policy(KeyId=own_key["KeyId"])["Policy"])
    condition = {"StringEquals": {"kms:EncryptionContext:tenant": "a"}}
    document["Statement"].append(statement("Allow", account, "admin", "kms:Encrypt", Condition=condition))
    kms.put_key_policy(KeyId=own_key["KeyId"], Policy=json.dumps(document))
    admin.encrypt(KeyId=own_key["KeyId"], Plaintext=b"x", EncryptionContext={"tenant": "a"})
    for context in ({}, {"tenant": "b"}):
        refused = code(admin.encrypt, KeyId=own_key["KeyId"], Plaintext=b"x", EncryptionContext=context)
        assert refused == "AccessDeniedException"


def test_grants(kms, admin, account, own_key):
    grant = kms.create_grant(KeyId=own_key["KeyId"], GranteePrincipal=f"arn:aws:iam::{account}:user/admin",
                             Operations=["Encrypt", "Decrypt", "RetireGrant"],
                             Constraints={"EncryptionContextSubset": {"tenant": "a"}})
    named = {"KeyId": own_key["KeyId"], "EncryptionContext": {"tenant": "a", "more": "b"}}
    blob = admin.encrypt(**named, Plaintext=b"x", GrantTokens=[grant["GrantToken"]])["CiphertextBlob"]
    assert admin.decrypt(**named, CiphertextBlob=blob)["Plaintext"] == b"x"
    assert code(admin.encrypt, KeyId=own_key["KeyId"], Plaintext=b"x") == "AccessDeniedException"
    assert code(admin.describe_key, KeyId=own_key["KeyId"]) == "AccessDeniedException"
    admin.retire_grant(GrantToken=grant["GrantToken"])
    assert code(admin.encrypt, **named, Plaintext=b"x") == "AccessDeniedException"


def test_a_policy_that_locks_its_owner_out_is_refused(kms, account):
    made = new_key(kms)
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement("Allow", account, "admin", "kms:*")]})
    assert code(kms.put_key_policy, KeyId=made["KeyId"], Policy=policy) == "MalformedPolicyDocumentException"
    kms.put_key_policy(KeyId=made["KeyId"], Policy=policy, BypassPolicyLockoutSafetyCheck=True)
    assert code(kms.describe_key, KeyId=made["KeyId"]) == "AccessDeniedException"


def test_what_is_not_understood_is_refused(kms, account):
    made = new_key(kms)
    allow = statement("Allow", account, "application", "kms:*")
    for changed in (
        allow | {"Condition": {"StringResembles": {"kms:KeySpec": "x"}}},
        allow | {"Condition": {"StringEquals": {"kms:NoSuchKey": "x"}}},
        allow | {"Effect": "Maybe"},
        allow | {"Principal": {"AWS": "arn:aws:iam::" + account}},
    ):
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow, changed]})
        assert code(kms.put_key_policy, KeyId=made["KeyId"], Policy=policy) == "MalformedPolicyDocumentException"
