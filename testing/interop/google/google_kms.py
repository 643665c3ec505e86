"""The client library with a key ring."""
import contextlib
import itertools

import pytest
from google.api_core import exceptions
from google.cloud import kms

Purpose = kms.CryptoKey.CryptoKeyPurpose
Algorithm = kms.CryptoKeyVersion.CryptoKeyVersionAlgorithm
State = kms.CryptoKeyVersion.CryptoKeyVersionState
_names = itertools.count(1)


class Kms:
    """A client of one transport; what it has no method for is the library's."""

    def __init__(self, server, transport, **options):
        host = f"127.0.0.1:{server.port}"
        endpoint = host if transport == "grpc" else f"https://{host}"
        self.transport = transport
        self.client = kms.KeyManagementServiceClient(
            transport=transport, client_options={"api_endpoint": endpoint, **options})
        self.project = server.env["GOOGLE_CLOUD_PROJECT"]
        self.location = f"projects/{self.project}/locations/{server.env['AWS_REGION']}"
        self.ring = self.client.create_key_ring(
            request={"parent": self.location, "key_ring_id": self.name("ring"), "key_ring": {}}).name

    def name(self, prefix):
        return f"{prefix}-{self.transport}-{next(_names)}"

    def key(self, purpose, algorithm=None, skip_initial_version_creation=False, **fields):
        """Makes a key and gives its name."""
        template = {"version_template": {"algorithm": algorithm}} if algorithm else {}
        made = self.client.create_crypto_key(request={
            "parent": self.ring, "crypto_key_id": self.name("key"),
            "crypto_key": {"purpose": purpose, **template, **fields},
            "skip_initial_version_creation": skip_initial_version_creation})
        assert made.purpose == purpose
        return made.name

    def version(self, purpose, algorithm):
        """Makes a key and gives the name of its first version."""
        return self.key(purpose, algorithm) + "/cryptoKeyVersions/1"

    def __getattr__(self, name):
        return getattr(self.client, name)


@contextlib.contextmanager
def refused(status):
    """A refusal with this status, by whichever transport: over REST, several share an exception."""
    with pytest.raises(exceptions.GoogleAPICallError) as caught:
        yield caught
    error = caught.value
    by_grpc = error.grpc_status_code.name if error.grpc_status_code else None
    is_rest = hasattr(error.response, "json")
    assert (error.response.json()["error"]["status"] if is_rest else by_grpc) == status, error
    assert error.domain == "claviger" or is_rest
