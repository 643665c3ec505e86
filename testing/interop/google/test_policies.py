"""IAM policies, through the client library: what they allow another service account."""
import json

import pytest
from google.cloud import kms
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.oauth2 import service_account

from google_kms import Purpose, refused


@pytest.fixture(scope="session")
def app(server, tmp_path_factory, google_env):
    """A principal without policies, and its key file."""
    server.cli("principals", "create", "bound")
    path = tmp_path_factory.mktemp("google") / "bound.json"
    server.cli("credentials", "create", "--google", "bound", "--out", str(path),
               "--endpoint", f"https://127.0.0.1:{server.port}")
    assert path.stat().st_mode & 0o777 == 0o600
    assert server.cli("credentials", "create", "--google", "bound", "--out", str(path), check=False).returncode != 0
    return path


@pytest.fixture
def bound(server, app, g):
    """A client that is that principal."""
    credentials = service_account.Credentials.from_service_account_file(app)
    host = f"127.0.0.1:{server.port}"
    return kms.KeyManagementServiceClient(
        transport=g.transport, credentials=credentials,
        client_options={"api_endpoint": host if g.transport == "grpc" else f"https://{host}"})


def member(app):
    return "serviceAccount:" + json.loads(app.read_text())["client_email"]


def read(g, resource):
    options = {"requested_policy_version": 3}
    return g.get_iam_policy(request={"resource": resource, "options": options})


def test_bindings_and_etags(g, bound, app):
    key = g.key(Purpose.ENCRYPT_DECRYPT)
    with refused("PERMISSION_DENIED"):
        bound.encrypt(request={"name": key, "plaintext": b"x"})
    policy = read(g, key)
    policy.bindings.append(policy_pb2.Binding(role="roles/cloudkms.cryptoKeyEncrypter", members=[member(app)]))
    written = g.set_iam_policy(request={"resource": key, "policy": policy})
    assert written == read(g, key) and written.etag != policy.etag
    sealed = bound.encrypt(request={"name": key, "plaintext": b"x"})
    with refused("PERMISSION_DENIED"):
        bound.decrypt(request={"name": key, "ciphertext": sealed.ciphertext})
    asked = ["cloudkms.cryptoKeyVersions.useToEncrypt", "cloudkms.cryptoKeyVersions.useToDecrypt"]
    answer = bound.test_iam_permissions(request={"resource": key, "permissions": asked})
    assert list(answer.permissions) == asked[:1]
    with refused("ABORTED"):
        g.set_iam_policy(request={"resource": key, "policy": policy})


def test_conditions_of_a_ring(g, bound, app):
    inside, outside = g.key(Purpose.ENCRYPT_DECRYPT), g.key(Purpose.ENCRYPT_DECRYPT)
    binding = policy_pb2.Binding(role="roles/cloudkms.cryptoOperator", members=[member(app)])
    binding.condition.expression = (
        f'resource.name == "{inside}" && request.time < timestamp("2100-01-01T00:00:00Z")')
    policy = policy_pb2.Policy(version=3, bindings=[binding])
    g.set_iam_policy(request={"resource": g.ring, "policy": policy})
    bound.encrypt(request={"name": inside, "plaintext": b"x"})
    with refused("PERMISSION_DENIED"):
        bound.encrypt(request={"name": outside, "plaintext": b"x"})
    assert read(g, g.ring).bindings == policy.bindings
    with refused("INVALID_ARGUMENT"):
        g.get_iam_policy(request={"resource": g.ring})
    policy.bindings[0].condition.expression = 'request.time.getHours("UTC") < 9'
    with refused("INVALID_ARGUMENT"):
        g.set_iam_policy(request=iam_policy_pb2.SetIamPolicyRequest(resource=g.ring, policy=policy))
    g.set_iam_policy(request={"resource": g.ring, "policy": policy_pb2.Policy()})
    with refused("PERMISSION_DENIED"):
        bound.encrypt(request={"name": inside, "plaintext": b"x"})


def test_a_revoked_key_file_is_worth_nothing(server, g, google_env, tmp_path):
    path = tmp_path / "revoked.json"
    server.cli("credentials", "create", "--google", "application", "--out", str(path))
    host = f"127.0.0.1:{server.port}"
    client = kms.KeyManagementServiceClient(
        transport=g.transport, credentials=service_account.Credentials.from_service_account_file(path),
        client_options={"api_endpoint": host if g.transport == "grpc" else f"https://{host}"})
    client.get_key_ring(request={"name": g.ring})
    server.cli("credentials", "revoke", json.loads(path.read_text())["private_key_id"])
    with refused("UNAUTHENTICATED"):
        client.get_key_ring(request={"name": g.ring})
