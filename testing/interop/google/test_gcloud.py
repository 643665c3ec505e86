"""gcloud, where it is installed: a key that is brought, used and checked, by full names."""
import os
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

pytestmark = pytest.mark.skipif(not shutil.which("gcloud"), reason="gcloud is not installed")


@pytest.fixture(scope="module")
def gcloud(server, tmp_path_factory):
    home = tmp_path_factory.mktemp("gcloud")
    env = server.env
    variables = {
        "CLOUDSDK_CONFIG": str(home),
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS": env["CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS"],
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": env["GOOGLE_APPLICATION_CREDENTIALS"],
        "CLOUDSDK_AUTH_TOKEN_HOST": f"https://127.0.0.1:{server.port}/token",
        "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE": env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"],
        "REQUESTS_CA_BUNDLE": env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"],
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "1",
        "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "1",
    }

    def run(*arguments, refused=None):
        done = subprocess.run(["gcloud", "kms", *arguments], env={**os.environ, **variables},
                              capture_output=True, timeout=60)
        assert (done.returncode != 0) == bool(refused), done.stderr.decode()
        assert not refused or refused in done.stderr.decode()
        return done.stdout.decode()

    run.home = home
    run.ring = (f"projects/{env['GOOGLE_CLOUD_PROJECT']}/locations/{env['AWS_REGION']}/keyRings/gcloud")
    run("keyrings", "create", run.ring)
    return run


def test_encryption(gcloud):
    key = f"{gcloud.ring}/cryptoKeys/k"
    gcloud("keys", "create", key, "--purpose", "encryption", "--rotation-period", "30d",
           "--next-rotation-time", "2100-01-01T00:00:00Z")
    gcloud("keys", "update", key, "--rotation-period", "60d", "--update-labels", "a=b")
    plain, sealed, opened = (str(gcloud.home / name) for name in ("plain", "sealed", "opened"))
    with open(plain, "w") as file:
        file.write("message")
    gcloud("encrypt", "--key", key, "--plaintext-file", plain, "--ciphertext-file", sealed)
    gcloud("decrypt", "--key", key, "--ciphertext-file", sealed, "--plaintext-file", opened)
    assert open(opened).read() == "message"
    assert "rotationPeriod: 5184000s" in gcloud("keys", "describe", key)
    member = gcloud.ring.split("/")[1]
    gcloud("keys", "add-iam-policy-binding", key, "--role", "roles/cloudkms.cryptoKeyEncrypter",
           "--member", f"serviceAccount:admin@{member}.iam.claviger.internal")
    assert "cryptoKeyEncrypter" in gcloud("keys", "get-iam-policy", key)
    gcloud("keys", "describe", key + "x", refused="NOT_FOUND")


def test_an_imported_signing_key(gcloud):
    key, job = f"{gcloud.ring}/cryptoKeys/s", f"{gcloud.ring}/importJobs/j"
    private = ec.generate_private_key(ec.SECP256R1())
    (gcloud.home / "key.der").write_bytes(private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    gcloud("import-jobs", "create", job, "--import-method", "rsa-oaep-3072-sha1-aes-256",
           "--protection-level", "software")
    gcloud("keys", "create", key, "--purpose", "asymmetric-signing", "--default-algorithm", "ec-sign-p256-sha256",
           "--skip-initial-version-creation", "--import-only")
    try:
        gcloud("keys", "versions", "import", "--key", key, "--import-job", job, "--algorithm", "ec-sign-p256-sha256",
               "--target-key-file", str(gcloud.home / "key.der"))
    except AssertionError as error:
        # It wraps the key itself, with a library that it does not bring along.
        if "cryptography" in str(error):
            pytest.skip("gcloud has no cryptography library")
        raise
    (gcloud.home / "message").write_bytes(b"message")
    gcloud("asymmetric-sign", "--version", f"{key}/cryptoKeyVersions/1", "--digest-algorithm", "sha256",
           "--input-file", str(gcloud.home / "message"), "--signature-file", str(gcloud.home / "signature"))
    signature = (gcloud.home / "signature").read_bytes()
    private.public_key().verify(signature, b"message", ec.ECDSA(SHA256()))
