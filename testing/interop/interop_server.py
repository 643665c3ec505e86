"""A started server for each run, with what it prints for its clients."""
import os
import re
import socket
import ssl
import subprocess
import time
from pathlib import Path

BIN = os.environ.get("CLAVIGER_BIN", "target/debug/claviger")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """`claviger dev` in a directory of its own."""

    def __init__(self, data, *arguments):
        self.arguments = arguments
        self.data = Path(data)
        self.port = free_port()
        self.log = open(self.data.parent / (self.data.name + ".log"), "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [BIN, "dev", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}", *self.arguments],
            stdout=self.log, stderr=self.log)
        self._wait()
        text = (self.data / "dev.env").read_text()
        self.env = dict(re.findall(r"^export (\w+)='?([^'\n]*)'?$", text, re.M))
        return self

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(30) == 0
        self.process = None

    def cli(self, *arguments, stdin=None, check=True):
        done = subprocess.run([BIN, *arguments, "--data", str(self.data)], input=stdin, capture_output=True)
        if check and done.returncode:
            raise AssertionError(f"claviger {' '.join(arguments)}: {done.stderr.decode()}")
        return done

    def _wait(self):
        context = ssl._create_unverified_context()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise AssertionError(Path(self.log.name).read_text())
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=5) as tcp:
                    with context.wrap_socket(tcp, server_hostname="localhost") as tls:
                        tls.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                        if tls.recv(64).startswith(b"HTTP/1.1 200"):
                            return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("no answer")
