"""Authorities through the command line, and openssl and pkilint around them."""
import json
import subprocess


class Pki:
    def __init__(self, server, directory):
        self.server = server
        self.directory = directory

    def path(self, name):
        return str(self.directory / name)

    def write(self, name, text):
        (self.directory / name).write_text(text)
        return self.path(name)

    def cli(self, *arguments, check=True):
        return self.server.cli(*arguments, check=check)

    def json(self, *arguments):
        return json.loads(self.cli(*arguments, "--output", "json").stdout)

    def refused(self, *arguments):
        done = self.cli(*arguments, check=False)
        assert done.returncode, done.stdout
        return done.stderr.decode()

    def key(self, spec="ec-p256"):
        return self.json("keys", "create", "--spec", spec, "--usage", "sign")["id"]

    def authority(self, name, spec="ec-p256", *arguments, subject=None):
        """A new authority of a new key; its certificate is in NAME.pem."""
        subject = subject or f"CN={name},O=Interop"
        made = self.json("ca", "create", name, "--key", self.key(spec), "--subject", subject, *arguments)
        self.write(f"{name}.pem", made["issuers"][-1]["certificate"])
        return made

    def csr(self, name, subject="/CN=subject", extensions="", algorithm=("ec", "ec_paramgen_curve:P-256")):
        """A request of openssl's with a key in NAME.key."""
        config = f"[req]\ndistinguished_name=dn\n[dn]\n[ext]\n{extensions}\n"
        kind, option = algorithm
        options = ["-pkeyopt", option] if option else []
        arguments = ["req", "-new", "-newkey", kind, *options, "-nodes", "-keyout", self.path(f"{name}.key"),
                     "-out", self.path(f"{name}.csr"), "-subj", subject, "-config", self.write(f"{name}.cnf", config)]
        openssl(*arguments, *(["-reqexts", "ext"] if extensions else []))
        return self.path(f"{name}.csr")

    def issue(self, ca, profile, name, *arguments):
        """A certificate in NAME.pem, and what the server says of it."""
        issued = self.json("ca", "issue", ca, "--profile", profile, *arguments)
        self.write(f"{name}.pem", issued["certificate"])
        return issued


def openssl(*arguments, check=True):
    done = subprocess.run(["openssl", *arguments], capture_output=True)
    if check and done.returncode:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stdout.decode()}{done.stderr.decode()}")
    return done


def lint(program, *arguments):
    """What a linter finds that is a warning or worse."""
    done = subprocess.run([program, "lint", "-s", "WARNING", "-f", "JSON", *arguments], capture_output=True)
    assert not done.stderr, done.stderr.decode()
    return [finding["code"] for result in json.loads(done.stdout)["results"]
            for finding in result["finding_descriptions"]]
