"""Tink with its integrations of both clouds: keysets under keys that it never sees."""
import pytest

tink = pytest.importorskip("tink")

from tink import aead, mac, secret_key_access  # noqa: E402
from tink.integration import awskms, gcpkms  # noqa: E402

from google_kms import Algorithm, Kms, Purpose  # noqa: E402


def envelope(remote):
    """A keyset encrypted under the remote key, and messages under the keyset."""
    aead.register()
    sealed = tink.json_proto_keyset_format.serialize_encrypted(
        tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM), remote, b"of the keyset")
    opened = tink.json_proto_keyset_format.parse_encrypted(sealed, remote, b"of the keyset")
    primitive = opened.primitive(aead.Aead)
    assert primitive.decrypt(primitive.encrypt(b"message", b"aad"), b"aad") == b"message"
    with pytest.raises(tink.TinkError):
        tink.json_proto_keyset_format.parse_encrypted(sealed, remote, b"of another")
    # Messages under keys of their own, each wrapped by the remote key.
    primitive = aead.KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, remote)
    assert primitive.decrypt(primitive.encrypt(b"message", b"aad"), b"aad") == b"message"


def test_google(server, google_env):
    client = Kms(server, "grpc")
    uri = "gcp-kms://" + client.key(Purpose.ENCRYPT_DECRYPT)
    envelope(gcpkms.new_client(kms_v1_client=client.client, key_uri=uri).get_aead(uri))


def test_google_codes_and_signatures(server, google_env):
    client = Kms(server, "grpc")
    version = client.version(Purpose.MAC, Algorithm.HMAC_SHA256)
    remote = gcpkms.new_gcp_kms_mac(version, client.client)
    remote.verify_mac(remote.compute_mac(b"message"), b"message")
    with pytest.raises(tink.TinkError):
        remote.verify_mac(remote.compute_mac(b"message"), b"other")
    for algorithm in (Algorithm.EC_SIGN_P256_SHA256, Algorithm.RSA_SIGN_PSS_2048_SHA256):
        version = client.version(Purpose.ASYMMETRIC_SIGN, algorithm)
        signature = gcpkms.new_gcp_kms_public_key_sign(version, client.client).sign(b"message")
        gcpkms.new_gcp_kms_public_key_verify(version, client.client).verify(signature, b"message")


def test_aws(server):
    import boto3
    env = server.env
    aws = boto3.client(
        "kms", endpoint_url=env["AWS_ENDPOINT_URL_KMS"], region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        verify=env["AWS_CA_BUNDLE"])
    uri = "aws-kms://" + aws.create_key()["KeyMetadata"]["Arn"]
    envelope(awskms.new_client(boto3_client=aws, key_uri=uri).get_aead(uri))
