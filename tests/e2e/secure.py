"""A gateway that also speaks TLS, with a certificate of its own making, and clients of other people that ask it."""

import subprocess
import tempfile
from pathlib import Path

import httpx

from gateway import Gateway
from processes import free_port

NAME = "gateway.test"


def run(*command: object, stdin: str = "") -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], input=stdin, capture_output=True, text=True, timeout=30)


def make_certificate(folder: Path, name: str, *more: str) -> Path:
    """A self-signed one and its key, of the name of a host; the file of the certificate."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"]
    done = run("openssl", "req", "-x509", "-days", 1, *new, *names, *more)
    assert done.returncode == 0, done.stderr
    return certificate


class Authority:
    """Signs certificates, as a company's own does."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.certificate = make_certificate(folder, "authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def sign(self, name: str, use: str = "serverAuth") -> Path:
        """A new one for 90 days, in a folder of its own with its key."""
        signer = ["-CA", self.certificate, "-CAkey", self.certificate.with_suffix(".key"), "-days", 90]
        for_peers = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "keyUsage=critical,digitalSignature"]
        revoked = ["-addext", f"extendedKeyUsage={use}", "-addext", f"crlDistributionPoints=URI:http://{NAME}/crl"]
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        return make_certificate(folder, name, *signer, *for_peers, *revoked)


class Secure:
    """A gateway that listens in the clear at its usual port and over TLS at another."""

    def __init__(self, gateway: Gateway, more: str = "", signer: Authority | None = None):
        self.gateway = gateway
        self.port = free_port()
        self.certificate = signer.sign(NAME) if signer else make_certificate(gateway.folder, NAME)
        self.trusted = signer.certificate if signer else self.certificate
        pair = f"{{certificate: {self.certificate}, key: {self.certificate.with_suffix('.key')}}}"
        secure = f"{{address: '127.0.0.1:{self.port}', tls: {{certificates: [{pair}]}}}}"
        plain = f"127.0.0.1:{gateway.port}"
        text = gateway.configuration.read_text()
        gateway.configuration.write_text(text.replace(f"listen: {plain}", f"listen: [{plain}, {secure}]") + more)
        self.url = f"https://127.0.0.1:{self.port}"
        self.client = httpx.Client(
            base_url=self.url, verify=str(self.trusted), timeout=15, trust_env=False, headers={"Host": NAME}
        )

    def curl(self, path: str, *more: str) -> str:
        place = ["--resolve", f"{NAME}:{self.port}:127.0.0.1", f"https://{NAME}:{self.port}{path}"]
        done = run("curl", "-sS", "--fail-with-body", "--cacert", self.trusted, *place, *more)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def s_client(self, *more: str, stdin: str = "Q\n") -> str:
        connect = ["-connect", f"127.0.0.1:{self.port}", "-servername", NAME, "-CAfile", self.trusted]
        done = run("openssl", "s_client", *connect, *more, stdin=stdin)
        return done.stdout + done.stderr

    def handshakes(self, result: str) -> int:
        return self.gateway.metric("tls_handshakes_total", result=result)
