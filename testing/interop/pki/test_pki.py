"""What authorities issue and publish, before the judgement of openssl and pkilint."""
import base64
import time
import urllib.error
import urllib.request

import pytest

from pki_tools import lint, openssl

KEYS = ["ec-p256", "ec-p384", "ec-p521", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"]
REQUESTS = [("ec", "ec_paramgen_curve:P-256"), ("ec", "ec_paramgen_curve:P-384"), ("rsa", "rsa_keygen_bits:2048"),
            ("ed25519", None)]
PROFILES = {
    "server": ["--subject", "CN=www.example.org", "--name", "dns:www.example.org", "--name", "dns:*.example.org",
               "--name", "ip:192.0.2.7", "--name", "ip:2001:db8::7"],
    "client": ["--subject", "CN=alice,O=Example"],
    "server-client": ["--subject", "", "--name", "spiffe://example.org/service"],
    "device": ["--subject", "SERIALNUMBER=A-1234,CN=sensor,O=Example"],
}
# Findings that are none: RFC 5280 has no wildcards, which RFC 6125 added, and the linter knows few schemes of URIs.
EXPLAINED = {"server": ["pkix.invalid_domain_name_syntax"], "server-client": ["pkix.invalid_uri_syntax"]}


def get(url, data=None, kind=None):
    request = urllib.request.Request(url, data=data, headers={"content-type": kind} if kind else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read(), answer.headers


def published(authority, what, issuer=-1):
    return get(authority["issuers"][issuer]["published"][what])[0]


def fresh_list(pki, authority, number):
    """The list after the one of this number: it is signed soon after something is revoked."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if pki.json("ca", "crl", authority["name"])["number"] > number:
            pem = pki.path(f"{authority['name']}.crl")
            pki.cli("ca", "crl", authority["name"], "--out", pem)
            return pem
        time.sleep(0.5)
    raise AssertionError("no new revocation list")


def verify(pki, leaf, *arguments, check=True):
    return openssl("verify", "-x509_strict", *arguments, pki.path(leaf), check=check)


@pytest.fixture(scope="module")
def chain(pki):
    """A root with an authority below it."""
    root = pki.authority("root", "ec-p384")
    below = pki.authority("below", "ec-p256", "--parent", "root")
    return root, below


@pytest.mark.parametrize("spec", KEYS)
def test_every_kind_of_key_signs(pki, spec):
    name = f"root-{spec}"
    authority = pki.authority(name, spec)
    assert lint("lint_pkix_cert", pki.path(f"{name}.pem")) == []
    verify(pki, f"{name}.pem", "-CAfile", pki.path(f"{name}.pem"))
    pki.issue(name, "server", f"leaf-{spec}", "--key", pki.key(), "--name", "dns:example.org")
    verify(pki, f"leaf-{spec}.pem", "-CAfile", pki.path(f"{name}.pem"), "-purpose", "sslserver")
    crl = pki.write(f"{name}.crl", pki.json("ca", "crl", name)["crl"])
    assert lint("lint_crl", "-t", "CRL", "-p", "PKIX", crl) == []
    openssl("crl", "-in", crl, "-CAfile", pki.path(f"{name}.pem"), "-noout")
    assert published(authority, "certificate") == base64.b64decode("".join(
        authority["issuers"][0]["certificate"].splitlines()[1:-1]))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("algorithm", REQUESTS, ids=lambda algorithm: str(algorithm[1] or algorithm[0]))
def test_every_profile_from_a_request(pki, chain, profile, algorithm):
    name = f"{profile}-{algorithm[0]}"
    csr = pki.csr(name, algorithm=algorithm)
    pki.issue("below", profile, name, "--csr", csr, *PROFILES[profile])
    assert lint("lint_pkix_cert", pki.path(f"{name}.pem")) == EXPLAINED.get(profile, [])
    assert lint("lint_pkix_signer_signee_cert_chain", pki.path("below.pem"), pki.path(f"{name}.pem")) == []
    purpose = "sslclient" if profile in ("client", "device") else "sslserver"
    verify(pki, f"{name}.pem", "-CAfile", pki.path("root.pem"), "-untrusted", pki.path("below.pem"),
           "-purpose", purpose)
    public = openssl("pkey", "-in", pki.path(f"{name}.key"), "-pubout").stdout
    assert openssl("x509", "-in", pki.path(f"{name}.pem"), "-noout", "-pubkey").stdout == public


def test_authorities_pass_the_linter(pki, chain):
    for name in ("root", "below"):
        assert lint("lint_pkix_cert", pki.path(f"{name}.pem")) == []
    assert lint("lint_pkix_signer_signee_cert_chain", pki.path("root.pem"), pki.path("below.pem")) == []
    # Of a request from outside.
    csr = pki.csr("outer", "/CN=Outer")
    pki.issue("root", "sub-ca", "outer", "--csr", csr, "--path-length", "0", "--permit", "dns:outer.example")
    assert lint("lint_pkix_cert", pki.path("outer.pem")) == []
    text = openssl("x509", "-in", pki.path("outer.pem"), "-noout", "-text").stdout.decode()
    assert "CA:TRUE, pathlen:0" in text and "DNS:outer.example" in text


def test_names_of_a_request(pki, chain):
    csr = pki.csr("names", "/CN=a.example.org",
                  "subjectAltName=DNS:a.example.org,IP:192.0.2.1,URI:spiffe://example.org/a")
    issued = pki.issue("below", "server", "names", "--csr", csr)
    assert issued["names"] == ["dns:a.example.org", "ip:192.0.2.1", "spiffe://example.org/a"]
    # What a request says of itself is not believed.
    csr = pki.csr("wishes", "/CN=b.example.org",
                  "subjectAltName=DNS:b.example.org\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign")
    pki.issue("below", "server", "wishes", "--csr", csr)
    text = openssl("x509", "-in", pki.path("wishes.pem"), "-noout", "-text").stdout.decode()
    assert "CA:TRUE" not in text and "Digital Signature" in text and "Certificate Sign" not in text
    mail = pki.csr("mail", "/CN=c", "subjectAltName=email:c@example.org")
    assert "another kind" in pki.refused("ca", "issue", "below", "--profile", "client", "--csr", mail)


def test_a_request_by_somebody_else_is_refused(pki, chain):
    """The public key is another's: the signature was made with the key at hand."""
    mine = open(pki.csr("mine", "/CN=mine")).read()
    der = bytearray(base64.b64decode("".join(mine.splitlines()[1:-1])))
    der[-5] ^= 1
    lines = "".join(base64.b64encode(bytes(der)).decode()[i:i + 64] + "\n" for i in range(0, len(der) * 2, 64)).strip("\n")
    forged = f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}\n-----END CERTIFICATE REQUEST-----\n"
    path = pki.write("forged.csr", forged)
    refused = pki.refused("ca", "issue", "below", "--profile", "client", "--csr", path, "--subject", "CN=x")
    assert "InvalidSignature" in refused, refused


def test_revoked_certificates(pki, chain):
    root, below = chain
    issued = pki.issue("below", "client", "revoked", "--key", pki.key(), "--subject", "CN=revoked")
    pki.issue("below", "client", "kept", "--key", pki.key(), "--subject", "CN=kept")
    number = pki.json("ca", "crl", "below")["number"]
    pki.cli("ca", "revoke", "below", issued["serial"], "--reason", "key-compromise")
    assert "revoked" in pki.refused("ca", "revoke", "below", issued["serial"])
    crl = fresh_list(pki, below, number)
    assert lint("lint_crl", "-t", "CRL", "-p", "PKIX", crl) == []
    trust = ["-CAfile", pki.path("root.pem"), "-untrusted", pki.path("below.pem"), "-crl_check", "-CRLfile", crl]
    verify(pki, "kept.pem", *trust)
    refused = verify(pki, "revoked.pem", *trust, check=False)
    assert refused.returncode and b"certificate revoked" in refused.stderr
    assert b"Key Compromise" in openssl("crl", "-in", crl, "-noout", "-text").stdout
    assert published(below, "crl") == openssl("crl", "-in", crl, "-outform", "DER").stdout
    state = {row["serial"]: row.get("revoked") for row in pki.json("ca", "certificates", "below")["certificates"]}
    assert state[issued["serial"]]["reason"] == "key-compromise"


@pytest.mark.parametrize("hash_", ["sha1", "sha256"])
def test_ocsp(pki, chain, hash_):
    root, below = chain
    url = below["issuers"][-1]["published"]["ocsp"]
    good = pki.issue("below", "client", f"good-{hash_}", "--key", pki.key(), "--subject", "CN=good")

    def ask(name, *arguments):
        return openssl("ocsp", f"-{hash_}", "-issuer", pki.path("below.pem"), "-cert", pki.path(name), "-url", url,
                       "-CAfile", pki.path("root.pem"), "-verify_other", pki.path("below.pem"), "-text", *arguments)

    answer = ask(f"good-{hash_}.pem", "-no_nonce", "-respout", pki.path("ocsp.der"), "-reqout", pki.path("ocsp.req"))
    assert b"Response verify OK" in answer.stderr and b": good" in answer.stdout
    assert lint("lint_ocsp_response", pki.path("ocsp.der")) == []
    request = open(pki.path("ocsp.req"), "rb").read()
    # The same once more, by GET, is the same answer: nothing was signed for it.
    encoded = urllib.request.quote(base64.b64encode(request).decode(), safe="")
    body, headers = get(f"{url}/{encoded}")
    assert body == open(pki.path("ocsp.der"), "rb").read()
    assert headers["cache-control"].startswith("public, max-age=")
    # A nonce does no harm, and changes nothing.
    assert b": good" in ask(f"good-{hash_}.pem", "-nonce").stdout
    pki.cli("ca", "revoke", "below", good["serial"], "--reason", "superseded")
    answer = ask(f"good-{hash_}.pem", "-no_nonce", "-respout", pki.path("ocsp.der"))
    assert b": revoked" in answer.stdout and b"superseded" in answer.stdout
    assert lint("lint_ocsp_response", pki.path("ocsp.der")) == []


def test_ocsp_for_strangers(pki, chain):
    root, below = chain
    url = below["issuers"][-1]["published"]["ocsp"]
    unknown = openssl("ocsp", "-issuer", pki.path("below.pem"), "-serial", "0x1234", "-url", url,
                      "-CAfile", pki.path("root.pem"), check=False)
    assert b"unauthorized" in unknown.stdout + unknown.stderr
    kind = "application/ocsp-request"
    malformed = bytes.fromhex("30030a0101")
    for nonsense in (b"", b"nonsense", b"\x30\x84\xff\xff\xff\xff", b"0" * 3000):
        assert get(url, nonsense, kind)[0] == malformed
    for path, status in ((url, 400), (url.replace("/ocsp", "/nothing"), 404), (url[:-10] + "/crl", 404)):
        with pytest.raises(urllib.error.HTTPError) as refused:
            get(path)
        assert refused.value.code == status


def test_name_constraints(pki):
    pki.authority("narrow", "ec-p256", "--permit", "dns:example.org", "--permit", "ip:192.0.2.0/24",
                  "--exclude", "dns:secret.example.org")
    assert lint("lint_pkix_cert", pki.path("narrow.pem")) == []
    key = pki.key()
    pki.issue("narrow", "server", "inside", "--key", key, "--name", "dns:a.example.org", "--name", "ip:192.0.2.9")
    verify(pki, "inside.pem", "-CAfile", pki.path("narrow.pem"))
    for name in ("dns:example.com", "dns:notexample.org", "dns:secret.example.org", "dns:x.secret.example.org",
                 "ip:192.0.3.1", "ip:2001:db8::1", "spiffe://example.org/x", "dns:*.example.org"):
        refused = pki.refused("ca", "issue", "narrow", "--profile", "server", "--key", key, "--name", name)
        assert "do not permit" in refused, (name, refused)
    refused = pki.refused("ca", "issue", "narrow", "--profile", "client", "--key", key, "--subject", "CN=www.example.com")
    assert "do not permit" in refused
    # openssl agrees about what is outside: the same authority without our checks.
    pki.csr("rogue-ca", "/CN=narrow rogue")
    pki.write("rogue.ext", "subjectAltName=DNS:example.com\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\n")
    issued = pki.issue("narrow", "sub-ca", "rogue-ca", "--csr", pki.path("rogue-ca.csr"))
    assert issued["profile"] == "sub-ca"
    openssl("x509", "-req", "-in", pki.csr("rogue", "/CN=rogue"), "-CA", pki.path("rogue-ca.pem"), "-CAkey",
            pki.path("rogue-ca.key"), "-out", pki.path("rogue.pem"), "-extfile", pki.path("rogue.ext"), "-days", "1")
    done = verify(pki, "rogue.pem", "-CAfile", pki.path("narrow.pem"), "-untrusted", pki.path("rogue-ca.pem"), check=False)
    assert done.returncode and b"permitted subtree violation" in done.stderr
    # Below it nothing wider can be made.
    wider = pki.refused("ca", "create", "wider", "--key", pki.key(), "--subject", "CN=wider", "--parent", "narrow",
                        "--permit", "dns:org")
    assert "does not permit dns:org" in wider


@pytest.mark.parametrize("parent", [None, "top"])
def test_rotation(pki, parent):
    name = "turning-root" if parent is None else "turning-below"
    below = [] if parent is None else ["--parent", parent]
    if parent:
        pki.authority(parent)
    old = pki.authority(name, "ec-p256", *below)
    pki.issue(name, "client", f"{name}-before", "--key", pki.key(), "--subject", "CN=before")
    turned = pki.json("ca", "rotate", name, "--key", pki.key("rsa-2048"))
    assert [issuer["id"] for issuer in turned["issuers"]][:-1] == [issuer["id"] for issuer in old["issuers"]]
    pki.write(f"{name}-new.pem", turned["issuers"][-1]["certificate"])
    new_by_old, old_by_new = turned["issuers"][-1]["cross"]
    pki.write("new-by-old.pem", new_by_old)
    pki.write("old-by-new.pem", old_by_new)
    pki.issue(name, "client", f"{name}-after", "--key", pki.key(), "--subject", "CN=after")
    for cross in ("new-by-old.pem", "old-by-new.pem", f"{name}-new.pem"):
        assert lint("lint_pkix_cert", pki.path(cross)) == []
    anchor = pki.path(f"{parent or name}.pem")
    new_anchor = pki.path(f"{parent}.pem" if parent else f"{name}-new.pem")
    middle = ["-untrusted", pki.path(f"{name}.pem")] if parent else []
    # Who trusts the old key only, and who trusts the new one only.
    verify(pki, f"{name}-after.pem", "-CAfile", anchor, "-untrusted", pki.path("new-by-old.pem"), *middle)
    verify(pki, f"{name}-before.pem", "-CAfile", new_anchor, "-untrusted", pki.path("old-by-new.pem"),
           *(["-untrusted", pki.path(f"{name}-new.pem")] if parent else []))
    verify(pki, f"{name}-after.pem", "-CAfile", new_anchor,
           *(["-untrusted", pki.path(f"{name}-new.pem")] if parent else []))
    # Both keys go on publishing; the list of either knows what the other's certificate did.
    for issuer in (0, 1):
        body = published(turned, "crl", issuer)
        openssl("crl", "-inform", "DER", "-in", write_bytes(pki, "turned.crl", body), "-noout", "-CAfile",
                pki.path(f"{name}.pem" if issuer == 0 else f"{name}-new.pem"))


def write_bytes(pki, name, body):
    with open(pki.path(name), "wb") as file:
        file.write(body)
    return pki.path(name)


def test_an_authority_from_elsewhere(pki):
    """Its key is brought into the service as any key is, and its certificate is adopted."""
    openssl("req", "-x509", "-newkey", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes", "-keyout", pki.path("elsewhere.key"),
            "-out", pki.path("elsewhere.pem"), "-subj", "/O=Elsewhere/emailAddress=ca@example.org/CN=Elsewhere Root",
            "-days", "3650", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    openssl("pkcs8", "-topk8", "-nocrypt", "-in", pki.path("elsewhere.key"), "-outform", "DER", "-out", pki.path("elsewhere.p8"))
    key = pki.json("keys", "create", "--spec", "rsa-2048", "--usage", "sign", "--imported")["id"]
    pki.cli("keys", "import", key, "--material", pki.path("elsewhere.p8"))
    wrong = pki.refused("ca", "create", "elsewhere", "--key", pki.key("rsa-2048"), "--certificate", pki.path("elsewhere.pem"))
    assert "another key" in wrong
    pki.cli("ca", "create", "elsewhere", "--key", key, "--certificate", pki.path("elsewhere.pem"))
    pki.issue("elsewhere", "server", "adopted", "--key", pki.key(), "--name", "dns:example.org")
    verify(pki, "adopted.pem", "-CAfile", pki.path("elsewhere.pem"))
    below = pki.refused("ca", "create", "too-deep", "--key", pki.key(), "--subject", "CN=deep", "--parent", "elsewhere")
    assert "path length is 0" in below
    leaf = pki.csr("leaf", "/CN=leaf")
    openssl("x509", "-req", "-in", leaf, "-signkey", pki.path("leaf.key"), "-out", pki.path("leaf-self.pem"), "-days", "1")
    assert "not that of a certificate authority" in pki.refused(
        "ca", "create", "leaf", "--key", pki.key(), "--certificate", pki.path("leaf-self.pem"))


def test_what_is_refused(pki, chain):
    key = pki.key()
    for arguments, why in [
        (["--profile", "server", "--key", key], "need an alternative name"),
        (["--profile", "server", "--key", key, "--name", "dns:-x"], "not the DNS name"),
        (["--profile", "server", "--key", key, "--name", "dns:a.org", "--subject", "CN=b.org"], "one of its alternative names"),
        (["--profile", "server", "--key", key, "--name", "dns:a.org", "--lifetime", "400d"], "397 days"),
        (["--profile", "server", "--key", key, "--name", "dns:a.org", "--lifetime", "5m"], "10 minutes"),
        (["--profile", "client", "--key", key, "--name", "ip:192.0.2.1"], "do not have names"),
        (["--profile", "device", "--key", key], "serial number"),
        (["--profile", "client", "--key", pki.key("ec-secp256k1"), "--subject", "CN=x"], "ec-p256"),
        (["--profile", "client", "--key", pki.key("ml-dsa-44"), "--subject", "CN=x"], "ed25519"),
        (["--profile", "sub-ca", "--key", key, "--subject", "CN=x"], "path length"),
    ]:
        assert why in pki.refused("ca", "issue", "below", *arguments), arguments
    ml_dsa = pki.refused("ca", "create", "quantum", "--key", pki.key("ml-dsa-65"), "--subject", "CN=quantum")
    assert "Unsupported" in ml_dsa
    hmac = pki.json("keys", "create", "--spec", "hmac-sha256")["id"]
    assert "InvalidKeyUsage" in pki.refused("ca", "create", "mac", "--key", hmac, "--subject", "CN=mac")
    assert "AlreadyExists" in pki.refused("ca", "create", "root", "--key", pki.key(), "--subject", "CN=root")
    assert "NotFound" in pki.refused("ca", "show", "nobody")
