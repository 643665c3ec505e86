"""A server whose authorities say that they are found over plain HTTP."""
import pytest

from interop_server import Server, free_port
from pki_tools import Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pki")
    server = Server(directory / "data", "--insecure-http", f"127.0.0.1:{free_port()}").start()
    yield Pki(server, directory)
    server.stop()
