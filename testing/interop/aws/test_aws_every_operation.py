"""Each operation that boto3 knows does what its documentation says, or is refused as unsupported."""
import datetime
import hashlib
import os
import re
import uuid

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

from kms_client import code, new_key

OPERATIONS = boto3.client("kms", region_name="us-east-1").meta.service_model.operation_names
UNSUPPORTED = {
    "ConnectCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "CreateCustomKeyStore": {"CustomKeyStoreName": "store"},
    "Decapsulate": {"KeyId": "alias/a", "SharedSecretCiphertextBlob": b"x", "EncapsulationAlgorithm": "ML_KEM"},
    "DeleteCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "DescribeCustomKeyStores": {},
    "DisconnectCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "Encapsulate": {"KeyId": "alias/a", "EncapsulationAlgorithm": "ML_KEM"},
    "ReplicateKey": {"KeyId": "alias/a", "ReplicaRegion": "us-east-1"},
    "UpdateCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "UpdatePrimaryRegion": {"KeyId": "alias/a", "PrimaryRegion": "us-east-1"},
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation(kms, key, account, operation):
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
    if operation in UNSUPPORTED:
        assert code(getattr(kms, name), **UNSUPPORTED[operation]) == "UnsupportedOperationException"
    else:
        globals()[name](kms, key, account)


# Encryption


def encrypt(kms, key, account):
    context = {"purpose": "test", "ünï": "cödé"}
    done = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext=context)
    assert (done["KeyId"], done["EncryptionAlgorithm"]) == (key["Arn"], "SYMMETRIC_DEFAULT")
    assert b"secret" not in done["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=done["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == b"secret"
    largest = os.urandom(4096)
    done = kms.encrypt(KeyId=key["KeyId"], Plaintext=largest)
    assert kms.decrypt(CiphertextBlob=done["CiphertextBlob"])["Plaintext"] == largest


def decrypt(kms, key, account):
    rsa = new_key(kms, "RSA_2048")
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=rsa["KeyId"])["PublicKey"])
    for algorithm, digest in (("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256())):
        oaep = padding.OAEP(padding.MGF1(digest), digest, None)
        blob = public.encrypt(b"from outside", oaep)
        done = kms.decrypt(KeyId=rsa["KeyId"], CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
        assert (done["Plaintext"], done["KeyId"], done["EncryptionAlgorithm"]) == (b"from outside", rsa["Arn"], algorithm)
        inside = kms.encrypt(KeyId=rsa["KeyId"], Plaintext=b"inside", EncryptionAlgorithm=algorithm)
        blob = inside["CiphertextBlob"]
        assert kms.decrypt(KeyId=rsa["KeyId"], CiphertextBlob=blob, EncryptionAlgorithm=algorithm)["Plaintext"] == b"inside"


def re_encrypt(kms, key, account):
    other = new_key(kms)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret", EncryptionContext={"a": "1"})["CiphertextBlob"]
    done = kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "1"}, SourceKeyId=key["KeyId"],
                          DestinationKeyId=other["Arn"], DestinationEncryptionContext={"b": "2"})
    assert (done["SourceKeyId"], done["KeyId"]) == (key["Arn"], other["Arn"])
    opened = kms.decrypt(CiphertextBlob=done["CiphertextBlob"], EncryptionContext={"b": "2"}, KeyId=other["KeyId"])
    assert opened["Plaintext"] == b"secret"


def generate_data_key(kms, key, account):
    for size in ({"KeySpec": "AES_256"}, {"KeySpec": "AES_128"}, {"NumberOfBytes": 64}):
        made = kms.generate_data_key(KeyId=key["KeyId"], EncryptionContext={"a": "1"}, **size)
        assert len(made["Plaintext"]) == {"AES_256": 32, "AES_128": 16}.get(size.get("KeySpec"), 64)
        opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "1"})
        assert (opened["Plaintext"], opened["KeyId"]) == (made["Plaintext"], made["KeyId"]) == (made["Plaintext"], key["Arn"])


def generate_data_key_without_plaintext(kms, key, account):
    made = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], NumberOfBytes=24)
    assert "Plaintext" not in made
    assert len(kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"]) == 24


PAIR_SPECS = ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]


def public_der(private):
    key = serialization.load_der_private_key(private, None)
    return key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def generate_data_key_pair(kms, key, account):
    for spec in PAIR_SPECS:
        made = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec, EncryptionContext={"a": "1"})
        assert (made["KeyPairSpec"], made["KeyId"]) == (spec, key["Arn"])
        assert public_der(made["PrivateKeyPlaintext"]) == made["PublicKey"]
        opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "1"})
        assert opened["Plaintext"] == made["PrivateKeyPlaintext"]


def generate_data_key_pair_without_plaintext(kms, key, account):
    made = kms.generate_data_key_pair_without_plaintext(KeyId=key["KeyId"], KeyPairSpec="ECC_NIST_P256")
    assert "PrivateKeyPlaintext" not in made
    assert public_der(kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"]) == made["PublicKey"]


def generate_random(kms, key, account):
    for length in (1, 1024):
        assert len(kms.generate_random(NumberOfBytes=length)["Plaintext"]) == length
    assert kms.generate_random(NumberOfBytes=16)["Plaintext"] != kms.generate_random(NumberOfBytes=16)["Plaintext"]


# Signatures, codes, agreement

HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
MESSAGE = b"what is signed"


def sign(kms, key, account):
    """Every algorithm, checked by another library where it knows the algorithm."""
    specs = ["RSA_2048", "RSA_3072", "RSA_4096", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1",
             "ECC_NIST_EDWARDS25519", "ML_DSA_44", "ML_DSA_65", "ML_DSA_87"]
    for spec in specs:
        made = new_key(kms, spec, "SIGN_VERIFY")
        spki = kms.get_public_key(KeyId=made["KeyId"])["PublicKey"]
        for algorithm in made["SigningAlgorithms"]:
            of = {"KeyId": made["KeyId"], "SigningAlgorithm": algorithm}
            if algorithm == "ED25519_PH_SHA_512":
                of |= {"Message": hashlib.sha512(MESSAGE).digest(), "MessageType": "DIGEST"}
            else:
                of |= {"Message": MESSAGE}
            signed = kms.sign(**of)
            assert (signed["KeyId"], signed["SigningAlgorithm"]) == (made["Arn"], algorithm)
            assert kms.verify(**of, Signature=signed["Signature"])["SignatureValid"] is True
            if algorithm != "ED25519_PH_SHA_512" and not spec.startswith("ML_DSA"):
                check_signature(spki, algorithm, signed["Signature"])


def check_signature(spki, algorithm, signature):
    public = serialization.load_der_public_key(spki)
    digest = HASHES[algorithm[-3:]]()
    if algorithm.startswith("RSASSA_PSS"):
        public.verify(signature, MESSAGE, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    elif algorithm.startswith("RSASSA_PKCS1"):
        public.verify(signature, MESSAGE, padding.PKCS1v15(), digest)
    elif algorithm.startswith("ECDSA"):
        public.verify(signature, MESSAGE, ec.ECDSA(digest))
    else:
        public.verify(signature, MESSAGE)


def verify(kms, key, account):
    made = new_key(kms, "ECC_NIST_P384", "SIGN_VERIFY")
    of = {"KeyId": made["KeyId"], "SigningAlgorithm": "ECDSA_SHA_384"}
    signature = kms.sign(**of, Message=hashlib.sha384(MESSAGE).digest(), MessageType="DIGEST")["Signature"]
    verified = kms.verify(**of, Message=MESSAGE, Signature=signature)
    assert (verified["KeyId"], verified["SignatureValid"]) == (made["Arn"], True)
    assert code(kms.verify, **of, Message=b"another", Signature=signature) == "KMSInvalidSignatureException"
    assert code(kms.verify, **of, Message=MESSAGE, Signature=signature[:-1]) == "KMSInvalidSignatureException"


def get_public_key(kms, key, account):
    made = new_key(kms, "RSA_3072", "SIGN_VERIFY")
    answer = kms.get_public_key(KeyId=made["Arn"])
    assert (answer["KeyId"], answer["KeySpec"], answer["KeyUsage"]) == (made["Arn"], "RSA_3072", "SIGN_VERIFY")
    assert answer["SigningAlgorithms"] == made["SigningAlgorithms"]
    assert serialization.load_der_public_key(answer["PublicKey"]).key_size == 3072


def generate_mac(kms, key, account):
    for bits in ("224", "256", "384", "512"):
        made = new_key(kms, f"HMAC_{bits}", "GENERATE_VERIFY_MAC")
        answer = kms.generate_mac(KeyId=made["KeyId"], Message=MESSAGE, MacAlgorithm=f"HMAC_SHA_{bits}")
        assert (answer["KeyId"], len(answer["Mac"])) == (made["Arn"], int(bits) // 8)


def verify_mac(kms, key, account):
    made = new_key(kms, "HMAC_256", "GENERATE_VERIFY_MAC")
    of = {"KeyId": made["KeyId"], "MacAlgorithm": "HMAC_SHA_256"}
    mac = kms.generate_mac(**of, Message=MESSAGE)["Mac"]
    assert kms.verify_mac(**of, Message=MESSAGE, Mac=mac)["MacValid"] is True
    assert code(kms.verify_mac, **of, Message=b"another", Mac=mac) == "KMSInvalidMacException"
    assert code(kms.verify_mac, **of, Message=MESSAGE, Mac=mac[:16]) == "KMSInvalidMacException"


def derive_shared_secret(kms, key, account):
    for spec, curve in (("ECC_NIST_P256", ec.SECP256R1()), ("ECC_NIST_P384", ec.SECP384R1()), ("ECC_NIST_P521", ec.SECP521R1())):
        made = new_key(kms, spec, "KEY_AGREEMENT")
        ours = ec.generate_private_key(curve)
        peer = ours.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        answer = kms.derive_shared_secret(KeyId=made["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=peer)
        theirs = serialization.load_der_public_key(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
        assert answer["SharedSecret"] == ours.exchange(ec.ECDH(), theirs)
        assert (answer["KeyId"], answer["KeyOrigin"]) == (made["Arn"], "AWS_KMS")


# The life of a key


def create_key(kms, key, account):
    made = kms.create_key(Description="what for", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]
    assert made["Arn"] == f"arn:aws:kms:{kms.meta.region_name}:{account}:key/{made['KeyId']}"
    assert uuid.UUID(made["KeyId"]).version == 4
    assert made["Enabled"] and made["KeyState"] == "Enabled" and made["Description"] == "what for"
    assert (made["KeySpec"], made["KeyUsage"], made["Origin"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "AWS_KMS")
    assert (made["KeyManager"], made["MultiRegion"], made["AWSAccountId"]) == ("CUSTOMER", False, account)
    age = datetime.datetime.now(datetime.timezone.utc) - made["CreationDate"]
    assert abs(age) < datetime.timedelta(minutes=1)


def describe_key(kms, key, account):
    assert kms.describe_key(KeyId=key["Arn"])["KeyMetadata"] == key


def list_keys(kms, key, account):
    pages = kms.get_paginator("list_keys").paginate(PaginationConfig={"PageSize": 2})
    listed = [entry for page in pages for entry in page["Keys"]]
    assert len({entry["KeyId"] for entry in listed}) == len(listed)
    assert {"KeyId": key["KeyId"], "KeyArn": key["Arn"]} in listed


def enable_key(kms, key, account):
    made = new_key(kms)
    kms.disable_key(KeyId=made["KeyId"])
    kms.enable_key(KeyId=made["KeyId"])
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"] == "Enabled"
    kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")


def disable_key(kms, key, account):
    made = new_key(kms)
    blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=made["Arn"])
    metadata = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"]) == ("Disabled", False)
    assert code(kms.decrypt, CiphertextBlob=blob) == "DisabledException"


def update_key_description(kms, key, account):
    made = new_key(kms)
    kms.update_key_description(KeyId=made["KeyId"], Description="another")
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["Description"] == "another"


def schedule_key_deletion(kms, key, account):
    made = new_key(kms)
    answer = kms.schedule_key_deletion(KeyId=made["KeyId"], PendingWindowInDays=7)
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (made["Arn"], "PendingDeletion", 7)
    metadata = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
    assert metadata["DeletionDate"] == answer["DeletionDate"]
    assert datetime.timedelta(days=6, hours=23) < answer["DeletionDate"] - made["CreationDate"] < datetime.timedelta(days=7, minutes=5)
    assert code(kms.encrypt, KeyId=made["KeyId"], Plaintext=b"x") == "KMSInvalidStateException"


def cancel_key_deletion(kms, key, account):
    made = new_key(kms)
    kms.schedule_key_deletion(KeyId=made["KeyId"])
    assert kms.cancel_key_deletion(KeyId=made["KeyId"])["KeyId"] == made["Arn"]
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"] == "Disabled"


def enable_key_rotation(kms, key, account):
    made = new_key(kms)
    kms.enable_key_rotation(KeyId=made["KeyId"], RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=made["KeyId"])
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    assert status["NextRotationDate"] - made["CreationDate"] > datetime.timedelta(days=179)


def disable_key_rotation(kms, key, account):
    made = new_key(kms)
    kms.enable_key_rotation(KeyId=made["KeyId"])
    kms.disable_key_rotation(KeyId=made["KeyId"])
    assert kms.get_key_rotation_status(KeyId=made["KeyId"])["KeyRotationEnabled"] is False


def get_key_rotation_status(kms, key, account):
    """Terraform asks this of every key."""
    for spec, usage in (("RSA_2048", "SIGN_VERIFY"), ("HMAC_256", "GENERATE_VERIFY_MAC"), ("ECC_NIST_P256", "KEY_AGREEMENT")):
        made = new_key(kms, spec, usage)
        assert kms.get_key_rotation_status(KeyId=made["KeyId"])["KeyRotationEnabled"] is False


def rotate_key_on_demand(kms, key, account):
    made = new_key(kms)
    blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"before")["CiphertextBlob"]
    assert made["KeyId"] in kms.rotate_key_on_demand(KeyId=made["KeyId"])["KeyId"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
    after = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"after")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=after)["Plaintext"] == b"after"


def list_key_rotations(kms, key, account):
    made = new_key(kms)
    for _ in range(3):
        kms.rotate_key_on_demand(KeyId=made["KeyId"])
    pages = kms.get_paginator("list_key_rotations").paginate(KeyId=made["KeyId"], PaginationConfig={"PageSize": 2})
    rotations = [rotation for page in pages for rotation in page["Rotations"]]
    assert [rotation["RotationType"] for rotation in rotations] == ["ON_DEMAND"] * 3
    assert rotations == sorted(rotations, key=lambda rotation: rotation["RotationDate"])


def get_key_last_usage(kms, key, account):
    made = new_key(kms)
    assert "KeyLastUsage" not in kms.get_key_last_usage(KeyId=made["KeyId"])
    answer = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")
    usage = kms.get_key_last_usage(KeyId=made["KeyId"])["KeyLastUsage"]
    assert (usage["Operation"], usage["KmsRequestId"]) == ("Encrypt", answer["ResponseMetadata"]["RequestId"])


# Aliases and tags


def new_alias():
    return f"alias/interop/{uuid.uuid4()}"


def create_alias(kms, key, account):
    name = new_alias()
    kms.create_alias(AliasName=name, TargetKeyId=key["Arn"])
    arn = key["Arn"].replace(f"key/{key['KeyId']}", name)
    for named in (name, arn):
        assert kms.describe_key(KeyId=named)["KeyMetadata"] == key
        assert kms.encrypt(KeyId=named, Plaintext=b"x")["KeyId"] == key["Arn"]
    assert code(kms.create_alias, AliasName=name, TargetKeyId=key["KeyId"]) == "AlreadyExistsException"


def update_alias(kms, key, account):
    name, other = new_alias(), new_key(kms)
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    kms.update_alias(AliasName=name, TargetKeyId=other["KeyId"])
    assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == other["KeyId"]


def delete_alias(kms, key, account):
    name = new_alias()
    kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
    kms.delete_alias(AliasName=name)
    assert code(kms.describe_key, KeyId=name) == "NotFoundException"


def list_aliases(kms, key, account):
    made = new_key(kms)
    names = sorted(new_alias() for _ in range(3))
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=made["KeyId"])
    pages = kms.get_paginator("list_aliases").paginate(KeyId=made["KeyId"], PaginationConfig={"PageSize": 2})
    listed = [alias for page in pages for alias in page["Aliases"]]
    assert [alias["AliasName"] for alias in listed] == names
    assert {alias["TargetKeyId"] for alias in listed} == {made["KeyId"]}
    every = [alias["AliasName"] for page in kms.get_paginator("list_aliases").paginate() for alias in page["Aliases"]]
    assert set(names) <= set(every)


TAGS = [{"TagKey": f"tag-{n}", "TagValue": f"välue {n}"} for n in range(3)]


def tag_resource(kms, key, account):
    made = new_key(kms, Tags=TAGS[:1])
    kms.tag_resource(KeyId=made["KeyId"], Tags=TAGS[1:])
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == TAGS


def untag_resource(kms, key, account):
    made = new_key(kms, Tags=TAGS)
    kms.untag_resource(KeyId=made["KeyId"], TagKeys=["tag-0", "tag-2"])
    assert kms.list_resource_tags(KeyId=made["KeyId"])["Tags"] == TAGS[1:2]


def list_resource_tags(kms, key, account):
    made = new_key(kms, Tags=TAGS)
    pages = kms.get_paginator("list_resource_tags").paginate(KeyId=made["KeyId"], PaginationConfig={"PageSize": 2})
    assert [tag for page in pages for tag in page["Tags"]] == TAGS


# Policies and grants; test_aws_permissions.py has what they allow


def get_key_policy(kms, key, account):
    answer = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")
    assert answer["PolicyName"] == "default" and f"arn:aws:iam::{account}:root" in answer["Policy"]


def put_key_policy(kms, key, account):
    made = new_key(kms)
    policy = kms.get_key_policy(KeyId=made["KeyId"])["Policy"].replace("key-default-1", "another")
    kms.put_key_policy(KeyId=made["KeyId"], PolicyName="default", Policy=policy)
    assert kms.get_key_policy(KeyId=made["KeyId"])["Policy"] == policy


def list_key_policies(kms, key, account):
    assert kms.list_key_policies(KeyId=key["KeyId"])["PolicyNames"] == ["default"]


def new_grant(kms, key, account, **named):
    grantee = f"arn:aws:iam::{account}:user/admin"
    return kms.create_grant(**{"KeyId": key["KeyId"], "GranteePrincipal": grantee, "Operations": ["Encrypt"]} | named)


def create_grant(kms, key, account):
    made = new_grant(kms, key, account, Name="once", Constraints={"EncryptionContextEquals": {"a": "b"}})
    assert new_grant(kms, key, account, Name="once", Constraints={"EncryptionContextEquals": {"a": "b"}})["GrantId"] == made["GrantId"]
    assert re.fullmatch("[0-9a-f]{64}", made["GrantId"])
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", GrantTokens=[made["GrantToken"]])


def list_grants(kms, key, account):
    made = new_key(kms)
    grants = [new_grant(kms, made, account)["GrantId"] for _ in range(3)]
    pages = kms.get_paginator("list_grants").paginate(KeyId=made["KeyId"], PaginationConfig={"PageSize": 2})
    listed = [grant for page in pages for grant in page["Grants"]]
    assert sorted(grants) == [grant["GrantId"] for grant in listed]
    assert {grant["KeyId"] for grant in listed} == {made["Arn"]}
    assert {grant["IssuingAccount"] for grant in listed} == {f"arn:aws:iam::{account}:root"}


def list_retirable_grants(kms, key, account):
    retiring = f"arn:aws:iam::{account}:user/application"
    made = new_grant(kms, key, account, RetiringPrincipal=retiring)["GrantId"]
    pages = kms.get_paginator("list_retirable_grants").paginate(RetiringPrincipal=retiring)
    assert made in [grant["GrantId"] for page in pages for grant in page["Grants"]]


def retire_grant(kms, key, account):
    retiring = f"arn:aws:iam::{account}:user/application"
    by_token = new_grant(kms, key, account, RetiringPrincipal=retiring)
    kms.retire_grant(GrantToken=by_token["GrantToken"])
    by_id = new_grant(kms, key, account, RetiringPrincipal=retiring)
    kms.retire_grant(KeyId=key["Arn"], GrantId=by_id["GrantId"])
    left = {grant["GrantId"] for grant in kms.list_grants(KeyId=key["KeyId"])["Grants"]}
    assert not {by_token["GrantId"], by_id["GrantId"]} & left


def revoke_grant(kms, key, account):
    made = new_grant(kms, key, account)
    kms.revoke_grant(KeyId=key["KeyId"], GrantId=made["GrantId"])
    assert code(kms.revoke_grant, KeyId=key["KeyId"], GrantId=made["GrantId"]) == "NotFoundException"


# Import


def wrap(material, parameters, algorithm):
    public = serialization.load_der_public_key(parameters["PublicKey"])
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    if algorithm.startswith("RSAES"):
        return public.encrypt(material, oaep)
    ephemeral = os.urandom(32)
    return public.encrypt(ephemeral, oaep) + keywrap.aes_key_wrap_with_padding(ephemeral, material)


def bring(kms, made, material, algorithm, **named):
    parameters = kms.get_parameters_for_import(KeyId=made["KeyId"], WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    named = named or {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    return kms.import_key_material(KeyId=made["KeyId"], ImportToken=parameters["ImportToken"],
                                   EncryptedKeyMaterial=wrap(material, parameters, algorithm), **named)


def get_parameters_for_import(kms, key, account):
    made = new_key(kms, Origin="EXTERNAL")
    for size in (2048, 3072, 4096):
        answer = kms.get_parameters_for_import(KeyId=made["KeyId"], WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec=f"RSA_{size}")
        assert answer["KeyId"] == made["Arn"]
        assert serialization.load_der_public_key(answer["PublicKey"]).key_size == size
        valid = answer["ParametersValidTo"] - datetime.datetime.now(datetime.timezone.utc)
        assert abs(valid - datetime.timedelta(hours=24)) < datetime.timedelta(minutes=5)


def import_key_material(kms, key, account):
    for algorithm in ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"):
        made = new_key(kms, Origin="EXTERNAL")
        assert made["KeyState"] == "PendingImport"
        assert bring(kms, made, os.urandom(32), algorithm)["KeyId"] == made["Arn"]
        metadata = kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]
        assert (metadata["KeyState"], metadata["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
        blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    ours = ec.generate_private_key(ec.SECP256R1())
    material = ours.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for algorithm in ("RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"):
        made = new_key(kms, "ECC_NIST_P256", "SIGN_VERIFY", Origin="EXTERNAL")
        bring(kms, made, material, algorithm)
        signature = kms.sign(KeyId=made["KeyId"], Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_256")["Signature"]
        ours.public_key().verify(signature, MESSAGE, ec.ECDSA(hashes.SHA256()))


def delete_imported_key_material(kms, key, account):
    made, material = new_key(kms, Origin="EXTERNAL"), os.urandom(32)
    soon = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=2)
    bring(kms, made, material, "RSAES_OAEP_SHA_256", ValidTo=soon, ExpirationModel="KEY_MATERIAL_EXPIRES")
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["ValidTo"] == soon
    blob = kms.encrypt(KeyId=made["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.delete_imported_key_material(KeyId=made["KeyId"])["KeyId"] == made["Arn"]
    assert kms.describe_key(KeyId=made["KeyId"])["KeyMetadata"]["KeyState"] == "PendingImport"
    assert code(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException"
    assert code(bring, kms, made, os.urandom(32), "RSAES_OAEP_SHA_256") == "IncorrectKeyMaterialException"
    bring(kms, made, material, "RSAES_OAEP_SHA_256")
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
