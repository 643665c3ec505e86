"""PyKMIP's client, in every version that it speaks."""
import base64
import os

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from kmip.core import attributes, enums
from kmip.core.factories.attributes import AttributeFactory
from kmip.pie import objects
from kmip.pie.client import ProxyKmipClient
from kmip.pie.exceptions import KmipOperationFailure

VERSIONS = [enums.KMIPVersion.KMIP_1_0, enums.KMIPVersion.KMIP_1_1, enums.KMIPVersion.KMIP_1_2,
            enums.KMIPVersion.KMIP_1_3, enums.KMIPVersion.KMIP_1_4, enums.KMIPVersion.KMIP_2_0]
CRYPTOGRAPHIC = VERSIONS[2:]
MASK = enums.CryptographicUsageMask
BOTH = [MASK.ENCRYPT, MASK.DECRYPT]


def client(kmip, version, who=None):
    certificate, key = who or kmip.alice
    return ProxyKmipClient(hostname="127.0.0.1", port=kmip.port, cert=certificate, key=key, ca=kmip.path("ca.pem"),
                           ssl_version="PROTOCOL_TLS", config="none", config_file=os.devnull, kmip_version=version)


def refused(reason, call, *arguments, **named):
    with pytest.raises(KmipOperationFailure) as error:
        call(*arguments, **named)
    assert error.value.reason == reason, error.value
    return error.value


@pytest.mark.parametrize("version", VERSIONS, ids=lambda version: version.name)
class TestEveryVersion:
    def test_the_life_of_a_symmetric_key(self, kmip, version):
        with client(kmip, version) as c:
            uid = c.create(enums.CryptographicAlgorithm.AES, 256, name=f"life {version.name}", cryptographic_usage_mask=BOTH)
            key = c.get(uid)
            assert key.cryptographic_length == 256 and len(key.value) == 32
            assert c.locate(attributes=[name_attribute(f"life {version.name}")]) == [uid]
            assert "State" in c.get_attribute_list(uid)
            assert state(c, uid) == enums.State.PRE_ACTIVE
            c.activate(uid)
            assert state(c, uid) == enums.State.ACTIVE
            refused(wrong_state(version),
                    c.destroy, uid)
            c.revoke(enums.RevocationReasonCode.CESSATION_OF_OPERATION, uid)
            assert state(c, uid) == enums.State.DEACTIVATED
            c.destroy(uid)
            assert c.locate(attributes=[name_attribute(f"life {version.name}")]) == []
            assert state(c, uid) == enums.State.DESTROYED

    def test_what_is_registered_comes_back(self, kmip, version):
        with client(kmip, version) as c:
            secret = objects.SecretData(b"a password", enums.SecretDataType.PASSWORD, masks=[MASK.DERIVE_KEY], name="secret")
            opaque = objects.OpaqueObject(b"\x00\x01", enums.OpaqueDataType.NONE)
            triple = objects.SymmetricKey(enums.CryptographicAlgorithm.TRIPLE_DES, 192, bytes(range(24)), masks=BOTH)
            aes = objects.SymmetricKey(enums.CryptographicAlgorithm.AES, 128, bytes(range(16)), masks=BOTH)
            for thing in [secret, opaque, triple, aes]:
                assert c.get(c.register(thing)).value == thing.value

    def test_a_pair(self, kmip, version):
        with client(kmip, version) as c:
            public, private = c.create_key_pair(
                enums.CryptographicAlgorithm.RSA, 2048, public_usage_mask=[MASK.VERIFY], private_usage_mask=[MASK.SIGN],
                public_name="pair public", private_name="pair private")
            assert c.get(public).key_format_type == enums.KeyFormatType.PKCS_1
            # The private half does not leave.
            reason = enums.ResultReason.PERMISSION_DENIED if version < enums.KMIPVersion.KMIP_1_4 else enums.ResultReason.NOT_EXTRACTABLE
            refused(reason, c.get, private)
            c.destroy(public)
            c.destroy(private)

    def test_others_see_nothing(self, kmip, version):
        with client(kmip, version) as c, client(kmip, version, kmip.bob) as other:
            uid = c.create(enums.CryptographicAlgorithm.AES, 256, name="alice's", cryptographic_usage_mask=BOTH)
            secret = c.register(objects.SecretData(b"hers", enums.SecretDataType.PASSWORD, masks=[MASK.DERIVE_KEY]))
            for theirs in [uid, secret]:
                # As if they did not exist.
                refused(enums.ResultReason.ITEM_NOT_FOUND, other.get, theirs)
                refused(enums.ResultReason.ITEM_NOT_FOUND, other.destroy, theirs)
            assert uid not in other.locate() and secret not in other.locate()
            assert uid in c.locate() and secret in c.locate()

    def test_what_does_not_exist(self, kmip, version):
        with client(kmip, version) as c:
            for uid in ["4b9c2c43-6c6f-4a6a-9d43-0a2a5ba6f1aa", "1", "no such thing"]:
                refused(enums.ResultReason.ITEM_NOT_FOUND, c.get, uid)

    def test_attributes(self, kmip, version):
        with client(kmip, version) as c:
            uid = c.create(enums.CryptographicAlgorithm.AES, 256, name="first", cryptographic_usage_mask=BOTH)
            assert sorted(c.get_attribute_list(uid))
            _, attributes = c.get_attributes(uid, ["Name", "Cryptographic Length"])
            assert len(attributes) == 2


@pytest.mark.parametrize("version", CRYPTOGRAPHIC, ids=lambda version: version.name)
class TestCryptography:
    def test_cbc(self, kmip, version):
        parameters = {"cryptographic_algorithm": enums.CryptographicAlgorithm.AES,
                      "block_cipher_mode": enums.BlockCipherMode.CBC, "padding_method": enums.PaddingMethod.PKCS5}
        with client(kmip, version) as c:
            uid = c.create(enums.CryptographicAlgorithm.AES, 256, cryptographic_usage_mask=BOTH)
            refused(wrong_state(version),
                    c.encrypt, b"too early", uid, parameters)
            c.activate(uid)
            ciphertext, iv = c.encrypt(b"a message", uid, parameters)
            assert c.decrypt(ciphertext, uid, parameters, iv) == b"a message"
            own, none = c.encrypt(b"a message", uid, parameters, bytes(16))
            assert none is None and c.decrypt(own, uid, parameters, bytes(16)) == b"a message"

    def test_signatures(self, kmip, version):
        parameters = {"padding_method": enums.PaddingMethod.PSS, "hashing_algorithm": enums.HashingAlgorithm.SHA_256,
                      "cryptographic_algorithm": enums.CryptographicAlgorithm.RSA}
        with client(kmip, version) as c:
            public, private = c.create_key_pair(
                enums.CryptographicAlgorithm.RSA, 2048, public_usage_mask=[MASK.VERIFY], private_usage_mask=[MASK.SIGN])
            c.activate(private)
            c.activate(public)
            signature = c.sign(b"a message" * 1000, private, parameters)
            assert c.signature_verify(b"a message" * 1000, signature, public, parameters) == enums.ValidityIndicator.VALID
            assert c.signature_verify(b"another", signature, public, parameters) == enums.ValidityIndicator.INVALID
            rsa(c.get(public).value).verify(signature, b"a message" * 1000, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())

    def test_a_registered_public_key(self, kmip, version):
        parameters = {"padding_method": enums.PaddingMethod.PKCS1v15, "hashing_algorithm": enums.HashingAlgorithm.SHA_256,
                      "cryptographic_algorithm": enums.CryptographicAlgorithm.RSA}
        private = generate_private_key(65537, 2048)
        own = private.sign(b"a message", padding.PKCS1v15(), hashes.SHA256())
        with client(kmip, version) as c:
            for form, format_type in [(PublicFormat.PKCS1, enums.KeyFormatType.PKCS_1), (PublicFormat.SubjectPublicKeyInfo, enums.KeyFormatType.X_509)]:
                value = private.public_key().public_bytes(Encoding.DER, form)
                uid = c.register(objects.PublicKey(enums.CryptographicAlgorithm.RSA, 2048, value, format_type, masks=[MASK.VERIFY]))
                refused(wrong_state(version), c.signature_verify, b"a message", own, uid, parameters)
                c.activate(uid)
                assert c.signature_verify(b"a message", own, uid, parameters) == enums.ValidityIndicator.VALID
                assert c.signature_verify(b"another", own, uid, parameters) == enums.ValidityIndicator.INVALID

    def test_a_secret_leaves_wrapped(self, kmip, version):
        with client(kmip, version) as c:
            wrapping = c.create(enums.CryptographicAlgorithm.AES, 256, cryptographic_usage_mask=[MASK.WRAP_KEY])
            c.activate(wrapping)
            secret = c.register(objects.SecretData(b"sixteen letters!", enums.SecretDataType.PASSWORD, masks=[MASK.DERIVE_KEY]))
            out = c.get(secret, {
                "wrapping_method": enums.WrappingMethod.ENCRYPT,
                "encryption_key_information": {
                    "unique_identifier": wrapping,
                    "cryptographic_parameters": {"block_cipher_mode": enums.BlockCipherMode.NIST_KEY_WRAP},
                },
                "encoding_option": enums.EncodingOption.NO_ENCODING,
            })
            assert aes_key_unwrap(c.get(wrapping).value, out.value) == b"sixteen letters!"

    def test_codes(self, kmip, version):
        with client(kmip, version) as c:
            uid = c.create(enums.CryptographicAlgorithm.HMAC_SHA256, 256, cryptographic_usage_mask=[MASK.MAC_GENERATE, MASK.MAC_VERIFY])
            c.activate(uid)
            _, code = c.mac(b"a message", uid, enums.CryptographicAlgorithm.HMAC_SHA256)
            own = hmac.HMAC(c.get(uid).value, hashes.SHA256())
            own.update(b"a message")
            own.verify(code)


def name_attribute(name):
    return AttributeFactory().create_attribute(
        enums.AttributeType.NAME, attributes.Name.create(name, enums.NameType.UNINTERPRETED_TEXT_STRING))


def wrong_state(version):
    """Before 2.0 there was no better word."""
    return enums.ResultReason.WRONG_KEY_LIFECYCLE_STATE if version == VERSIONS[-1] else enums.ResultReason.PERMISSION_DENIED


def state(c, uid):
    _, [attribute] = c.get_attributes(uid, ["State"])
    return attribute.attribute_value.value


def rsa(pkcs1):
    return load_pem_public_key(
        b"-----BEGIN RSA PUBLIC KEY-----\n" + base64.encodebytes(pkcs1) + b"-----END RSA PUBLIC KEY-----\n")
