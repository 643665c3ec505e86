"""Makes the golden files pykmip-*.txt: what the client of PyKMIP 0.11 asks and its server answers, both in this process.

python3 -m venv V && V/bin/pip install pykmip==0.11.0 && V/bin/python pykmip.py

Keys and times are new each time, so that the files are: they are made once, and kept.
"""

import logging
import os
import tempfile

from kmip.core import attributes, enums, objects, utils
from kmip.core import policy as operation_policy
from kmip.core.messages import contents, messages
from kmip.pie import objects as pie
from kmip.pie.client import ProxyKmipClient
from kmip.services.server.engine import KmipEngine

logging.disable(logging.CRITICAL)


class Loop:
    """A connection to an engine in the same process."""

    def __init__(self, engine):
        self.engine, self.response, self.lines, self.counts = engine, None, [], {}

    def write(self, data):
        request = messages.RequestMessage()
        request.read(utils.BytearrayStream(bytes(data)), enums.KMIPVersion.KMIP_1_2)
        version = request.request_header.protocol_version
        try:
            response, _, _ = self.engine.process_request(request, ("owner", None))
        except Exception as error:  # The session would build it; what matters here is its encoding.
            response = self.engine.build_error_response(version, enums.ResultReason.GENERAL_FAILURE, str(error))
        stream = utils.BytearrayStream()
        response.write(stream, contents.protocol_version_to_kmip_version(version))
        self.response = stream.buffer
        name = request.batch_items[0].operation.value.name.lower().replace("_", "-")
        self.counts[name] = self.counts.get(name, 0) + 1
        name = f"{name}-{self.counts[name]}"
        self.lines.append(f"{name} request {bytes(data).hex()}")
        self.lines.append(f"{name} response {bytes(self.response).hex()}")

    def read(self):
        return utils.BytearrayStream(self.response)


def ask(action, *arguments, **options):
    """Refusals are samples, too."""
    try:
        return action(*arguments, **options)
    except Exception as error:
        if "Traceback" in str(error):
            raise
        return None


def talk(client, version):
    aes, rsa = enums.CryptographicAlgorithm.AES, enums.CryptographicAlgorithm.RSA
    mask = enums.CryptographicUsageMask
    newer = version >= enums.KMIPVersion.KMIP_2_0
    key = client.create(aes, 256, name="key", cryptographic_usage_mask=[mask.ENCRYPT, mask.DECRYPT])
    ask(client.get_attribute_list, key)
    ask(client.get_attributes, key, ["State", "Name", "Cryptographic Usage Mask", "Cryptographic Length"])
    ask(client.get_attributes, key)
    ask(client.get, key)
    ask(client.activate, key)
    cbc = {"cryptographic_algorithm": aes, "block_cipher_mode": enums.BlockCipherMode.CBC,
           "padding_method": enums.PaddingMethod.PKCS5}
    encrypted = ask(client.encrypt, b"plain", uid=key, cryptographic_parameters=cbc, iv_counter_nonce=b"\x01" * 16)
    if encrypted:
        ask(client.decrypt, encrypted[0], uid=key, cryptographic_parameters=cbc, iv_counter_nonce=b"\x01" * 16)
    gcm = {"cryptographic_algorithm": aes, "block_cipher_mode": enums.BlockCipherMode.GCM, "tag_length": 16}
    ask(client.encrypt, b"plain", uid=key, cryptographic_parameters=gcm, iv_counter_nonce=b"\x02" * 12)
    private_public = client.create_key_pair(
        rsa, 2048, public_name="public", public_usage_mask=[mask.VERIFY], private_name="private",
        private_usage_mask=[mask.SIGN])
    public, private = private_public
    ask(client.get, public)
    ask(client.get, private)
    ask(client.activate, private)
    ask(client.activate, public)
    pss = {"cryptographic_algorithm": rsa, "hashing_algorithm": enums.HashingAlgorithm.SHA_256,
           "padding_method": enums.PaddingMethod.PSS}
    signature = ask(client.sign, b"message", uid=private, cryptographic_parameters=pss)
    if signature:
        ask(client.signature_verify, b"message", signature, uid=public, cryptographic_parameters=pss)
        ask(client.signature_verify, b"massage", signature, uid=public, cryptographic_parameters=pss)
    secret = client.register(pie.SecretData(b"password", enums.SecretDataType.PASSWORD, [mask.DERIVE_KEY], name="s"))
    ask(client.get, secret)
    opaque = client.register(pie.OpaqueObject(b"\x00\x01\x02", enums.OpaqueDataType.NONE, name="opaque"))
    ask(client.get, opaque)
    registered = client.register(
        pie.SymmetricKey(aes, 128, b"\x03" * 16, masks=[mask.ENCRYPT, mask.WRAP_KEY], name="registered"))
    hmac = client.register(pie.SymmetricKey(
        enums.CryptographicAlgorithm.HMAC_SHA256, 256, b"\x04" * 32, masks=[mask.MAC_GENERATE], name="hmac"))
    ask(client.activate, hmac)
    ask(client.mac, b"data", uid=hmac, algorithm=enums.CryptographicAlgorithm.HMAC_SHA256)
    wrapper = client.register(pie.SymmetricKey(aes, 128, b"\x05" * 16, masks=[mask.WRAP_KEY], name="wrapper"))
    ask(client.activate, wrapper)
    ask(client.get, registered, key_wrapping_specification={
        "wrapping_method": enums.WrappingMethod.ENCRYPT,
        "encryption_key_information": {
            "unique_identifier": wrapper,
            "cryptographic_parameters": {"block_cipher_mode": enums.BlockCipherMode.NIST_KEY_WRAP}},
        "encoding_option": enums.EncodingOption.NO_ENCODING})
    factory = client.attribute_factory
    ask(client.locate)
    ask(client.locate, attributes=[factory.create_attribute(
        enums.AttributeType.NAME,
        attributes.Name.create("key", enums.NameType.UNINTERPRETED_TEXT_STRING))])
    ask(client.locate, maximum_items=2, storage_status_mask=enums.StorageStatusMask.ONLINE_STORAGE.value,
        object_group_member=enums.ObjectGroupMember.GROUP_MEMBER_DEFAULT, attributes=[
            factory.create_attribute(enums.AttributeType.OBJECT_TYPE, enums.ObjectType.SYMMETRIC_KEY),
            factory.create_attribute(enums.AttributeType.CRYPTOGRAPHIC_LENGTH, 256)])
    ask(client.check, key, usage_limits_count=2, cryptographic_usage_mask=[mask.ENCRYPT], lease_time=5)
    if not newer:  # It writes the structures of 1.x in 2.0, too.
        ask(client.rekey, key, offset=0)
    name = attributes.Name.create("renamed", enums.NameType.UNINTERPRETED_TEXT_STRING)
    if newer:
        ask(client.modify_attribute, key, current_attribute=objects.CurrentAttribute(
            attribute=attributes.Name.create("key", enums.NameType.UNINTERPRETED_TEXT_STRING)),
            new_attribute=objects.NewAttribute(attribute=name))
        ask(client.set_attribute, key, attribute_name="Sensitive", attribute_value=True)
        ask(client.delete_attribute, key, attribute_reference=objects.AttributeReference(
            vendor_identification="Acme", attribute_name="Colour"))
        ask(client.delete_attribute, key, current_attribute=objects.CurrentAttribute(attribute=name))
    else:
        ask(client.modify_attribute, key, attribute=factory.create_attribute(
            enums.AttributeType.NAME, name, index=0))
        ask(client.delete_attribute, key, attribute_name="Name", attribute_index=0)
    every = list(enums.QueryFunction)[:14 if newer else 4]
    ask(client.proxy.query, query_functions=every)
    ask(client.proxy.discover_versions)
    ask(client.proxy.discover_versions, protocol_versions=[contents.ProtocolVersion(1, 2), contents.ProtocolVersion(1, 0)])
    if not newer:
        ask(client.proxy.rekey_key_pair, private_key_uuid=attributes.PrivateKeyUniqueIdentifier(private))
    ask(client.revoke, enums.RevocationReasonCode.KEY_COMPROMISE, uid=key, revocation_message="lost",
        compromise_occurrence_date=6)
    ask(client.get, "missing")
    ask(client.destroy, key)
    ask(client.destroy, hmac)
    ask(client.revoke, enums.RevocationReasonCode.CESSATION_OF_OPERATION, uid=private)
    ask(client.destroy, private)


def main():
    for version in ("KMIP_1_0", "KMIP_1_2", "KMIP_1_4", "KMIP_2_0"):
        with tempfile.TemporaryDirectory() as folder:
            engine = KmipEngine(policies=operation_policy.policies, database_path=os.path.join(folder, "db"))
            client = ProxyKmipClient(username="alice", password="open sesame",
                                     kmip_version=enums.KMIPVersion[version], config_file=os.devnull)
            client._is_open = True
            client.proxy.protocol = Loop(engine)
            talk(client, enums.KMIPVersion[version])
            number = version.removeprefix("KMIP_").replace("_", ".")
            with open(f"pykmip-{number}.txt", "w", encoding="ascii") as file:
                file.write(f"# What the client of PyKMIP 0.11.0 asks and its server answers, in KMIP {number}.\n")
                file.write("\n".join(client.proxy.protocol.lines) + "\n")


main()
