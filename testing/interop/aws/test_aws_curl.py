"""curl signs too, over both versions of HTTP: version 2 names the host in another place."""
import json
import subprocess

import pytest


@pytest.mark.parametrize("version", ["--http1.1", "--http2"])
def test_random_bytes(server, version):
    env = server.env
    done = subprocess.run(
        ["curl", "-sS", "--fail-with-body", version, "--cacert", env["AWS_CA_BUNDLE"],
         "--aws-sigv4", f"aws:amz:{env['AWS_REGION']}:kms",
         "--user", f"{env['AWS_ACCESS_KEY_ID']}:{env['AWS_SECRET_ACCESS_KEY']}",
         "-H", "Content-Type: application/x-amz-json-1.1", "-H", "X-Amz-Target: TrentService.GenerateRandom",
         "-w", "\n%{http_version}", "-d", '{"NumberOfBytes":9}', env["AWS_ENDPOINT_URL_KMS"]],
        capture_output=True, check=True)
    body, used = done.stdout.decode().rsplit("\n", 1)
    assert len(json.loads(body)["Plaintext"]) == 12
    assert used == version.removeprefix("--http")
