"""boto3 clients of the started server, and what their calls come to."""
import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def client_of(server, key_id=None, secret=None, **named):
    env = server.env
    return boto3.client(
        "kms",
        endpoint_url=named.pop("endpoint_url", env["AWS_ENDPOINT_URL_KMS"]),
        region_name=named.pop("region_name", env["AWS_REGION"]),
        aws_access_key_id=key_id or env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=secret or env["AWS_SECRET_ACCESS_KEY"],
        verify=env["AWS_CA_BUNDLE"],
        # What fails must be seen to fail, and not once more.
        config=Config(retries={"total_max_attempts": 1}),
        **named,
    )


def new_key(kms, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT", **named):
    return kms.create_key(KeySpec=spec, KeyUsage=usage, **named)["KeyMetadata"]


def refusal(call, *arguments, **named):
    """The error of a call that must be refused."""
    with pytest.raises(ClientError) as refused:
        call(*arguments, **named)
    return refused.value.response


def code(call, *arguments, **named):
    """Its code."""
    return refusal(call, *arguments, **named)["Error"]["Code"]
