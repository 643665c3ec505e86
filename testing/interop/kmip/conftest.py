"""A server with a listener for KMIP, and two clients that know nothing of each other."""
import pytest

from kmip_server import KmipServer


@pytest.fixture(scope="session")
def kmip(tmp_path_factory):
    server = KmipServer(tmp_path_factory.mktemp("kmip")).start()
    server.alice, server.bob = server.client("alice"), server.client("bob")
    yield server
    server.stop()
