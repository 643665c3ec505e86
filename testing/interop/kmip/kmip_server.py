"""`claviger serve` with a listener for KMIP, and a certificate for each of its clients."""
import json
import socket
import ssl
import struct
import subprocess
import time

from interop_server import BIN, free_port

CONFIG = """
data = "{d}/data"
[tls]
certificate = "{d}/server.pem"
key = "{d}/server.key"
client_ca = "{d}/ca.pem"
[[unlock]]
from = "passphrase-file"
path = "{d}/passphrase"
[[kmip]]
listen = "127.0.0.1:{port}"
{more}
"""

# What a client of KMIP needs: it may make objects and look for them. What may be done with an object says its own policy, which gives its
# maker everything.
CLIENT_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{
        "Effect": "Allow",
        "Action": [
            "kms:CreateKey",
            "kms:GenerateRandom",
            "claviger:Hash",
            "claviger:RegisterObject",
            "claviger:LocateObjects",
        ],
        "Resource": "*",
    }],
}


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True)
    assert done.returncode == 0, f"openssl {' '.join(arguments)}: {done.stderr.decode()}"


class KmipServer:
    def __init__(self, directory, more="extractable = \"symmetric\""):
        self.directory, self.port, self.process = directory, free_port(), None
        self._authority()
        self.certificate("server", "serverAuth", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        passphrase = directory / "passphrase"
        passphrase.write_text("correct horse battery staple\n")
        passphrase.chmod(0o600)
        self.config = directory / "claviger.toml"
        self.config.write_text(CONFIG.format(d=directory, port=self.port, more=more))
        self._run("init", "--config", str(self.config))
        self.log = open(directory / "log", "ab")

    def start(self, pin=()):
        self.process = subprocess.Popen([*pin, BIN, "serve", "--config", str(self.config)],
                                        stdout=self.log, stderr=self.log)
        end = time.monotonic() + 30
        while True:
            assert self.process.poll() is None and time.monotonic() < end, (self.directory / "log").read_text()
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        assert self.process.wait(30) == 0

    def client(self, name):
        """A principal with a client certificate: the paths of certificate and key."""
        self.certificate(name, "clientAuth", f"subjectAltName=DNS:{name}.example.org")
        self.cli("principals", "create", name)
        policy = self.directory / f"{name}.json"
        policy.write_text(json.dumps(CLIENT_POLICY))
        self.cli("policies", "put", name, "kmip", "--file", str(policy))
        self.cli("credentials", "create", name, "--kind", "client-certificate", "--certificate", self.path(f"{name}.pem"))
        return self.path(f"{name}.pem"), self.path(f"{name}.key")

    def cli(self, *arguments):
        return self._run(*arguments, "--data", self.path("data"))

    def connect(self, client):
        """A connection of bytes, for what no library sends."""
        context = ssl.create_default_context(cafile=self.path("ca.pem"))
        context.load_cert_chain(*client)
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        return context.wrap_socket(raw, server_hostname="localhost")

    def path(self, name):
        return str(self.directory / name)

    def certificate(self, name, usage, names):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"))
        extensions = self.directory / f"{name}.ext"
        extensions.write_text(f"extendedKeyUsage={usage}\n{names}\n")
        openssl("x509", "-req", "-in", self.path(f"{name}.csr"), "-CA", self.path("ca.pem"), "-CAkey", self.path("ca.key"),
                "-CAcreateserial", "-days", "30", "-extfile", str(extensions), "-out", self.path(f"{name}.pem"))

    def _authority(self):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"), "-subj", "/CN=clients and servers",
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def _run(self, *arguments):
        done = subprocess.run([BIN, *arguments], capture_output=True)
        assert done.returncode == 0, f"claviger {' '.join(arguments)}: {done.stderr.decode()}"
        return done.stdout.decode()


def exchange(connection, request):
    """Sends a message and gives the response."""
    connection.sendall(request)
    header = b""
    while len(header) < 8:
        header += connection.recv(8 - len(header)) or ended()
    length, body = struct.unpack(">I", header[4:])[0], b""
    while len(body) < length:
        body += connection.recv(length - len(body)) or ended()
    return header + body


def ended():
    raise AssertionError("the connection ended in the middle of a message")
