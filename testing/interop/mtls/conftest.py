"""A demonstration that serves until the last test is done."""
import pytest

from mtls_demo import Demo


@pytest.fixture(scope="session")
def demo(server, tmp_path_factory):
    with Demo(server, tmp_path_factory.mktemp("mtls")) as demo:
        yield demo
