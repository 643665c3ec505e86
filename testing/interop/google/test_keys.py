"""Rings, keys and versions, through the client library."""
import datetime

from google.cloud import kms
from google.protobuf import duration_pb2, field_mask_pb2, timestamp_pb2

from google_kms import Algorithm, Purpose, State, refused

SOFTWARE = kms.ProtectionLevel.SOFTWARE


def mask(*paths):
    return field_mask_pb2.FieldMask(paths=paths)


def test_rings(g):
    assert g.get_key_ring(request={"name": g.ring}).name == g.ring
    listed = list(g.list_key_rings(request={"parent": g.location, "page_size": 1}))
    assert g.ring in [ring.name for ring in listed]
    assert f"{g.location}/keyRings/default" in [ring.name for ring in listed]
    with refused("ALREADY_EXISTS"):
        g.create_key_ring(request={"parent": g.location, "key_ring_id": g.ring.rsplit("/")[-1], "key_ring": {}})
    with refused("INVALID_ARGUMENT"):
        g.create_key_ring(request={"parent": g.location, "key_ring_id": "a b", "key_ring": {}})
    with refused("NOT_FOUND"):
        g.get_key_ring(request={"name": g.ring + "x"})


def test_a_key_and_its_versions(g):
    name = g.key(Purpose.ENCRYPT_DECRYPT, labels={"stage": "test"})
    key = g.get_crypto_key(request={"name": name})
    assert dict(key.labels) == {"stage": "test"}
    assert key.primary.name == name + "/cryptoKeyVersions/1"
    assert key.primary.state == State.ENABLED
    assert key.version_template.protection_level == SOFTWARE
    assert key.version_template.algorithm == Algorithm.GOOGLE_SYMMETRIC_ENCRYPTION
    assert key.destroy_scheduled_duration == datetime.timedelta(days=30)
    assert abs(key.create_time.timestamp() - datetime.datetime.now().timestamp()) < 60

    second = g.create_crypto_key_version(request={"parent": name, "crypto_key_version": {}})
    assert second.name == name + "/cryptoKeyVersions/2" and second.state == State.ENABLED
    assert g.get_crypto_key(request={"name": name}).primary.name.endswith("/1")
    changed = g.update_crypto_key_primary_version(request={"name": name, "crypto_key_version_id": "2"})
    assert changed.primary.name == second.name
    listed = list(g.list_crypto_key_versions(request={"parent": name, "page_size": 1}))
    assert [version.name[-1] for version in listed] == ["1", "2"]
    filtered = list(g.list_crypto_key_versions(request={"parent": name, "filter": "state=DISABLED"}))
    assert filtered == []

    first = name + "/cryptoKeyVersions/1"
    disabled = g.update_crypto_key_version(request={
        "crypto_key_version": {"name": first, "state": State.DISABLED}, "update_mask": mask("state")})
    assert disabled.state == State.DISABLED
    doomed = g.destroy_crypto_key_version(request={"name": first})
    assert doomed.state == State.DESTROY_SCHEDULED
    assert 29 < (doomed.destroy_time - datetime.datetime.now(datetime.timezone.utc)).days + 1 <= 30
    with refused("FAILED_PRECONDITION"):
        g.destroy_crypto_key_version(request={"name": first})
    restored = g.restore_crypto_key_version(request={"name": first})
    assert restored.state == State.DISABLED and not restored.destroy_time
    assert g.get_crypto_key_version(request={"name": first}) == restored
    with refused("NOT_FOUND"):
        g.get_crypto_key_version(request={"name": name + "/cryptoKeyVersions/9"})


def test_updates(g):
    name = g.key(Purpose.ENCRYPT_DECRYPT)
    later = timestamp_pb2.Timestamp()
    later.FromDatetime(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=7))
    key = g.update_crypto_key(request={
        "crypto_key": {"name": name, "labels": {"a": "b"}, "next_rotation_time": later,
                       "rotation_period": duration_pb2.Duration(seconds=86400 * 90)},
        "update_mask": mask("labels", "next_rotation_time", "rotation_period")})
    assert dict(key.labels) == {"a": "b"}
    assert key.rotation_period == datetime.timedelta(days=90)
    assert key == g.get_crypto_key(request={"name": name})
    key = g.update_crypto_key(request={
        "crypto_key": {"name": name}, "update_mask": mask("next_rotation_time", "rotation_period")})
    assert not key.next_rotation_time and dict(key.labels) == {"a": "b"}
    for paths in ((), ("purpose",), ("rotation_period",)):
        with refused("INVALID_ARGUMENT"):
            g.update_crypto_key(request={"crypto_key": {"name": name}, "update_mask": mask(*paths)})


def test_lists_and_filters(g):
    made = {g.key(Purpose.MAC, Algorithm.HMAC_SHA256, labels={"of": "listing"}) for _ in range(3)}
    request = {"parent": g.ring, "page_size": 2, "filter": "purpose=MAC AND labels.of=listing"}
    assert {key.name for key in g.list_crypto_keys(request=request)} == made
    assert made <= {key.name for key in g.list_crypto_keys(request={"parent": g.ring, "page_size": 2})}
    for order, reverse in (("name", False), ("name desc", True), ("purpose, name desc", True)):
        listed = [key.name for key in g.list_crypto_keys(request={**request, "order_by": order})]
        assert listed == sorted(made, reverse=reverse), order
    for wrong in ({"filter": "purpose=MAC OR purpose=MAC"}, {"order_by": "nothing"}, {"page_token": "x"}):
        with refused("INVALID_ARGUMENT"):
            list(g.list_crypto_keys(request={"parent": g.ring, **wrong}))


def test_keys_that_cannot_be_made(g):
    for fields, refusal in (
            ({"purpose": Purpose.MAC}, "INVALID_ARGUMENT"),
            ({"purpose": Purpose.ENCRYPT_DECRYPT,
              "version_template": {"protection_level": kms.ProtectionLevel.HSM, "algorithm": 1}},
             "INVALID_ARGUMENT"),
            ({"purpose": Purpose.KEY_ENCAPSULATION, "version_template": {"algorithm": Algorithm.ML_KEM_768}},
             "UNIMPLEMENTED")):
        with refused(refusal):
            g.create_crypto_key(request={"parent": g.ring, "crypto_key_id": "never", "crypto_key": fields})
    with refused("NOT_FOUND"):
        g.create_crypto_key(request={"parent": g.ring + "x", "crypto_key_id": "never",
                                     "crypto_key": {"purpose": Purpose.ENCRYPT_DECRYPT}})
    with refused("UNIMPLEMENTED"):
        g.list_retired_resources(request={"parent": g.location})


def test_keys_of_aws_clients_are_in_the_default_ring(g, server):
    import boto3
    aws = boto3.client(
        "kms", endpoint_url=server.env["AWS_ENDPOINT_URL_KMS"], region_name=server.env["AWS_REGION"],
        aws_access_key_id=server.env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=server.env["AWS_SECRET_ACCESS_KEY"], verify=server.env["AWS_CA_BUNDLE"])
    made = aws.create_key()["KeyMetadata"]
    name = f"{g.location}/keyRings/default/cryptoKeys/{made['KeyId']}"
    assert g.get_crypto_key(request={"name": name}).primary.state == State.ENABLED
    sealed = g.encrypt(request={"name": name, "plaintext": b"shared"})
    assert aws.decrypt(CiphertextBlob=sealed.ciphertext)["Plaintext"] == b"shared"
    sealed = aws.encrypt(KeyId=made["KeyId"], Plaintext=b"shared")["CiphertextBlob"]
    assert g.decrypt(request={"name": name, "ciphertext": sealed}).plaintext == b"shared"


def test_locations(g):
    listed = g.list_locations(request={"name": f"projects/{g.project}"}).locations
    assert [location.name for location in listed] == [g.location]
    assert g.get_location(request={"name": g.location}).location_id == g.location.rsplit("/")[-1]
