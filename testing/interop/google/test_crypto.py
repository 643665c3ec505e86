"""Cryptography, through the client library, checked by another implementation."""
import hashlib
import hmac

import google_crc32c
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.cloud import kms

from google_kms import Algorithm, Purpose, refused

MESSAGE = b"the message"
Format = kms.PublicKey.PublicKeyFormat


def crc(data):
    return google_crc32c.value(data)


def public_key(g, version):
    answer = g.get_public_key(request={"name": version})
    assert answer.name == version and answer.pem_crc32c == crc(answer.pem.encode())
    return serialization.load_pem_public_key(answer.pem.encode())


def test_encrypt_and_decrypt(g, symmetric):
    sealed = g.encrypt(request={
        "name": symmetric, "plaintext": MESSAGE, "plaintext_crc32c": crc(MESSAGE),
        "additional_authenticated_data": b"aad", "additional_authenticated_data_crc32c": crc(b"aad")})
    assert sealed.name == symmetric + "/cryptoKeyVersions/1"
    assert sealed.verified_plaintext_crc32c and sealed.verified_additional_authenticated_data_crc32c
    assert sealed.ciphertext_crc32c == crc(sealed.ciphertext)
    assert sealed.protection_level == kms.ProtectionLevel.SOFTWARE
    opened = g.decrypt(request={
        "name": symmetric, "ciphertext": sealed.ciphertext, "ciphertext_crc32c": sealed.ciphertext_crc32c,
        "additional_authenticated_data": b"aad"})
    assert opened.plaintext == MESSAGE and opened.plaintext_crc32c == crc(MESSAGE) and opened.used_primary
    for wrong in ({"ciphertext": sealed.ciphertext},
                  {"ciphertext": sealed.ciphertext[:-1], "additional_authenticated_data": b"aad"},
                  {"ciphertext": b"nothing of ours"},
                  {"ciphertext": sealed.ciphertext, "ciphertext_crc32c": 1}):
        with refused("INVALID_ARGUMENT"):
            g.decrypt(request={"name": symmetric, **wrong})
    with refused("INVALID_ARGUMENT"):
        g.encrypt(request={"name": symmetric, "plaintext": MESSAGE, "plaintext_crc32c": 1})


@pytest.mark.parametrize("length", [0, 1, 65536])
def test_lengths(g, symmetric, length):
    sealed = g.encrypt(request={"name": symmetric, "plaintext": bytes(length)})
    assert g.decrypt(request={"name": symmetric, "ciphertext": sealed.ciphertext}).plaintext == bytes(length)


def test_too_long(g, symmetric):
    with refused("INVALID_ARGUMENT"):
        g.encrypt(request={"name": symmetric, "plaintext": bytes(65537)})


ECDSA = ("EC_SIGN_P256_SHA256", "EC_SIGN_P384_SHA384", "EC_SIGN_SECP256K1_SHA256")
RSA = ("RSA_SIGN_PSS_2048_SHA256", "RSA_SIGN_PSS_3072_SHA256", "RSA_SIGN_PSS_4096_SHA512",
       "RSA_SIGN_PKCS1_2048_SHA256", "RSA_SIGN_PKCS1_4096_SHA512")


@pytest.mark.parametrize("name", ECDSA + RSA)
def test_signatures(g, name):
    version = g.version(Purpose.ASYMMETRIC_SIGN, Algorithm[name])
    public = public_key(g, version)
    bits = name.rsplit("SHA", 1)[1]
    hash_ = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[bits]
    digest = hashlib.new("sha" + bits, MESSAGE).digest()

    def verify(signature):
        if "EC" in name:
            public.verify(signature, digest, ec.ECDSA(utils.Prehashed(hash_)))
        elif "PSS" in name:
            public.verify(signature, digest, padding.PSS(padding.MGF1(hash_), hash_.digest_size),
                          utils.Prehashed(hash_))
        else:
            public.verify(signature, digest, padding.PKCS1v15(), utils.Prehashed(hash_))

    signed = g.asymmetric_sign(request={
        "name": version, "digest": {"sha" + bits: digest}, "digest_crc32c": crc(digest)})
    assert signed.verified_digest_crc32c and not signed.verified_data_crc32c
    assert signed.name == version and signed.signature_crc32c == crc(signed.signature)
    verify(signed.signature)
    verify(g.asymmetric_sign(request={"name": version, "data": MESSAGE}).signature)
    for wrong in ({}, {"digest": {"sha" + bits: digest[1:]}}, {"digest": {"sha" + bits: digest}, "data": MESSAGE}):
        with refused("INVALID_ARGUMENT"):
            g.asymmetric_sign(request={"name": version, **wrong})


def test_ed25519(g):
    version = g.version(Purpose.ASYMMETRIC_SIGN, Algorithm.EC_SIGN_ED25519)
    signed = g.asymmetric_sign(request={"name": version, "data": MESSAGE, "data_crc32c": crc(MESSAGE)})
    assert signed.verified_data_crc32c
    public_key(g, version).verify(signed.signature, MESSAGE)


@pytest.mark.parametrize("level,length", [(44, 1312), (65, 1952), (87, 2592)])
def test_ml_dsa(g, level, length):
    mldsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.mldsa")
    version = g.version(Purpose.ASYMMETRIC_SIGN, Algorithm[f"PQ_SIGN_ML_DSA_{level}"])
    with refused("INVALID_ARGUMENT"):
        g.get_public_key(request={"name": version})
    answer = g.get_public_key(request={"name": version, "public_key_format": Format.NIST_PQC})
    raw = answer.public_key.data
    assert len(raw) == length and answer.public_key.crc32c_checksum == crc(raw)
    public = getattr(mldsa, f"MLDSA{level}PublicKey").from_public_bytes(raw)
    public.verify(g.asymmetric_sign(request={"name": version, "data": MESSAGE}).signature, MESSAGE)

    version = g.version(Purpose.ASYMMETRIC_SIGN, Algorithm[f"PQ_SIGN_ML_DSA_{level}_EXTERNAL_MU"])
    raw = g.get_public_key(request={"name": version, "public_key_format": Format.NIST_PQC}).public_key.data
    # FIPS 204, algorithms 2 and 7: an empty context before the message.
    tr = hashlib.shake_256(raw).digest(64)
    mu = hashlib.shake_256(tr + b"\0\0" + MESSAGE).digest(64)
    signed = g.asymmetric_sign(request={"name": version, "digest": {"external_mu": mu}})
    getattr(mldsa, f"MLDSA{level}PublicKey").from_public_bytes(raw).verify(signed.signature, MESSAGE)


@pytest.mark.parametrize("name", ["RSA_DECRYPT_OAEP_2048_SHA256", "RSA_DECRYPT_OAEP_2048_SHA1",
                                  "RSA_DECRYPT_OAEP_4096_SHA512"])
def test_asymmetric_decryption(g, name):
    version = g.version(Purpose.ASYMMETRIC_DECRYPT, Algorithm[name])
    hash_ = {"1": hashes.SHA1, "256": hashes.SHA256, "512": hashes.SHA512}[name.rsplit("SHA", 1)[1]]()
    sealed = public_key(g, version).encrypt(MESSAGE, padding.OAEP(padding.MGF1(hash_), hash_, None))
    opened = g.asymmetric_decrypt(request={"name": version, "ciphertext": sealed, "ciphertext_crc32c": crc(sealed)})
    assert opened.plaintext == MESSAGE and opened.verified_ciphertext_crc32c
    with refused("INVALID_ARGUMENT"):
        g.asymmetric_decrypt(request={"name": version, "ciphertext": sealed[::-1]})


@pytest.mark.parametrize("name,length", [("HMAC_SHA1", 20), ("HMAC_SHA224", 28), ("HMAC_SHA256", 32),
                                         ("HMAC_SHA384", 48), ("HMAC_SHA512", 64)])
def test_codes(g, name, length):
    version = g.version(Purpose.MAC, Algorithm[name])
    made = g.mac_sign(request={"name": version, "data": MESSAGE, "data_crc32c": crc(MESSAGE)})
    assert len(made.mac) == length and made.verified_data_crc32c and made.mac_crc32c == crc(made.mac)
    good = g.mac_verify(request={"name": version, "data": MESSAGE, "mac": made.mac, "mac_crc32c": crc(made.mac)})
    assert good.success and good.verified_success_integrity and good.verified_mac_crc32c
    bad = g.mac_verify(request={"name": version, "data": b"other", "mac": made.mac})
    assert not bad.success and not bad.verified_success_integrity


@pytest.mark.parametrize("bits", [128, 256])
def test_raw_modes(g, bits):
    for mode in ("GCM", "CBC", "CTR"):
        version = g.version(Purpose.RAW_ENCRYPT_DECRYPT, Algorithm[f"AES_{bits}_{mode}"])
        aad = {"additional_authenticated_data": b"aad"} if mode == "GCM" else {}
        sealed = g.raw_encrypt(request={"name": version, "plaintext": bytes(32), **aad})
        assert sealed.tag_length == (16 if mode == "GCM" else 0)
        assert sealed.ciphertext_crc32c == crc(sealed.ciphertext)
        opened = g.raw_decrypt(request={
            "name": version, "ciphertext": sealed.ciphertext, "tag_length": sealed.tag_length,
            "initialization_vector": sealed.initialization_vector, **aad})
        assert opened.plaintext == bytes(32)


def test_random(g):
    answer = g.generate_random_bytes(request={"location": g.location, "length_bytes": 32})
    assert len(answer.data) == 32 and answer.data_crc32c == crc(answer.data)
    for wrong in ({"length_bytes": 7}, {"length_bytes": 1025},
                  {"length_bytes": 32, "protection_level": kms.ProtectionLevel.HSM}):
        with refused("INVALID_ARGUMENT"):
            g.generate_random_bytes(request={"location": g.location, **wrong})


def test_purposes(g, symmetric):
    with refused("FAILED_PRECONDITION"):
        g.get_public_key(request={"name": symmetric + "/cryptoKeyVersions/1"})
    with refused("FAILED_PRECONDITION"):
        g.mac_sign(request={"name": symmetric + "/cryptoKeyVersions/1", "data": MESSAGE})


def test_imported_material(g):
    job = g.create_import_job(request={
        "parent": g.ring, "import_job_id": g.name("job"),
        "import_job": {"import_method": kms.ImportJob.ImportMethod.RSA_OAEP_3072_SHA1_AES_256,
                       "protection_level": kms.ProtectionLevel.SOFTWARE}})
    assert job.state == kms.ImportJob.ImportJobState.ACTIVE
    assert g.get_import_job(request={"name": job.name}).public_key.pem == job.public_key.pem
    assert job.name in [other.name for other in g.list_import_jobs(request={"parent": g.ring})]
    wrapping = serialization.load_pem_public_key(job.public_key.pem.encode())
    from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding
    import os

    def wrapped(material):
        aes = os.urandom(32)
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return wrapping.encrypt(aes, oaep) + aes_key_wrap_with_padding(aes, material)

    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8,
                                serialization.NoEncryption())
    key = g.key(Purpose.ASYMMETRIC_SIGN, Algorithm.EC_SIGN_P256_SHA256, True, import_only=True)
    version = g.import_crypto_key_version(request={
        "parent": key, "import_job": job.name, "algorithm": Algorithm.EC_SIGN_P256_SHA256,
        "wrapped_key": wrapped(der)})
    assert version.import_job == job.name and version.import_time
    assert public_key(g, version.name) == private.public_key()
    signed = g.asymmetric_sign(request={"name": version.name, "data": MESSAGE})
    private.public_key().verify(signed.signature, MESSAGE, ec.ECDSA(hashes.SHA256()))

    raw = os.urandom(32)
    key = g.key(Purpose.RAW_ENCRYPT_DECRYPT, Algorithm.AES_256_GCM, True)
    version = g.import_crypto_key_version(request={
        "parent": key, "import_job": job.name, "algorithm": Algorithm.AES_256_GCM, "rsa_aes_wrapped_key": wrapped(raw)})
    sealed = g.raw_encrypt(request={"name": version.name, "plaintext": MESSAGE})
    assert AESGCM(raw).decrypt(sealed.initialization_vector, sealed.ciphertext, None) == MESSAGE
    with refused("INVALID_ARGUMENT"):
        g.import_crypto_key_version(request={
            "parent": key, "import_job": job.name, "algorithm": Algorithm.AES_256_GCM, "wrapped_key": bytes(400)})

    key = g.key(Purpose.RAW_ENCRYPT_DECRYPT, Algorithm.AES_256_CTR, True)
    version = g.import_crypto_key_version(request={
        "parent": key, "import_job": job.name, "algorithm": Algorithm.AES_256_CTR, "wrapped_key": wrapped(raw)})
    sealed = g.raw_encrypt(request={"name": version.name, "plaintext": MESSAGE, "initialization_vector": bytes(16)})
    assert Cipher(algorithms.AES(raw), modes.CTR(bytes(16))).decryptor().update(sealed.ciphertext) == MESSAGE
    assert hmac.compare_digest(sealed.initialization_vector, bytes(16))
