"""Two principals of one account, and a key."""
import re

import pytest

from kms_client import client_of, new_key


@pytest.fixture(scope="session")
def kms(server):
    """The application: it may do everything with keys."""
    return client_of(server)


@pytest.fixture(scope="session")
def admin(server):
    """Another principal of the same account, who may do everything."""
    text = (server.data / "dev.env").read_text()
    key_id, secret = (re.search(rf"^# {name}=(\S+)$", text, re.M)[1].strip("'")
                      for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    return client_of(server, key_id, secret)


@pytest.fixture(scope="session")
def account(kms):
    return kms.create_key()["KeyMetadata"]["AWSAccountId"]


@pytest.fixture(scope="session")
def key(kms):
    """A symmetric key that stays as it is."""
    return new_key(kms)
