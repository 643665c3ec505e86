"""Real Krill with all of its keys in Claviger: it starts a trust anchor and a CA, publishes, rolls the CA's key, and outlives restarts of either.

Run by `./test --krill`, which installs Krill with cargo.
"""
import json
import os
import ssl
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parents[1] / "interop"), str(Path(__file__).parents[1] / "interop/kmip")]
from interop_server import free_port  # noqa: E402
from kmip_server import KmipServer  # noqa: E402

KRILL = Path(os.environ["KRILL_BIN"])
TOKEN = "a-token-of-this-test"
CONFIG = """
admin_token = "{token}"
ip = "127.0.0.1"
port = {port}
storage_uri = "{d}/storage/"
unix_socket = "{d}/krill.sock"
log_type = "stderr"
log_level = "info"
bgp_riswhois_enabled = false
default_signer = "claviger"
one_off_signer = "claviger"

[[signers]]
type = "KMIP"
name = "claviger"
host = "localhost"
port = {kmip}
server_ca_cert_path = "{ca}"
client_cert_path = "{certificate}"
client_cert_private_key_path = "{key}"

[testbed]
rrdp_base_uri = "https://localhost:{port}/rrdp/"
rsync_jail = "rsync://localhost/repo/"
ta_uri = "https://localhost:{port}/ta/ta.cer"
ta_aia = "rsync://localhost/ta/ta.cer"
"""


class Krill:
    def __init__(self, directory, kmip):
        self.directory, self.port = directory, free_port()
        certificate, key = kmip.client("krill")
        (directory / "krill.conf").write_text(CONFIG.format(
            token=TOKEN, d=directory, port=self.port, kmip=kmip.port, ca=kmip.path("ca.pem"), certificate=certificate, key=key))
        self.log = open(directory / "krill.log", "ab")

    def start(self):
        self.process = subprocess.Popen([KRILL / "krill", "-c", self.directory / "krill.conf"], stdout=self.log, stderr=self.log)
        self.wait(lambda: "testbed" in self.cli("list"), "krill to start")
        return self

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    def cli(self, *arguments, form="text"):
        command = [KRILL / "krillc", "-s", f"https://localhost:{self.port}/", "-t", TOKEN, "-f", form]
        done = subprocess.run([*command, *arguments],
                              capture_output=True, timeout=120)
        assert done.returncode == 0, f"krillc {' '.join(arguments)}: {done.stdout.decode()}{done.stderr.decode()}"
        return done.stdout.decode()

    def notification(self):
        """What relying parties read first."""
        context = ssl._create_unverified_context()
        with urllib.request.urlopen(f"https://localhost:{self.port}/rrdp/notification.xml", context=context, timeout=10) as answer:
            return answer.read().decode()

    def keys(self):
        return json.loads(self.cli("show", "--ca", "testbed", form="json"))["resource_classes"]

    def signers(self):
        return sorted(path.name for path in (self.directory / "storage/signers").iterdir() if len(path.name) == 36)

    def wait(self, condition, what):
        end = time.monotonic() + 180
        while True:
            assert self.process.poll() is None, (self.directory / "krill.log").read_text()[-4000:]
            try:
                if condition():
                    return
            except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
                last = error
            else:
                last = None
            assert time.monotonic() < end, f"waited for {what}: {last}\n{(self.directory / 'krill.log').read_text()[-4000:]}"
            time.sleep(0.5)


@pytest.fixture(scope="module")
def kmip(tmp_path_factory):
    server = KmipServer(tmp_path_factory.mktemp("claviger"), "extractable = \"none\"").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def krill(kmip, tmp_path_factory):
    krill = Krill(tmp_path_factory.mktemp("krill"), kmip).start()
    yield krill
    krill.stop()


def objects(kmip):
    keys = json.loads(kmip.cli("keys", "list", "--output", "json"))
    keys = keys["keys"] if isinstance(keys, dict) else keys
    return len(keys)


def test_all_keys_are_in_claviger(krill, kmip):
    assert objects(kmip) >= 4, "identity, trust anchor, repository and CA"
    assert "KMIP" in (krill.directory / "krill.log").read_text()


def test_a_roa_is_published(krill):
    krill.wait(lambda: "snapshot" in krill.notification(), "the repository")
    before = krill.notification()
    krill.cli("roas", "update", "--ca", "testbed", "--add", "10.1.0.0/16 => 64496")
    krill.wait(lambda: krill.notification() != before, "the route to be published")
    assert "10.1.0.0/16" in krill.cli("roas", "list", "--ca", "testbed")


def test_a_key_is_rolled(krill, kmip):
    before, count = krill.keys(), objects(kmip)
    krill.cli("keyroll", "init", "--ca", "testbed")
    krill.wait(lambda: "new" in json.dumps(krill.keys()).lower(), "the new key")
    krill.wait(lambda: not krill.cli("keyroll", "activate", "--ca", "testbed").lower().count("error"), "its activation")
    krill.wait(lambda: krill.keys() != before and "active" in json.dumps(krill.keys()), "the roll to end")
    assert objects(kmip) > count


def test_keys_are_found_again_after_restarts(krill, kmip):
    """Krill knows its signer again by a key of it, without registering another."""
    signers = krill.signers()
    krill.stop()
    kmip.stop()
    kmip.start()
    krill.start()
    assert krill.signers() == signers and len(signers) == 1
    krill.cli("roas", "update", "--ca", "testbed", "--add", "10.2.0.0/16 => 64496")
    kmip.stop()
    kmip.start()
    krill.cli("roas", "update", "--ca", "testbed", "--remove", "10.2.0.0/16 => 64496")
    # What is signed with once is destroyed again.
    count = objects(kmip)
    krill.cli("roas", "update", "--ca", "testbed", "--add", "10.3.0.0/16 => 64496")
    krill.wait(lambda: objects(kmip) <= count, "keys that are used once to go")
