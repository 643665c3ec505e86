"""The AWS CLI, with nothing but what `claviger dev` says to export."""
import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

AWS = Path(sys.executable).parent / "aws"


@pytest.fixture(scope="module")
def aws(server, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")

    def run(*arguments, check=True):
        env = {"PATH": os.environ["PATH"], "HOME": str(home)} | server.env
        done = subprocess.run([AWS, "kms", "--output", "json", *arguments], env=env, cwd=home, capture_output=True)
        if check:
            assert done.returncode == 0, done.stderr.decode()
            return json.loads(done.stdout) if done.stdout.strip() else None
        return done

    return run


def test_the_tour(aws, tmp_path):
    key = aws("create-key", "--description", "from the command line")["KeyMetadata"]
    aws("create-alias", "--alias-name", "alias/tour", "--target-key-id", key["KeyId"])
    message = tmp_path / "message"
    message.write_bytes(b"hello")
    blob = aws("encrypt", "--key-id", "alias/tour", "--plaintext", f"fileb://{message}",
               "--encryption-context", "purpose=tour")["CiphertextBlob"]
    sealed = tmp_path / "sealed"
    sealed.write_bytes(base64.b64decode(blob))
    opened = aws("decrypt", "--ciphertext-blob", f"fileb://{sealed}", "--encryption-context", "purpose=tour")
    assert base64.b64decode(opened["Plaintext"]) == b"hello"
    assert opened["KeyId"] == key["Arn"]
    assert key["KeyId"] in [entry["KeyId"] for entry in aws("list-keys")["Keys"]]
    aws("delete-alias", "--alias-name", "alias/tour")
    deletion = aws("schedule-key-deletion", "--key-id", key["KeyId"], "--pending-window-in-days", "7")
    assert deletion["KeyState"] == "PendingDeletion"


def test_errors(aws):
    done = aws("describe-key", "--key-id", "alias/none", check=False)
    assert done.returncode != 0
    assert b"An error occurred (NotFoundException) when calling the DescribeKey operation" in done.stderr
