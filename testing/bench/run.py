#!/usr/bin/env python3
"""Measures Claviger against its limits, in one run, and prints ratios. Standard library only.

usage: testing/bench/run.py [--rounds N] [--seconds S] [--only WORD[,WORD]] [--scale 0,10000,100000,1000000] [--write]

The server runs on core 0, the load on core 1. Cases are interleaved: each round runs every case once, so that whatever
else the machine does hits all of them; what is reported is the median of per-round ratios. --write renews the table in
docs/performance.md. Needs wrk, h2load (nghttp2-client), curl and openssl; moto is measured if it is installed (pip install 'moto[server]').
"""
import argparse, base64, contextlib, datetime, hashlib, hmac, json, os, re, shutil, signal, socket, ssl, statistics, subprocess
import sys, tempfile, threading, time, urllib.request, uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "testing/interop"), str(ROOT / "testing/interop/kmip")]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release"
SERVER_CPU, LOAD_CPU = 0, 1



def sign(env, target, body):
    """Headers of an AWS KMS request, valid for the skew window."""
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    day, region = now[:8], env["AWS_REGION"]
    host = env["AWS_ENDPOINT_URL_KMS"].split("//")[1].rstrip("/")
    headers = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-date": now,
               "x-amz-target": "TrentService." + target}
    names = ";".join(sorted(headers))
    canonical = "\n".join(["POST", "/", ""] + [f"{k}:{headers[k]}" for k in sorted(headers)]
                          + ["", names, hashlib.sha256(body).hexdigest()])
    scope = f"{day}/{region}/kms/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", now, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + env["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in (day, region, "kms", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = (f"AWS4-HMAC-SHA256 Credential={env['AWS_ACCESS_KEY_ID']}/{scope}, "
                                f"SignedHeaders={names}, Signature={signature}")
    return headers


def call(env, target, **request):
    body = json.dumps(request).encode()
    url = env["AWS_ENDPOINT_URL_KMS"]
    context = ssl.create_default_context(cafile=env["AWS_CA_BUNDLE"]) if url.startswith("https") else None
    http = urllib.request.Request(url, data=body, headers=sign(env, target, body))
    try:
        return json.load(urllib.request.urlopen(http, context=context, timeout=60))
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{target}: {error.code} {error.read().decode()}")



LUA = """
local requests = {}
for line in io.lines("%s") do requests[#requests + 1] = line:gsub("\\\\r\\\\n", "\\r\\n") end
local i = 0
request = function() i = i %% #requests + 1; return requests[i] end
done = function(s, l)
  local e = s.errors
  io.write(string.format("RESULT %%d %%d %%d %%d %%d\\n", s.requests, s.duration, l:percentile(50), l:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def lua(folder, name, requests):
    lines = folder / f"{name}.requests"
    lines.write_text("\n".join(r.replace("\r\n", "\\r\\n") for r in requests) + "\n")
    script = folder / f"{name}.lua"
    script.write_text(LUA % lines)
    return script


def raw(env, target, **request):
    body = json.dumps(request)
    headers = sign(env, target, body.encode())
    head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    return f"POST / HTTP/1.1\r\n{head}content-length: {len(body)}\r\n\r\n{body}"


def cpu_seconds(pid):
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            total += int((task / "schedstat").read_text().split()[0])
        except OSError:
            pass
    return total / 1e9


def rss_mib(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024


def wrk(script, url, connections, seconds, pid=None, cpu=LOAD_CPU):
    before = cpu_seconds(pid) if pid else 0
    pin = ["taskset", "-c", str(cpu)] if cpu is not None else []
    out = subprocess.run(pin + ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script), url],
                         capture_output=True, text=True)
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+) (\d+)", out.stdout)
    if not found:
        raise SystemExit(f"wrk: {out.stdout}{out.stderr}")
    count, took, p50, p99, errors = map(int, found.groups())
    if errors or not count:
        raise SystemExit(f"{script.name}: {errors} errors of {count} requests\n{out.stdout}")
    cpu_us = (cpu_seconds(pid) - before) / count * 1e6 if pid else 0
    return {"rps": count / took * 1e6, "p50": p50, "p99": p99, "cpu_us": cpu_us}


def openssl_speed(algorithm, seconds):
    out = subprocess.run(["taskset", "-c", str(SERVER_CPU), "openssl", "speed", "-seconds", str(seconds), algorithm],
                         capture_output=True, text=True).stdout
    line = [l for l in out.splitlines() if re.search(r"\d+\.\d+s\s+\d+\.\d+s", l)][-1]
    return float(line.split()[-2])


def fdatasync_rate(folder, seconds):
    """Appends of 4 KiB, each synced, to a preallocated file."""
    path = folder / "fdatasync"
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 256 << 20)
    fd, block, count = os.open(path, os.O_WRONLY), b"x" * 4096, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        os.write(fd, block)
        os.fdatasync(fd)
        count += 1
    os.close(fd)
    path.unlink()
    return count / seconds



class Server:
    def __init__(self, folder, name, port, audit, cpu=SERVER_CPU):
        self.data, self.port, self.name, self.audit, self.cpu = folder / name, port, name, audit, cpu
        self.log = open(folder / f"{name}.log", "a")
        self.start()

    def start(self):
        pin = ["taskset", "-c", str(self.cpu)] if self.cpu is not None else []
        began = time.monotonic()
        self.process = subprocess.Popen(
            pin + [str(TARGET / "claviger"), "dev", "--data", str(self.data), "--listen", f"127.0.0.1:{self.port}",
                   "--audit", self.audit], stdout=self.log, stderr=self.log)
        answered = wait_healthy(self.port, self.process)
        self.start_seconds = answered - began
        self.env = dict(re.findall(r"export (\w+)='?([^'\n]*)'?", (self.data / "dev.env").read_text()))
        return self.start_seconds

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return self.env["AWS_ENDPOINT_URL_KMS"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def wait_healthy(port, process):
    context = ssl._create_unverified_context()
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit(f"the server on port {port} ended with {process.returncode}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as tcp:
                with context.wrap_socket(tcp, server_hostname="localhost") as tls:
                    tls.sendall(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
                    if tls.recv(64).startswith(b"HTTP/1.1 200"):
                        return time.monotonic()
        except OSError:
            time.sleep(0.0005)
    raise SystemExit(f"no answer on port {port}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start_echo(folder, server):
    port = free_port()
    tls = server.data / "tls"
    certificate, key = sorted(tls.glob("server*.pem"))[0], sorted(tls.glob("server*key*"))[0]
    process = subprocess.Popen(["taskset", "-c", str(SERVER_CPU), str(TARGET / "ref-echo"), f"127.0.0.1:{port}",
                                str(certificate), str(key)])
    wait_healthy(port, process)
    return process, f"https://127.0.0.1:{port}/"



def throughput(folder, rounds, seconds):
    buffered, durable = (Server(folder, a, free_port(), a) for a in ("buffered", "durable"))
    echo, echo_url = start_echo(folder, buffered)
    keys = {}
    for server in (buffered, durable):
        make = lambda **kw: call(server.env, "CreateKey", **kw)["KeyMetadata"]["KeyId"]
        keys[server.name] = {
            "aes": make(), "rsa2048": make(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
            "p256": make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")}
    table, samples = {}, []
    for _ in range(rounds):
        r = {}
        scripts = {}
        for server in (buffered, durable):
            k = keys[server.name]
            scripts[server.name] = {
                "encrypt": lua(folder, server.name + "-encrypt", [raw(server.env, "Encrypt", KeyId=k["aes"], Plaintext=base64.b64encode(bytes(1024)).decode())]),
                "rsa2048": lua(folder, server.name + "-rsa", [raw(server.env, "Sign", KeyId=k["rsa2048"], Message=base64.b64encode(bytes(32)).decode(), MessageType="DIGEST", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")]),
                "p256": lua(folder, server.name + "-p256", [raw(server.env, "Sign", KeyId=k["p256"], Message=base64.b64encode(bytes(32)).decode(), MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")]),
                "create": lua(folder, server.name + "-create", [raw(server.env, "CreateKey")]),
            }
        get = lua(folder, "echo", ["GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"])
        for c in (1, 32, 128):
            r[f"echo/{c}"] = wrk(get, echo_url, c, seconds, echo.pid)
            for server in (buffered, durable):
                r[f"{server.name}/encrypt/{c}"] = wrk(scripts[server.name]["encrypt"], server.url, c, seconds, server.pid)
        for name in ("rsa2048", "p256"):
            r[f"buffered/{name}/32"] = wrk(scripts["buffered"][name], buffered.url, 32, seconds, buffered.pid)
        r["openssl/rsa2048"] = openssl_speed("rsa2048", seconds)
        r["openssl/p256"] = openssl_speed("ecdsap256", seconds)
        r["fdatasync"] = fdatasync_rate(folder, 1)
        for c in (1, 32):
            r[f"durable/create/{c}"] = wrk(scripts["durable"]["create"], durable.url, c, seconds, durable.pid)
        samples.append(r)
    for process in (echo,):
        process.terminate()
    buffered.stop(), durable.stop()
    ratio = lambda top, bottom: [top(s) / bottom(s) for s in samples]
    rps = lambda name: lambda s: s[name]["rps"]
    p50 = lambda name: lambda s: s[name]["p50"]
    plain = lambda name: lambda s: s[name]
    rows = [
        ("Encrypt 1 KiB, audit buffered, 32 connections / TLS echo", ratio(rps("buffered/encrypt/32"), rps("echo/32")), ">= 0.40"),
        ("Encrypt 1 KiB, audit durable, 128 connections / TLS echo", ratio(rps("durable/encrypt/128"), rps("echo/128")), ">= 0.35"),
        ("Encrypt 1 KiB, audit durable, 32 connections / TLS echo", ratio(rps("durable/encrypt/32"), rps("echo/32")), ">= 0.25"),
        ("Encrypt 1 KiB p50, one connection, audit buffered / echo p50", ratio(p50("buffered/encrypt/1"), p50("echo/1")), "<= 1.5"),
        ("Sign RSA-2048 / openssl speed", ratio(rps("buffered/rsa2048/32"), plain("openssl/rsa2048")), ">= 0.85"),
        ("Sign P-256 / openssl speed", ratio(rps("buffered/p256/32"), plain("openssl/p256")), ">= 0.40"),
        ("CreateKey, audit durable, 1 caller / fdatasync", ratio(rps("durable/create/1"), plain("fdatasync")), ">= 0.35"),
        ("CreateKey, audit durable, 32 callers / fdatasync", ratio(rps("durable/create/32"), plain("fdatasync")), ">= 1.0"),
    ]
    absolute = {name: statistics.median(rps(name)(s) for s in samples) for name in samples[0] if isinstance(samples[0][name], dict)}
    absolute |= {name: statistics.median(s[name] for s in samples) for name in samples[0] if not isinstance(samples[0][name], dict)}
    cpu = {name: statistics.median(s[name]["cpu_us"] for s in samples) for name in samples[0] if isinstance(samples[0][name], dict)}
    return rows, absolute, cpu


def grpc_message(*fields):
    """A gRPC message of (number, bytes) fields: five bytes of framing, then protobuf."""
    body = b""
    for number, value in fields:
        length, size = len(value), b""
        while length > 127:
            size, length = size + bytes([length & 127 | 128]), length >> 7
        body += bytes([number << 3 | 2]) + size + bytes([length]) + value
    return b"\0" + len(body).to_bytes(4, "big") + body


def h2load(url, connections, seconds, pid, headers=(), data=None):
    """Requests per second over HTTP/2, one at a time on each connection."""
    before = cpu_seconds(pid)
    options = [part for header in headers for part in ("-H", header)] + (["-d", str(data)] if data else [])
    out = subprocess.run(["taskset", "-c", str(LOAD_CPU), "h2load", f"-c{connections}", "-m1", f"-D{seconds}"] + options + [url],
                         capture_output=True, text=True).stdout
    found = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", out)
    if not found or not int(found[1]) or int(found[2]) or int(found[3]):
        raise SystemExit(f"h2load: {out}")
    count = int(found[1])
    return {"rps": count / seconds, "cpu_us": (cpu_seconds(pid) - before) / count * 1e6}


def cloud_kms(folder, rounds, seconds):
    """AsymmetricSign and Encrypt of Cloud KMS over gRPC, against the echo that speaks gRPC and openssl."""
    servers = {audit: Server(folder, f"google-{audit}", free_port(), audit) for audit in ("buffered", "durable")}
    echo, echo_url = start_echo(folder, servers["buffered"])
    service, calls = "google.cloud.kms.v1.KeyManagementService", {}
    for audit, server in servers.items():
        token = json.loads(subprocess.run([str(TARGET / "claviger"), "credentials", "create", "application", "--kind", "bearer-token",
                                           "--data", str(server.data), "--output", "json"], capture_output=True, text=True, check=True).stdout)
        headers = ["content-type: application/grpc", "te: trailers", f"authorization: Bearer {token['secret']}"]
        arn = lambda **kw: call(server.env, "CreateKey", **kw)["KeyMetadata"]["Arn"].split(":")
        path = lambda arn: f"projects/{arn[4]}/locations/{arn[3]}/keyRings/default/cryptoKeys/{arn[5].split('/')[1]}"
        aes, p256 = path(arn()), path(arn(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY"))
        bodies = {"Encrypt": grpc_message((1, aes.encode()), (2, bytes(1024))),
                  "AsymmetricSign": grpc_message((1, f"{p256}/cryptoKeyVersions/1".encode()), (3, grpc_message((1, bytes(32)))[5:]))}
        for method, body in bodies.items():
            file, url = folder / f"{audit}-{method}", f"{server.url.rstrip('/')}/{service}/{method}"
            file.write_bytes(body)
            flags = [part for header in headers for part in ("-H", header)]
            seen = subprocess.run(["curl", "-sS", "--http2", "--cacert", server.env["AWS_CA_BUNDLE"], "-D", "-", "-o", os.devnull,
                                   "--data-binary", f"@{file}"] + flags + [url], capture_output=True, text=True).stdout
            # What fails is answered without a body.
            if not re.search(r"^content-length: [1-9]", seen.lower(), re.M):
                raise SystemExit(f"{method}: {seen}")
            calls[audit, method] = (url, headers, file, server.pid)
    samples = []
    for _ in range(rounds):
        # The same request, answered with trailers as gRPC has to.
        r = {c: h2load(echo_url, c, seconds, echo.pid, *calls["buffered", "Encrypt"][1:3])["rps"] for c in (32, 128)}
        run = lambda audit, method, c: h2load(calls[audit, method][0], c, seconds, calls[audit, method][3], *calls[audit, method][1:3])["rps"]
        r |= {"buffered": run("buffered", "Encrypt", 32) / r[32], "durable/128": run("durable", "Encrypt", 128) / r[128],
              "durable/32": run("durable", "Encrypt", 32) / r[32],
              "sign": run("buffered", "AsymmetricSign", 32) / openssl_speed("ecdsap256", seconds)}
        samples.append(r)
    echo.terminate()
    for server in servers.values():
        server.stop()
    row = lambda name, key, goal: (name, [s[key] for s in samples], goal)
    return [row("gRPC Encrypt 1 KiB, audit buffered, 32 connections / gRPC echo", "buffered", ">= 0.40"),
            row("gRPC Encrypt 1 KiB, audit durable, 128 connections / gRPC echo", "durable/128", ">= 0.35"),
            row("gRPC Encrypt 1 KiB, audit durable, 32 connections / gRPC echo", "durable/32", ">= 0.25"),
            row("gRPC AsymmetricSign P-256 / openssl speed", "sign", ">= 0.40")]


def mtls(folder, rounds, seconds):
    """Full TLS 1.3 handshakes with certificates on both sides: the server's key in the service / in its own process."""
    specs = {"p256": ("P-256", "ec-p256", "<= 1.35", "<= 1.7", ">= 0.60"),
             "rsa2048": ("RSA-2048", "rsa-2048", "<= 1.30", "<= 1.5", ">= 0.70")}
    servers, keys, samples = {}, {}, []
    for audit in ("buffered", "durable"):
        server = servers[audit] = Server(folder, f"mtls-{audit}", free_port(), audit)
        cli = lambda *arguments: json.loads(subprocess.run(
            [str(TARGET / "claviger"), *arguments, "--data", str(server.data), "--output", "json"],
            capture_output=True, text=True, check=True).stdout)
        (folder / f"mtls-{audit}.token").write_text(cli("credentials", "create", "application", "--kind", "bearer-token")["secret"])
        for spec, (_, name, *_) in specs.items():
            keys[audit, spec] = cli("keys", "create", "--spec", name, "--usage", "sign")["id"]

    def handshakes(audit, spec, connections):
        server = servers[audit]
        out = subprocess.run(["taskset", "-c", str(LOAD_CPU), str(TARGET / "mtls"), server.url, server.env["AWS_CA_BUNDLE"],
                              str(folder / f"mtls-{audit}.token"), keys[audit, spec], spec, str(connections), str(seconds)],
                             capture_output=True, text=True)
        if out.returncode:
            raise SystemExit(f"mtls: {out.stderr}")
        measured = json.loads(out.stdout)
        return lambda what: measured["remote"][what] / measured["local"][what]

    for _ in range(rounds):
        samples.append({(spec, what): handshakes(audit, spec, connections)(unit) for spec in specs for what, audit, connections, unit in
                        (("buffered", "buffered", 1, "p50_us"), ("durable", "durable", 1, "p50_us"), ("rate", "buffered", 16, "per_second"))})
    for server in servers.values():
        server.stop()
    rows = []
    for spec, (name, _, buffered, durable, rate) in specs.items():
        row = lambda text, what, goal: rows.append((f"mTLS handshake {name}, key in the service / in process: {text}",
                                                    [s[spec, what] for s in samples], goal))
        row("p50, audit buffered", "buffered", buffered)
        row("p50, audit durable", "durable", durable)
        row("rate of 16 at once, audit buffered", "rate", rate)
    return rows


KMIP_RATES = {"per_second": "", "per_busy_second": ": processor time"}


def kmip(folder, rounds, seconds):
    """Get of an AES key and Encrypt of 1 KiB over KMIP, against a bare TLS echo of messages of the same sizes: per second, and per second of
    the server's processor time, which is what counts where the disk leaves the processor idle."""
    os.environ["CLAVIGER_BIN"] = str(TARGET / "claviger")
    from kmip_server import KmipServer, exchange
    from ttlv import build, find, parse
    number = lambda tag, value, kind=2: (tag, kind, value.to_bytes(4, "big"))
    enum = lambda tag, value: number(tag, value, 5)
    text = lambda tag, value: (tag, 7, value.encode())
    attribute = lambda name, value: (0x420008, 1, [text(0x42000A, name), (0x42000B, *value[1:])])

    def message(operation, payload):
        version = (0x420069, 1, [number(0x42006A, 1), number(0x42006B, 4)])
        item = (0x42000F, 1, [enum(0x42005C, operation), (0x420079, 1, payload)])
        return build([(0x420078, 1, [(0x420077, 1, [version, number(0x42000D, 1)]), item])])

    gcm = (0x42002B, 1, [enum(0x420011, 9), (0x4200C5, 6, (1).to_bytes(8, "big"))])
    pin, servers, calls, echoes = ["taskset", "-c", str(SERVER_CPU)], {}, {}, {}
    for audit in ("buffered", "durable"):
        (folder / f"kmip-{audit}").mkdir()
        server = servers[audit] = KmipServer(folder / f"kmip-{audit}", f'[audit]\nmode = "{audit}"').start(pin)
        client = server.client("load")
        with server.connect(client) as connection:
            def ask(operation, payload):
                answer = parse(exchange(connection, message(operation, payload)))
                if list(find(answer, 0x42007F)) != [bytes(4)]:
                    raise SystemExit(f"KMIP operation {operation:#x}: {answer}")
                return answer
            made = ask(1, [enum(0x420057, 2), (0x420091, 1, [
                attribute("Cryptographic Algorithm", enum(0, 3)), attribute("Cryptographic Length", number(0, 256)),
                attribute("Cryptographic Usage Mask", number(0, 12))])])
            key = (0x420094, 7, next(find(made, 0x420094)))
            ask(0x12, [key])
            for name, operation, payload in (("Get", 0x0A, [key]), ("Encrypt", 0x1F, [key, gcm, (0x4200C2, 8, bytes(1024))])):
                ask(operation, payload)
                file = folder / f"{audit}-{name}.ttlv"
                file.write_bytes(message(operation, payload))
                calls[audit, name] = (f"127.0.0.1:{server.port}", server.path("ca.pem"), *client, str(file))

    def load(pid, address, rest, connections):
        before = cpu_seconds(pid)
        out = subprocess.run(["taskset", "-c", str(LOAD_CPU), str(TARGET / "kmip"), "load", address, *rest, str(connections), str(seconds)],
                             capture_output=True, text=True)
        if out.returncode:
            raise SystemExit(f"kmip: {out.stderr}")
        done = json.loads(out.stdout)
        busy = cpu_seconds(pid) - before
        return done | {"per_busy_second": done["per_second"] * seconds / busy}

    for name in ("Get", "Encrypt"):
        server, port = servers["buffered"], free_port()
        length = load(server.process.pid, calls["buffered", name][0], calls["buffered", name][1:], 1)["length"]
        process = subprocess.Popen(pin + [str(TARGET / "kmip"), "echo", f"127.0.0.1:{port}", server.path("server.pem"),
                                          server.path("server.key"), str(length)])
        echoes[name] = (process, f"127.0.0.1:{port}")
    time.sleep(1)
    samples = []
    cases = [("buffered", 32, ">= 0.40"), ("durable", 128, ">= 0.30"), ("durable", 32, ">= 0.30")]
    for _ in range(rounds):
        r = {}
        for name, (echo, address) in echoes.items():
            bare = {connections: load(echo.pid, address, calls["buffered", name][1:], connections) for connections in (32, 128)}
            for audit, connections, _ in cases:
                answered = load(servers[audit].process.pid, calls[audit, name][0], calls[audit, name][1:], connections)
                for per in KMIP_RATES:
                    r[audit, connections, name, per] = answered[per] / bare[connections][per]
        samples.append(r)
    for process, _ in echoes.values():
        process.terminate()
    for server in servers.values():
        server.stop()
    return [(f"KMIP {what}, audit {audit}, {connections} connections / TLS echo of the same sizes{counted}",
             [s[audit, connections, name, per] for s in samples], goal)
            for name, what in (("Get", "Get of an AES key"), ("Encrypt", "Encrypt 1 KiB"))
            for audit, connections, goal in cases
            for per, counted in KMIP_RATES.items()]


def newest_token(folder):
    return max((folder / "tokens").iterdir(), key=lambda token: token.stat().st_mtime)


def softhsm(folder, rounds, seconds):
    """Sign RSA-2048 with a key in a SoftHSM token / by cryptoki itself with a cached handle; with one key on the token and beside 5,000 objects."""
    module = "/usr/lib/softhsm/libsofthsm2.so"
    if not Path(module).exists() or not shutil.which("softhsm2-util"):
        return []
    (folder / "tokens").mkdir()
    (folder / "softhsm.conf").write_text(f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm.conf")
    os.environ["CLAVIGER_BIN"] = str(TARGET / "claviger")
    from kmip_server import KmipServer
    servers = {}
    for name, count in (("one", 0), ("many", 5000)):
        subprocess.run(["softhsm2-util", "--init-token", "--free", "--label", name, "--pin", "1234", "--so-pin", "5678"],
                       check=True, capture_output=True)
        if count:
            # One that the token has made, and copies of its file: SoftHSM looks at all objects for each that it makes.
            subprocess.run([str(TARGET / "softhsm"), "fill", module, name, "1234", "1"], check=True)
            [made] = [file for file in newest_token(folder).glob("*.object") if file.name != "token.object"]
            for _ in range(count - 1):
                copy = made.with_name(f"{uuid.uuid4()}.object")
                shutil.copy(made, copy)
                copy.with_suffix(".lock").touch()
        (folder / f"hsm-{name}").mkdir()
        pin, port = folder / f"hsm-{name}/pin", free_port()
        pin.write_text("1234")
        pin.chmod(0o600)
        server = KmipServer(folder / f"hsm-{name}", f"""
[listen]
https = "127.0.0.1:{port}"
[audit]
mode = "buffered"
[[providers]]
kind = "pkcs11"
name = "hsm"
module = "{module}"
token = "pkcs11:token={name}"
pin = {{ from = "file", path = "{pin}" }}
environment = {{ SOFTHSM2_CONF = "{folder}/softhsm.conf" }}
read = ["{folder}/softhsm.conf"]
write = ["{folder}/tokens"]
""").start(["taskset", "-c", str(SERVER_CPU)])
        server.cli("principals", "create", "load")
        policy = folder / "all.json"
        policy.write_text('{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}')
        server.cli("policies", "put", "load", "all", "--file", str(policy))
        pair = json.loads(server.cli("credentials", "create", "load", "--output", "json"))
        env = {"AWS_ENDPOINT_URL_KMS": f"https://localhost:{port}", "AWS_REGION": "us-east-1", "AWS_CA_BUNDLE": server.path("ca.pem"),
               "AWS_ACCESS_KEY_ID": pair["id"], "AWS_SECRET_ACCESS_KEY": pair["secret"]}
        end = time.monotonic() + 120
        while any(provider["state"] != "usable" for provider in json.loads(server.cli("providers", "list", "--output", "json"))):
            if time.monotonic() > end:
                raise SystemExit("the token is not usable: " + server.cli("providers", "list"))
            time.sleep(0.5)
        key = json.loads(server.cli("keys", "create", "--spec", "rsa-2048", "--usage", "sign", "--provider", "hsm", "--output", "json"))["id"]
        servers[name] = (server, env, key)

    def signatures(name):
        server, env, key = servers[name]
        script = lua(folder, f"hsm-{name}", [raw(env, "Sign", KeyId=key, Message=base64.b64encode(bytes(32)).decode(),
                                                   MessageType="DIGEST", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")])
        return wrk(script, env["AWS_ENDPOINT_URL_KMS"], 16, seconds)["rps"]

    def direct():
        out = subprocess.run(["taskset", "-c", str(SERVER_CPU), str(TARGET / "softhsm"), "sign", module, "one", "1234", str(seconds)],
                             capture_output=True, text=True, check=True)
        return float(out.stdout)

    samples = [{"direct": direct(), "one": signatures("one"), "many": signatures("many")} for _ in range(rounds)]
    for server, _, _ in servers.values():
        server.stop()
    return [("Sign RSA-2048 in SoftHSM / cryptoki with a cached handle", [s["one"] / s["direct"] for s in samples], ">= 0.80"),
            ("Sign RSA-2048 in SoftHSM, beside 5,000 objects / alone", [s["many"] / s["one"] for s in samples], ">= 0.90")]


def head_of_line(folder, rounds, seconds, audit):
    """Encrypt on 4 connections, alone and while 4 connections saturate RSA-4096 signatures; nothing is pinned."""
    server = Server(folder, f"hol-{audit}", free_port(), audit, cpu=None)
    aes = call(server.env, "CreateKey")["KeyMetadata"]["KeyId"]
    rsa = call(server.env, "CreateKey", KeySpec="RSA_4096", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    rate, latency = [], []
    for _ in range(rounds):
        encrypt = lua(folder, f"hol-{audit}-encrypt", [raw(server.env, "Encrypt", KeyId=aes, Plaintext=base64.b64encode(bytes(1024)).decode())])
        sign4096 = lua(folder, f"hol-{audit}-sign", [raw(server.env, "Sign", KeyId=rsa, Message=base64.b64encode(bytes(32)).decode(), MessageType="DIGEST", SigningAlgorithm="RSASSA_PKCS1_V1_5_SHA_256")])
        alone = wrk(encrypt, server.url, 4, seconds, cpu=None)
        thread = threading.Thread(target=wrk, args=(sign4096, server.url, 4, seconds + 1), kwargs={"cpu": None})
        thread.start()
        time.sleep(0.5)
        mixed = wrk(encrypt, server.url, 4, seconds, cpu=None)
        thread.join()
        rate.append(mixed["rps"] / alone["rps"])
        latency.append(mixed["p50"] / alone["p50"])
    server.stop()
    return [(f"Encrypt beside 4 saturating RSA-4096 signers, audit {audit}: rate / alone", rate, ">= 0.20"),
            (f"Encrypt beside 4 saturating RSA-4096 signers, audit {audit}: p50 / alone", latency, "<= 2.5")]


def scale(folder, rounds, seconds, counts):
    """Random keys over many, memory, and the time from exec to the first answer."""
    servers, rows = {}, []
    limits = {0: (30, 0.050), 10_000: (40, None), 100_000: (80, 0.3), 1_000_000: (500, 2.0)}
    for count in counts:
        server = Server(folder, f"scale-{count}", free_port(), "buffered")
        account = call(server.env, "CreateKey")["KeyMetadata"]["AWSAccountId"]
        server.stop()
        ids = []
        if count:
            out = subprocess.run([str(TARGET / "bulk-keys"), str(server.data), account, str(count), "software"],
                                 capture_output=True, text=True, check=True).stdout
            ids = out.split()
        starts = []
        for _ in range(5):
            starts.append(server.start())
            if _ < 4:
                server.stop()
        servers[count] = (server, ids)
        memory, start = limits.get(count, (None, None))
        if start:
            rows.append((f"start to first answer, {count:,} keys, seconds", starts, f"<= {start}"))
    samples = {count: [] for count in servers if count}
    for _ in range(rounds):
        for count, (server, ids) in servers.items():
            if count:
                script = lua(folder, f"scale-{count}", [raw(server.env, "Encrypt", KeyId=i, Plaintext=base64.b64encode(bytes(32)).decode()) for i in ids[:4096]])
                samples[count].append(wrk(script, server.url, 32, seconds, server.pid)["rps"])
    for count, (server, _) in servers.items():
        memory = limits.get(count, (None, None))[0]
        if memory:
            rows.append((f"resident memory, {count:,} keys, MiB", [rss_mib(server.pid)], f"<= {memory}"))
        server.stop()
    low, high = min(samples, default=0), max(samples, default=0)
    if low != high:
        rows.append((f"Encrypt 32 B, random keys over {high:,} / over {low:,}",
                     [a / b for a, b in zip(samples[high], samples[low])], ">= 0.90"))
    return rows


def moto(folder, rounds, seconds):
    program = shutil.which("moto_server")
    if not program:
        return []
    port = free_port()
    process = subprocess.Popen([program, "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = Server(folder, "beside-moto", free_port(), "buffered")
    env = dict(server.env, AWS_ENDPOINT_URL_KMS=f"http://127.0.0.1:{port}")
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.1)
    plaintext = base64.b64encode(bytes(1024)).decode()
    ours, theirs = (call(e, "CreateKey")["KeyMetadata"]["KeyId"] for e in (server.env, env))
    ratios = []
    for _ in range(rounds):
        a = wrk(lua(folder, "ours", [raw(server.env, "Encrypt", KeyId=ours, Plaintext=plaintext)]), server.url, 32, seconds)
        b = wrk(lua(folder, "moto", [raw(env, "Encrypt", KeyId=theirs, Plaintext=plaintext)]), env["AWS_ENDPOINT_URL_KMS"], 8, seconds)
        ratios.append(a["rps"] / b["rps"])
    process.terminate()
    server.stop()
    return [("Encrypt 1 KiB, audit buffered / moto", ratios, ">= 50")]


@contextlib.contextmanager
def awake():
    """Keeps the processor of the load from sleeping, by what runs only when nothing else does. Else the server pays for waking it with each
    answer; on a virtual machine that is more than an echo's whole work, and no server pays it whose clients are other machines."""
    process = subprocess.Popen(["chrt", "--idle", "0", "taskset", "-c", str(LOAD_CPU), sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def verdict(values, goal):
    sign_, limit = goal.split()
    median = statistics.median(values)
    return median >= float(limit) if sign_ == ">=" else median <= float(limit)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--only", default="throughput,grpc,mtls,kmip,softhsm,head,scale,moto")
    parser.add_argument("--scale", default="0,10000,100000,1000000")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    for tool in ("wrk", "h2load", "curl", "openssl", "taskset", "chrt"):
        if not shutil.which(tool):
            raise SystemExit(f"{tool} is needed")
    subprocess.run(["cargo", "build", "--release", "--locked", "-p", "claviger", "-p", "claviger-bench"], cwd=ROOT, check=True)
    rows, absolute, cpu = [], {}, {}
    with awake(), tempfile.TemporaryDirectory(prefix="claviger-bench-") as folder:
        folder = Path(folder)
        if "throughput" in options.only:
            rows, absolute, cpu = throughput(folder, options.rounds, options.seconds)
        if "grpc" in options.only:
            rows += cloud_kms(folder, options.rounds, options.seconds)
        if "mtls" in options.only:
            rows += mtls(folder, options.rounds, options.seconds)
        if "kmip" in options.only:
            rows += kmip(folder, options.rounds, options.seconds)
        if "softhsm" in options.only:
            rows += softhsm(folder, options.rounds, options.seconds)
        if "head" in options.only:
            for audit in ("buffered", "durable"):
                rows += head_of_line(folder, options.rounds, options.seconds, audit)
        if "moto" in options.only:
            rows += moto(folder, options.rounds, options.seconds)
        if "scale" in options.only:
            rows += scale(folder, options.rounds, options.seconds, [int(c) for c in options.scale.split(",")])
    lines = ["| what | median | lowest–highest round | floor | reached |", "|---|---|---|---|---|"]
    for name, values, goal in rows:
        show = lambda v: f"{v:.3g}" if v < 100 else f"{v:.0f}"
        lines.append(f"| {name} | {show(statistics.median(values))} | {show(min(values))}–{show(max(values))} | {goal} | {'yes' if verdict(values, goal) else 'no'} |")
    lines += ["", "| case | per second | server CPU, µs per request |", "|---|---|---|"]
    lines += [f"| {name} | {value:,.0f} | {cpu.get(name, 0):.1f} |" for name, value in absolute.items()]
    flags = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", flags).group(1)
    features = [f for f in ("avx512ifma", "vaes", "sha_ni") if f in flags]
    lines += ["", f"{model}, {os.cpu_count()} CPUs ({', '.join(features)}), {os.uname().release}, load {os.getloadavg()[0]:.1f}; "
              f"{options.rounds} rounds of {options.seconds} s."]
    text = "\n".join(lines)
    print(text)
    if options.write:
        page = ROOT / "docs/performance.md"
        parts = page.read_text().split("<!-- table -->")
        page.write_text(f"{parts[0]}<!-- table -->\n{text}\n<!-- table -->{parts[-1]}")


if __name__ == "__main__":
    main()
