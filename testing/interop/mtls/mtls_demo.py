"""`claviger demo mtls` that goes on serving, and openssl and curl as its clients."""
import json
import os
import signal
import subprocess
import time

from interop_server import BIN, free_port

CA_CONFIG = """
[ca]
default_ca = here
[here]
new_certs_dir = {directory}
database = {directory}/index.txt
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
[client]
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = DNS:client.example.org
authorityKeyIdentifier = keyid
"""


def openssl(*arguments, check=True, stdin=None):
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True)
    if check and done.returncode:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stdout.decode()}{done.stderr.decode()}")
    return done


class Demo:
    """Its authority is one of openssl's that the service adopted, so that openssl can issue what the service would not."""

    def __init__(self, server, directory):
        self.server, self.directory, self.port = server, directory, free_port()
        self.authority("ca")
        openssl("pkcs8", "-topk8", "-nocrypt", "-in", self.path("ca.key"), "-outform", "DER", "-out", self.path("ca.p8"))
        key = json.loads(server.cli("keys", "create", "--spec", "ec-p256", "--usage", "sign", "--imported",
                                    "--output", "json").stdout)["id"]
        server.cli("keys", "import", key, "--material", self.path("ca.p8"))
        server.cli("ca", "create", "openssl", "--key", key, "--certificate", self.path("ca.pem"))
        (directory / "index.txt").touch()
        (directory / "ca.cnf").write_text(CA_CONFIG.format(directory=directory))

    def __enter__(self):
        self.log = open(self.path("demo.log"), "wb")
        self.process = subprocess.Popen(
            [BIN, "demo", "mtls", "--keep", "--ca", "openssl", "--listen", f"127.0.0.1:{self.port}",
             "--data", str(self.server.data)], stdout=self.log, stderr=self.log)
        self.wait_for("until it is interrupted")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(10) == 0, self.told()

    def path(self, name):
        return str(self.directory / name)

    def told(self):
        return (self.directory / "demo.log").read_text()

    def wait_for(self, text):
        end = time.monotonic() + 30
        while text not in self.told():
            assert self.process.poll() is None and time.monotonic() < end, self.told()
            time.sleep(0.05)

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"), "-subj", f"/CN={name}",
                "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def request(self, name):
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"), "-subj", f"/CN={name}")
        return self.path(f"{name}.csr")

    def issue(self, name, profile="client", *arguments):
        """A certificate of the service for a key in a file; its serial number."""
        issued = json.loads(self.server.cli("ca", "issue", "openssl", "--profile", profile, "--csr", self.request(name),
                                            *arguments, "--output", "json").stdout)
        (self.directory / f"{name}.pem").write_text(issued["certificate"])
        return issued["serial"]

    def issue_with_openssl(self, name, authority, begin, end):
        openssl("ca", "-batch", "-notext", "-config", self.path("ca.cnf"), "-extensions", "client",
                "-cert", self.path(f"{authority}.pem"), "-keyfile", self.path(f"{authority}.key"),
                "-in", self.request(name), "-out", self.path(f"{name}.pem"), "-startdate", begin, "-enddate", end)

    def curl(self, name=None, host="localhost", version="1.3"):
        identity = ["--cert", self.path(f"{name}.pem"), "--key", self.path(f"{name}.key")] if name else []
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.run(
            ["curl", "-sS", "--max-time", "10", "--cacert", self.path("ca.pem"), f"--tlsv{version}", "--tls-max", version,
             "--resolve", f"{host}:{self.port}:127.0.0.1", *identity, f"https://{host}:{self.port}/"],
            capture_output=True, text=True, env=environment)

    def accepts(self, name, version="1.3"):
        done = self.curl(name, version=version)
        assert done.returncode == 0 and f"Hello CN={name}." in done.stdout, (done, self.told())

    def refuses(self, name, why, version="1.3"):
        """What the server says of the handshake counts: what a client sees of it may be a reset."""
        before = len(self.told())
        done = self.curl(name, version=version)
        assert done.returncode and "Hello" not in done.stdout, done
        end = time.monotonic() + 5
        while why not in self.told()[before:]:
            assert time.monotonic() < end, self.told()[before:]
            time.sleep(0.05)
