"""What Krill 0.16.1 sends, byte for byte but for the identifiers, on one connection that mixes versions; and what it insists on."""
import base64
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from kmip_server import exchange
from ttlv import build, find, parse, replaced

SAMPLES = Path(__file__).parents[3] / "crates/formats/kmip/golden/krill.txt"
UNIQUE_IDENTIFIER, PRIVATE, PUBLIC = 0x420094, 0x420066, 0x42006F
RESULT_STATUS, RESPONSE_HEADER, OPERATION, OBJECT_TYPE = 0x42007F, 0x42007A, 0x42005C, 0x420057
VERSION, ATTRIBUTE, KEY_MATERIAL, KEY_FORMAT, SIGNATURE, DATA = 0x420069, 0x420008, 0x420043, 0x420042, 0x4200C3, 0x4200C2


def samples():
    for line in SAMPLES.read_text().splitlines():
        if not line.startswith("#"):
            name, direction, data = line.split()
            yield name, direction, parse(bytes.fromhex(data))


def test_krill_is_understood(kmip):
    answers = {}
    requests = {name: tree for name, direction, tree in samples() if direction == "request"}
    # Only what was revoked can be destroyed.
    requests["destroy-1.0"] = requests.pop("destroy-1.0")
    with kmip.connect(kmip.alice) as connection:
        for name, request in requests.items():
            request = of_pair(request, name, answers.get("create_key_pair-1.0"))
            response = parse(exchange(connection, build(request)))
            assert list(find(response, RESULT_STATUS)) == [bytes(4)], (name, response)
            assert list(find(response, VERSION)) == list(find(request, VERSION))
            # The version, the time and the count: Krill reads nothing else in a header of 1.x.
            assert len(next(find(response, RESPONSE_HEADER))) == 3
            answers[name] = response
    query = answers["query-1.2"]
    assert all(int.from_bytes(code, "big") <= 0x29 for code in list(find(query, OPERATION))[1:])
    assert all(int.from_bytes(code, "big") <= 9 for code in find(query, OBJECT_TYPE))
    assert all(list(find(answers[name], ATTRIBUTE)) for name in answers if name.startswith("modify"))
    get = answers["get-1.0"]
    assert next(find(get, KEY_FORMAT)) == (3).to_bytes(4, "big"), "PKCS #1"
    key = rsa(next(find(get, KEY_MATERIAL)))
    sign = answers["sign-1.2"]
    key.verify(next(find(sign, SIGNATURE)), next(find(requests["sign-1.2"], DATA)), padding.PKCS1v15(), hashes.SHA256())


def of_pair(request, name, pair):
    """About the pair that was made here instead of one of another run: Krill gets the public half and uses the private one."""
    if pair is None:
        return request
    half = next(find(pair, PUBLIC if name.startswith("get") else PRIVATE))
    return replaced(request, {old: half for old in find(request, UNIQUE_IDENTIFIER)})


def test_an_unknown_key_is_not_found(kmip):
    request = next(tree for name, direction, tree in samples() if (name, direction) == ("sign-1.2", "request"))
    request = replaced(request, {old: b"4b9c2c43-6c6f-4a6a-9d43-0a2a5ba6f1aa" for old in find(request, UNIQUE_IDENTIFIER)})
    with kmip.connect(kmip.alice) as connection:
        response = parse(exchange(connection, build(request)))
    # With any other reason Krill would not use this signer again until it is restarted.
    assert list(find(response, 0x42007E)) == [(1).to_bytes(4, "big")], "ItemNotFound"


def rsa(pkcs1):
    return load_pem_public_key(
        b"-----BEGIN RSA PUBLIC KEY-----\n" + base64.encodebytes(pkcs1) + b"-----END RSA PUBLIC KEY-----\n")
