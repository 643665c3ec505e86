"""A server whose key is in the service, before clients that are not ours."""
import json
import re
import time

import pytest

from mtls_demo import openssl

LONG_AGO, YESTERDAY, LATER = "20200101000000Z", "20200102000000Z", "20491231235959Z"


def test_the_demonstration_prints_both_signatures(server):
    told = server.cli("demo", "mtls").stdout.decode()
    records = re.findall(r"record (\d+)\n  time .*\n  operation  Sign\n  outcome    Ok\n  caller     (\S+)", told)
    assert [caller.rsplit("-", 1)[1] for _, caller in records] == ["server", "client"], told
    for seq, caller in records:
        record, = json.loads(server.cli("audit", "query", "--from", seq, "--limit", "1", "--output", "json").stdout)
        assert (record["operation"], record["caller"], record["outcome"]) == ("Sign", caller, "Ok")


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_key_in_a_file_with_a_certificate_of_the_same_authority(demo, version):
    demo.issue(f"right-{version}")
    demo.accepts(f"right-{version}", version)


def test_openssl_is_a_client_too(demo):
    demo.issue("s_client")
    done = openssl("s_client", "-connect", f"127.0.0.1:{demo.port}", "-CAfile", demo.path("ca.pem"), "-verify_return_error",
                   "-verify_hostname", "localhost", "-cert", demo.path("s_client.pem"), "-key", demo.path("s_client.key"),
                   "-quiet", stdin=b"GET / HTTP/1.0\r\n\r\n")
    assert b"Hello CN=s_client." in done.stdout, done


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_no_certificate_is_refused(demo, version):
    demo.refuses(None, "peer sent no certificates", version)


def test_a_certificate_of_another_authority_is_refused(demo):
    demo.authority("other")
    demo.issue_with_openssl("stranger", "other", LONG_AGO, LATER)
    demo.refuses("stranger", "UnknownIssuer")


def test_an_expired_certificate_is_refused(demo):
    # The same but for its end is accepted: it is the end that counts.
    demo.issue_with_openssl("lasting", "ca", LONG_AGO, LATER)
    demo.accepts("lasting")
    demo.issue_with_openssl("expired", "ca", LONG_AGO, YESTERDAY)
    demo.refuses("expired", "certificate expired")


def test_a_revoked_certificate_is_refused(demo):
    serial = demo.issue("revoked")
    demo.issue("kept")
    demo.accepts("revoked")
    lists = demo.told().count("new revocation list")
    demo.server.cli("ca", "revoke", "openssl", serial, "--reason", "key-compromise")
    end = time.monotonic() + 30
    while demo.told().count("new revocation list") == lists:
        assert time.monotonic() < end, demo.told()
        time.sleep(0.1)
    demo.refuses("revoked", "Revoked")
    demo.accepts("kept")


def test_a_certificate_of_a_server_is_none_of_a_client(demo):
    demo.issue("not-a-client", "server", "--name", "dns:not-a-client", "--subject", "CN=not-a-client")
    demo.refuses("not-a-client", "extended key usage for client authentication")


def test_a_server_of_another_name_is_refused(demo):
    demo.issue("careful")
    done = demo.curl("careful", host="www.example.org")
    assert done.returncode == 60 and "no alternative certificate subject name matches" in done.stderr, done
    done = openssl("s_client", "-connect", f"127.0.0.1:{demo.port}", "-CAfile", demo.path("ca.pem"), "-verify_return_error",
                   "-verify_hostname", "www.example.org", "-cert", demo.path("careful.pem"),
                   "-key", demo.path("careful.key"), stdin=b"", check=False)
    assert done.returncode and b"hostname mismatch" in done.stdout + done.stderr, done
