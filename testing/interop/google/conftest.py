"""The real client library over both of its transports, with the key file that `claviger dev` wrote."""
import os

import pytest
from google.cloud import kms

from google_kms import Kms


@pytest.fixture(scope="session")
def google_env(server):
    """What a shell exports for Google's libraries; requests, under the REST transport, takes its authorities apart."""
    names = ("GOOGLE_APPLICATION_CREDENTIALS", "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", "GOOGLE_CLOUD_PROJECT")
    os.environ.update({name: server.env[name] for name in names})
    os.environ["REQUESTS_CA_BUNDLE"] = server.env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"]
    return server.env


@pytest.fixture(scope="session", params=["grpc", "rest"])
def g(request, server, google_env):
    """A client, and a key ring of its own."""
    return Kms(server, request.param)


@pytest.fixture(scope="session")
def symmetric(g):
    """A symmetric key that stays as it is."""
    return g.key(kms.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT)
