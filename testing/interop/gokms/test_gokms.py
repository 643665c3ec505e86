"""The go-kms API over TLS, from a client that knows nothing but the protocol."""
import base64
import http.client
import json
import re
import socket
import ssl
import time
import urllib.error
import uuid

import pytest

from gokms_client import Client, Refused, code, rfc1123

EXAMPLE_KEY = "e7yflbeeid26rredmwtbiyzxijzak6altcnrsi4yol2f5sexbgdwevlpgosfoeyy"


@pytest.fixture(scope="module")
def client(server):
    return Client(server.env["GOKMSCLI_URL"], server.env["GOKMSCLI_AUTHKEY"], server.env["AWS_CA_BUNDLE"])


def status(call, *arguments, **named):
    with pytest.raises(Refused) as refused:
        call(*arguments, **named)
    return refused.value.status, refused.value.body


def test_the_code_is_that_of_the_published_examples():
    date = rfc1123(1422441733)
    assert date == "Wed, 28 Jan 2015 10:42:13 UTC"
    assert code(EXAMPLE_KEY, "POST", date, "/api/v1/go-kms/listkeys") == "9R9tcue5Qu/vjK8joBstyQM71Kxkb3XHKG9B9yKhngU="


def test_the_life_of_a_key(client):
    made = client.create_key("<interop> & \u2028")
    assert list(made) == ["KeyId", "CreationDate", "Description", "Enabled"]
    assert uuid.UUID(made["KeyId"]).version == 4
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z", made["CreationDate"])
    assert (made["Description"], made["Enabled"]) == ("<interop> & \u2028", True)
    assert made in client.list_keys()
    for _ in range(2):
        assert client.disable_key(made["KeyId"]) == {**made, "Enabled": False}
    assert status(client.encrypt, made["KeyId"], b"x") == (500, b"")
    for _ in range(2):
        assert client.enable_key(made["KeyId"]) == made
    listed = [key["KeyId"] for key in client.list_keys()]
    assert listed == sorted(listed)


def test_answers_are_those_of_go(client):
    raw = client.send("createkey", b'{"description":"a<b>&c","other":[1,{}]} trailing')
    assert rb'"Description":"a\u003cb\u003e\u0026c"' in raw and raw.endswith(b"}}\n")
    key = json.loads(raw)["KeyMetadata"]["KeyId"]
    empty = client.send("encrypt", json.dumps({"KEYID": key, "plaintext": None}).encode())
    assert client.send("decrypt", empty) == b'{"Plaintext":null}\n'


@pytest.mark.parametrize("plaintext", [b"", b"x", bytes(range(256)), b"\xff" * 65536])
def test_what_is_encrypted_decrypts(client, plaintext):
    key = client.create_key()["KeyId"]
    ciphertext = client.encrypt(key, plaintext)
    assert client.decrypt(ciphertext) == plaintext
    other = client.create_key()["KeyId"]
    moved, destination, source = client.re_encrypt(ciphertext, other)
    assert (destination, source) == (other, key)
    assert client.decrypt(moved) == plaintext


def test_data_keys(client):
    key = client.create_key()["KeyId"]
    plaintext, ciphertext = client.generate_data_key(key)
    assert len(plaintext) == 32 and client.decrypt(ciphertext) == plaintext


def test_changed_ciphertexts_do_not_open(client):
    key = client.create_key()["KeyId"]
    ciphertext = client.encrypt(key, b"x")
    for changed in (b"", ciphertext[:-1], ciphertext[:10], ciphertext + b"x", ciphertext[:-1] + bytes([ciphertext[-1] ^ 1])):
        assert status(client.decrypt, changed) == (500, b"")


def test_unknown_keys_and_paths(client):
    for name in (str(uuid.uuid4()), "", "../../etc/passwd", "x"):
        assert status(client.encrypt, name, b"x") == (500, b"")
        assert status(client.disable_key, name) == (500, b"")


def test_strangers(client):
    now = time.time()
    assert status(client.send, "listkeys", b"{}", key="another") == (401, b"")
    assert status(client.send, "listkeys", b"{}", seconds=now - 16 * 60) == (401, b"")
    assert status(client.send, "listkeys", b"{}", seconds=now + 16 * 60) == (401, b"")
    assert status(client.send, "listkeys", b"{}", headers={"Authorization": "x"}) == (401, b"")
    assert client.send("listkeys", b"{}", seconds=now - 14 * 60)


def test_the_order_of_the_checks(client):
    def error(description, name):
        return json.dumps({"description": description, "error": name}, separators=(",", ":")).encode() + b"\n"

    stranger = {"Authorization": "x"}
    assert status(client.send, "x", b"?") == (404, error("POST /api/v1/go-kms/x not found", "tigertonic.NotFound"))
    assert status(client.send, "encrypt", None, method="GET") == (
        405, error("only OPTIONS, POST are allowed", "tigertonic.MethodNotAllowed"))
    assert status(client.send, "encrypt", b"?", headers={"Accept": "text/html", **stranger})[0] == 406
    assert status(client.send, "encrypt", b"?", headers={"Content-Type": "text/html", **stranger}) == (
        415, error("Content-Type header is text/html, not application/json", "tigertonic.MarshalerError"))
    assert status(client.send, "encrypt", b"", headers=stranger) == (400, error("EOF", "error"))
    assert status(client.send, "encrypt", b"{x", headers=stranger) == (
        400, error("invalid character 'x' looking for beginning of object key string", "json.SyntaxError"))
    assert client.send("encrypt", None, method="OPTIONS") == b'{"allow":["OPTIONS","POST"]}\n'


def test_the_server_must_be_the_right_one(server):
    lenient = Client(server.env["GOKMSCLI_URL"], "x", server.env["AWS_CA_BUNDLE"])
    lenient.context = ssl.create_default_context()
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        lenient.list_keys()


# The published key store: one key, made by go-kms with this passphrase, and something that it encrypted.
PASSPHRASE = "A long passphrase that will be used to generate the master key"
STORED_KEY = "6f90d707-3b6a-4321-b32c-3c1d37915c1b"
KEY_FILE = ("AQEBAQEBAQEBAQEBpF4i+KUPGmK9szaxU65BYpJ+qQvbkyEpWihdMjRmIVbIqHE12AYKV9AYAkQzgSqsPKTKdKaru/1U5dNg3uLrTpiFVDpa"
            "oqtda6CdoBLpUhQjMS0FaMeFywkoFmqMwBiylIhpT2PjBVhUAvMGzNayjHurUWMbHqPGYmhUYR9XBTAEqv+1snJHQfVCzsTEMz/ogcM0/7ES"
            "3BJeLi4JppwJFvg1LE1nSiqIqyEcmHG8D/bXPBPum9bWdLHCeM6jvTAicG8DoRt9nsReNJ/ffI4US/T3tm6E6nGvgOVpQLG2TS7rUl0ws8OW"
            "j5mTiw==")
CIPHERTEXT = ("AgICAgICAgICAgICv9KqXpBBRPxgHJJ233JLcpErj8JdvITRHPawxou1SstzgpPH9sOKm/AUnTRw/XsnS3N4xwMDAwMDAwMDAwMDA6UqXbdq"
              "8zN3vzxnH6zLNWZ7N5eRu5ld0OPcJ3xlQ8gz+mJdtsumK8YKnYe5nC/DFRTNiEtcLQ==")


def import_key_store(server, passphrase):
    """What the command sends: the files of the directory, over the Unix socket of the data directory."""
    files = [{"name": f"{STORED_KEY}.key", "content": KEY_FILE}]
    secret = base64.b64encode(passphrase.encode()).decode()
    body = json.dumps({"passphrase": secret, "files": files})
    connection = http.client.HTTPConnection("localhost", timeout=60)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(server.data / "claviger.sock"))
    connection.request("POST", "/claviger/v1/import/go-kms", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_a_key_store_is_taken_over(server, client):
    ciphertext = base64.b64decode(CIPHERTEXT)
    assert status(client.decrypt, ciphertext) == (500, b"")
    wrong, problem = import_key_store(server, "not the passphrase")
    assert wrong >= 400 and "passphrase or master key is wrong" in json.dumps(problem)
    assert import_key_store(server, PASSPHRASE) == (200, {"imported": [STORED_KEY], "skipped": []})
    again, answer = import_key_store(server, PASSPHRASE)
    assert (again, answer["imported"], len(answer["skipped"])) == (200, [], 1)
    plaintext = b"Kaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaahn!"
    assert client.decrypt(ciphertext) == plaintext
    moved, *keys = client.re_encrypt(ciphertext, STORED_KEY)
    assert keys == [STORED_KEY, STORED_KEY] and client.decrypt(moved) == plaintext
    assert {"KeyId": STORED_KEY, "CreationDate": "2015-01-28T10:42:13.123456Z", "Description": "Test Encryption Key",
            "Enabled": True} in client.list_keys()
    assert client.decrypt(client.encrypt(STORED_KEY, b"new")) == b"new"
