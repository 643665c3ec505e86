"""A started server for each run, with what it prints for its clients."""
import pytest

from interop_server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    started = Server(tmp_path_factory.mktemp("claviger") / "data").start()
    yield started
    started.stop()
