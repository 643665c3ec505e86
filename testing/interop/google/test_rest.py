"""The REST form without a library of its own: tokens that are exchanged, what other clients than Python's send."""
import base64
import json
import subprocess

import google.auth.transport.requests
import pytest
import requests
from google.oauth2 import service_account

from google_kms import Kms, Purpose


@pytest.fixture(scope="module")
def rest(server, google_env):
    return Kms(server, "rest")


@pytest.fixture(scope="module")
def session(server, google_env):
    """A session whose access token was exchanged for an assertion at the address in the key file."""
    credentials = service_account.Credentials.from_service_account_file(
        google_env["GOOGLE_APPLICATION_CREDENTIALS"], scopes=["https://www.googleapis.com/auth/cloud-platform"])
    credentials.refresh(google.auth.transport.requests.Request())
    assert credentials.token.startswith("clvg_")
    made = requests.Session()
    made.headers["Authorization"] = f"Bearer {credentials.token}"
    made.base = f"https://127.0.0.1:{server.port}/v1/"
    return made


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode,
                                    lambda data: base64.urlsafe_b64encode(data).rstrip(b"=")])
def test_both_alphabets(rest, session, encode):
    key, plaintext = rest.key(Purpose.ENCRYPT_DECRYPT), b"\xfb\xff\xfe"
    sealed = session.post(f"{session.base}{key}:encrypt", json={"plaintext": encode(plaintext).decode()}).json()
    assert sealed["protectionLevel"] == "SOFTWARE" and sealed["ciphertextCrc32c"].isdigit()
    body = {"ciphertext": encode(base64.b64decode(sealed["ciphertext"])).decode()}
    opened = session.post(f"{session.base}{key}:decrypt?alt=json&prettyPrint=false", json=body).json()
    assert base64.b64decode(opened["plaintext"]) == plaintext


def test_numbers_and_names(rest, session):
    key = rest.key(Purpose.ENCRYPT_DECRYPT)
    assert session.get(f"{session.base}{key}").json()["purpose"] == "ENCRYPT_DECRYPT"
    assert session.get(f"{session.base}{key}?$alt=json;enum-encoding=int").json()["purpose"] == 1


def test_refusals(rest, session):
    answer = session.get(f"{session.base}{rest.ring}/cryptoKeys/absent")
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (404, "NOT_FOUND") and error["details"] and error["message"]
    stranger = requests.get(f"{session.base}{rest.ring}")
    assert stranger.status_code == 401 and stranger.json()["error"]["status"] == "UNAUTHENTICATED"
    assert stranger.headers["WWW-Authenticate"].startswith("Bearer")
    for path in (f"{rest.ring}?fields=name", f"{rest.ring}?key=x", f"{rest.ring}?alt=media"):
        assert session.get(session.base + path).json()["error"]["status"] == "INVALID_ARGUMENT"


def test_the_old_signer_of_tls_keys(rest, session):
    """salrashid123/signer over REST: the public key in PEM, then a signature over a SHA-256 digest."""
    from google_kms import Algorithm
    version = rest.version(Purpose.ASYMMETRIC_SIGN, Algorithm.RSA_SIGN_PKCS1_2048_SHA256)
    assert "BEGIN PUBLIC KEY" in session.get(f"{session.base}{version}/publicKey?alt=json&prettyPrint=false").json()["pem"]
    digest = base64.b64encode(bytes(32)).decode()
    signed = session.post(f"{session.base}{version}:asymmetricSign?alt=json", json={"digest": {"sha256": digest}})
    assert len(base64.b64decode(signed.json()["signature"])) == 256


def test_the_native_token_works_too(server, rest, session):
    made = server.cli("credentials", "create", "application", "--kind", "bearer-token", "--output", "json")
    token = json.loads(made.stdout)["secret"]
    for version in ("--http1.1", "--http2"):
        done = subprocess.run(
            ["curl", "-sS", "--fail-with-body", version, "--cacert", server.env["AWS_CA_BUNDLE"],
             "-H", f"Authorization: Bearer {token}", f"{session.base}{rest.ring}"],
            capture_output=True, check=True)
        assert json.loads(done.stdout)["name"] == rest.ring
