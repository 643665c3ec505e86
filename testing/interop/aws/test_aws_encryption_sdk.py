"""The AWS Encryption SDK: envelope encryption with data keys, checked strictly by the client."""
import aws_encryption_sdk
import botocore.session
import pytest
from aws_encryption_sdk import CommitmentPolicy
from aws_encryption_sdk.key_providers.kms import StrictAwsKmsMasterKeyProvider
from botocore.config import Config

from kms_client import new_key


@pytest.fixture(scope="module")
def sdk():
    return aws_encryption_sdk.EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)


@pytest.fixture
def provider(server, monkeypatch):
    """It makes its own clients, by the regions of the ARNs."""
    for name, value in server.env.items():
        monkeypatch.setenv(name, value)

    def of(*arns):
        session = botocore.session.get_session()
        session.set_default_client_config(Config(retries={"total_max_attempts": 1}))
        return StrictAwsKmsMasterKeyProvider(key_ids=list(arns), botocore_session=session)

    return of


def test_messages(sdk, provider, kms, key):
    message, context = b"a long message " * 10_000, {"purpose": "test"}
    sealed, header = sdk.encrypt(source=message, key_provider=provider(key["Arn"]), encryption_context=context)
    opened, header = sdk.decrypt(source=sealed, key_provider=provider(key["Arn"]))
    assert opened == message
    assert header.encryption_context["purpose"] == "test"


def test_messages_for_two_keys_are_opened_by_either(sdk, provider, kms, key):
    other = new_key(kms)
    sealed, _ = sdk.encrypt(source=b"message", key_provider=provider(key["Arn"], other["Arn"]))
    for arn in (key["Arn"], other["Arn"]):
        assert sdk.decrypt(source=sealed, key_provider=provider(arn))[0] == b"message"


def test_another_key_does_not_open(sdk, provider, kms, key):
    sealed, _ = sdk.encrypt(source=b"message", key_provider=provider(key["Arn"]))
    with pytest.raises(aws_encryption_sdk.exceptions.AWSEncryptionSDKClientError):
        sdk.decrypt(source=sealed, key_provider=provider(new_key(kms)["Arn"]))
