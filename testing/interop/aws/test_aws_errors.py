"""Errors as boto3 knows them: code, status, request id."""
import pytest

from kms_client import client_of, code, new_key, refusal

NO_KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"


def test_an_error_is_the_class_that_boto3_has_for_it(kms):
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=NO_KEY)
    answer = refusal(kms.describe_key, KeyId=NO_KEY)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert answer["ResponseMetadata"]["RequestId"]
    assert f"key/{NO_KEY}' does not exist" in answer["Error"]["Message"]


def test_names_of_keys(kms, key, account):
    region = kms.meta.region_name
    for name, expected in [
        ("foo", "NotFoundException"),
        ("alias/none", "NotFoundException"),
        (f"arn:aws:kms:{region}:{account}:key/{NO_KEY}", "NotFoundException"),
        (f"arn:aws:kms:{region}:{account}:alias/none", "NotFoundException"),
        (f"arn:aws:kms:us-gov-1:{account}:key/{key['KeyId']}", "NotFoundException"),
        (f"arn:aws:kms:{region}:999988887777:key/{key['KeyId']}", "AccessDeniedException"),
        (f"arn:aws-cn:kms:{region}:{account}:key/{key['KeyId']}", "InvalidArnException"),
        ("x" * 2049, "ValidationException"),
    ]:
        assert code(kms.encrypt, KeyId=name, Plaintext=b"x") == expected, name
        assert code(kms.describe_key, KeyId=name) == expected, name
    assert code(kms.enable_key, KeyId="alias/none") == "NotFoundException"


def test_ciphertexts(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext={"a": "b"})["CiphertextBlob"]
    context = {"EncryptionContext": {"a": "b"}}
    assert code(kms.decrypt, CiphertextBlob=blob) == "InvalidCiphertextException"
    assert code(kms.decrypt, CiphertextBlob=blob, EncryptionContext={"a": "c"}) == "InvalidCiphertextException"
    for index in (0, 1, 30, len(blob) - 1):
        changed = blob[:index] + bytes([blob[index] ^ 1]) + blob[index + 1:]
        assert code(kms.decrypt, CiphertextBlob=changed, **context) == "InvalidCiphertextException"
    assert code(kms.decrypt, CiphertextBlob=blob[:-1], **context) == "InvalidCiphertextException"
    other = new_key(kms)
    assert code(kms.decrypt, CiphertextBlob=blob, KeyId=other["KeyId"], **context) == "IncorrectKeyException"


def test_limits(kms, key):
    name = {"KeyId": key["KeyId"]}
    assert code(kms.encrypt, **name, Plaintext=b"x" * 4097) == "ValidationException"
    assert code(kms.generate_data_key, **name) == "ValidationException"
    assert code(kms.generate_data_key, **name, NumberOfBytes=8, KeySpec="AES_256") == "ValidationException"
    assert code(kms.generate_random, NumberOfBytes=1025) == "ValidationException"
    assert code(kms.schedule_key_deletion, **name, PendingWindowInDays=31) == "ValidationException"
    assert code(kms.list_keys, Limit=1001) == "ValidationException"
    assert code(kms.list_keys, Marker="x") == "InvalidMarkerException"
    assert code(kms.create_key, KeySpec="RSA_1024", KeyUsage="SIGN_VERIFY") == "ValidationException"
    assert code(kms.create_key, KeySpec="SM2", KeyUsage="SIGN_VERIFY") == "UnsupportedOperationException"
    assert code(kms.create_key, MultiRegion=True) == "UnsupportedOperationException"
    assert code(kms.create_alias, AliasName="alias/aws/x", TargetKeyId=key["KeyId"]) == "InvalidAliasNameException"
    assert code(kms.tag_resource, **name, Tags=[{"TagKey": "aws:x", "TagValue": ""}]) == "TagException"
    assert code(kms.encrypt, **name, Plaintext=b"x", GrantTokens=["x"]) == "InvalidGrantTokenException"
    assert code(kms.put_key_policy, **name, Policy="{}") == "MalformedPolicyDocumentException"
    assert code(kms.get_key_policy, **name, PolicyName="x") == "NotFoundException"
    message = refusal(kms.encrypt, **name, Plaintext=b"")["Error"]["Message"]
    assert message == ("1 validation error detected: Value at 'plaintext' failed to satisfy constraint: "
                       "Member must have length greater than or equal to 1")


def test_usages(kms, key):
    signing = new_key(kms, "ECC_NIST_P256", "SIGN_VERIFY")
    assert code(kms.encrypt, KeyId=signing["KeyId"], Plaintext=b"x") == "InvalidKeyUsageException"
    assert code(kms.sign, KeyId=key["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_256") == "InvalidKeyUsageException"
    assert code(kms.sign, KeyId=signing["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_384") == "InvalidKeyUsageException"
    assert code(kms.sign, KeyId=signing["KeyId"], Message=b"x", MessageType="DIGEST",
                SigningAlgorithm="ECDSA_SHA_256") == "ValidationException"
    assert code(kms.get_public_key, KeyId=key["KeyId"]) == "UnsupportedOperationException"
    assert code(kms.get_parameters_for_import, KeyId=key["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256",
                WrappingKeySpec="RSA_2048") == "UnsupportedOperationException"


def test_dry_runs(kms, key):
    assert code(kms.encrypt, KeyId=key["KeyId"], Plaintext=b"x", DryRun=True) == "DryRunOperationException"
    assert code(kms.generate_data_key, KeyId=key["KeyId"], KeySpec="AES_256", DryRun=True) == "DryRunOperationException"
    assert code(kms.encrypt, KeyId=NO_KEY, Plaintext=b"x", DryRun=True) == "NotFoundException"


def test_what_terraform_waits_for(kms):
    made = new_key(kms)
    kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    error = refusal(kms.schedule_key_deletion, KeyId=made["KeyId"], PendingWindowInDays=7)["Error"]
    assert error["Code"] == "KMSInvalidStateException" and "is pending deletion" in error["Message"]


def test_credentials(server, kms):
    wrong = client_of(server, secret="wrong")
    assert code(wrong.list_keys) == "InvalidSignatureException"
    unknown = client_of(server, key_id="AKIAUNKNOWN")
    assert code(unknown.list_keys) == "UnrecognizedClientException"
    temporary = client_of(server, aws_session_token="token")
    assert code(temporary.list_keys) == "UnrecognizedClientException"
    elsewhere = client_of(server, region_name="us-gov-west-1")
    assert code(elsewhere.list_keys) == "InvalidSignatureException"
