"""A go-kms client, written from what its protocol is known to be."""
import base64
import hashlib
import hmac
import json
import ssl
import time
import urllib.error
import urllib.request

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PREFIX = "/api/v1/go-kms/"


def rfc1123(seconds):
    """A date as Go writes time.RFC1123 in UTC, whatever the locale."""
    t = time.gmtime(seconds)
    return (f"{DAYS[t.tm_wday]}, {t.tm_mday:02} {MONTHS[t.tm_mon - 1]} {t.tm_year} "
            f"{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} UTC")


def code(key, method, date, path):
    message = f"{method}\n{date}\n{path}".encode()
    return base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()


class Refused(Exception):
    """An answer that is not 200."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body!r}")
        self.status = status
        self.body = body


class Client:
    def __init__(self, url, key, ca):
        self.url = url
        self.key = key
        self.context = ssl.create_default_context(cafile=str(ca))

    def send(self, endpoint, body, *, method="POST", seconds=None, key=None, headers=None):
        """The raw answer to a raw body."""
        path = PREFIX + endpoint
        date = rfc1123(time.time() if seconds is None else seconds)
        sent = {
            "Content-Type": "application/json",
            "User-Agent": "GO-KMS-CLI",
            "x-kms-date": date,
            "Authorization": code(key or self.key, method, date, path),
            **(headers or {}),
        }
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=sent)
        try:
            with urllib.request.urlopen(request, context=self.context, timeout=30) as answer:
                return answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read()) from None

    def call(self, endpoint, **members):
        return json.loads(self.send(endpoint, json.dumps(members).encode()))

    def list_keys(self):
        return self.call("listkeys")["KeyMetadata"]

    def create_key(self, description=""):
        return self.call("createkey", Description=description)["KeyMetadata"]

    def enable_key(self, key):
        return self.call("enablekey", KeyID=key)["KeyMetadata"]

    def disable_key(self, key):
        return self.call("disablekey", KeyID=key)["KeyMetadata"]

    def generate_data_key(self, key):
        answer = self.call("generatedatakey", KeyID=key)
        return base64.b64decode(answer["Plaintext"]), base64.b64decode(answer["CiphertextBlob"])

    def encrypt(self, key, plaintext):
        text = base64.b64encode(plaintext).decode()
        return base64.b64decode(self.call("encrypt", KeyID=key, Plaintext=text)["CiphertextBlob"])

    def decrypt(self, ciphertext):
        text = base64.b64encode(ciphertext).decode()
        return base64.b64decode(self.call("decrypt", CiphertextBlob=text)["Plaintext"] or "")

    def re_encrypt(self, ciphertext, destination):
        text = base64.b64encode(ciphertext).decode()
        answer = self.call("reencrypt", CiphertextBlob=text, DestinationKeyId=destination)
        return base64.b64decode(answer["CiphertextBlob"]), answer["KeyID"], answer["SourceKeyID"]
