"""TLS at the front before those who know it best: testssl.sh with all its attacks, a browser, and clients that go on
while the certificate is renewed.
"""

import json
import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway import Gateway
from processes import eventually
from secure import NAME, Authority, Secure, run

HARMLESS = {"OK", "INFO", "LOW"}
# What the scanner says of the service behind and of the machine that it runs on.
NOT_OURS = {"security_headers", "HTTP_status_code", "engine_problem"}
# Its client closes its input at once and may be gone before a TLS 1.3 ticket has come, with any server; then it has
# nothing to resume from. Any other word on tickets counts. test_tls.py resumes with a client that waits.
NOT_TRIED = ("sessionresumption_ticket", "check failed because of connect problem")
BROWSER = [
    "chromium",
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    f"--host-resolver-rules=MAP {NAME} 127.0.0.1, MAP * ~NOTFOUND",
]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def certified(make_gateway: Callable[[], Gateway], authority: Authority) -> Iterator[Secure]:
    secure = Secure(make_gateway(), signer=authority)
    secure.gateway.start()
    yield secure
    secure.client.close()


# Renewal.


class Asking(threading.Thread):
    """Asks again and again, each time on a new connection or always on one, until it is told to stop."""

    def __init__(self, secure: Secure, authority: Authority, keeps_alive: bool, stop: threading.Event):
        super().__init__()
        self.context = ssl.create_default_context(cafile=str(authority.certificate))
        self.secure, self.keeps_alive, self.stop = secure, keeps_alive, stop
        self.failures: list[str] = []
        self.serials: list[str] = []  # of the certificates, one for each request
        self.start()

    def connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.secure.port), timeout=10)
        return self.context.wrap_socket(plain, server_hostname=NAME)

    def run(self) -> None:
        client = None
        while not self.stop.is_set():
            try:
                client = client or self.connect()
                client.sendall(f"GET / HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
                answer = client.recv(65536)
                while not answer.endswith(b"}") and (more := client.recv(65536)):
                    answer += more
                self.serials.append(client.getpeercert()["serialNumber"])
                if not (answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"}")):
                    self.failures.append(answer.decode(errors="replace"))
                if not self.keeps_alive:
                    client = client.close()
            except OSError as error:
                self.failures.append(repr(error))
                client = None


def replace(old: Path, new: Path) -> None:
    """As certbot does it: the certificate first, then the key, so that for a moment they do not fit."""
    os.replace(new, old)
    os.replace(new.with_suffix(".key"), old.with_suffix(".key"))


def test_a_renewed_certificate_costs_no_request(certified: Secure, authority: Authority):
    stop = threading.Event()
    clients = [Asking(certified, authority, keeps_alive, stop) for keeps_alive in (False, False, False, True)]
    try:
        for times in range(1, 4):
            eventually(lambda: all(len(set(client.serials)) == times for client in clients[:3]), 15, "a certificate")
            replace(certified.certificate, authority.sign(NAME))
        eventually(lambda: all(len(set(client.serials)) == 4 for client in clients[:3]), 15, "the last certificate")
    finally:
        stop.set()
        for client in clients:
            client.join(20)
    assert [failure for client in clients for failure in client.failures] == []
    assert len(set(clients[3].serials)) == 1  # a connection keeps the certificate that it began with
    assert sum(len(client.serials) for client in clients) > 500


# A browser.


def test_a_browser_shows_the_page_when_it_knows_the_authority(
    certified: Secure, authority: Authority, tmp_path: Path
):
    url = f"https://{NAME}:{certified.port}/"
    known = tmp_path / "knows/.pki/nssdb"
    known.mkdir(parents=True)
    for arguments in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "authority", "-i", authority.certificate]):
        assert run("certutil", "-d", f"sql:{known}", *arguments).returncode == 0

    def open_page(home: Path) -> subprocess.CompletedProcess:
        command = [*BROWSER, f"--user-data-dir={home / 'profile'}", "--dump-dom", url]
        environment = dict(os.environ) | {"HOME": str(home)}
        return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)

    assert certified.client.get("/").text in open_page(tmp_path / "knows").stdout
    stranger = open_page(tmp_path / "does-not")
    assert stranger.stdout == ""
    assert "ERR_CERT_AUTHORITY_INVALID" in stranger.stderr


# A scanner.


class Scan:
    """Takes a minute or more, most of which it waits: it goes on beside the other tests."""

    def __init__(self, secure: Secure, folder: Path):
        self.secure = secure
        self.report = folder / "report.json"
        offline = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1"]
        looks = ["-p", "-s", "-f", "-P", "-S", "-h", "-U"]
        known = ["--add-ca", secure.trusted, "--jsonfile", self.report]
        command = ["testssl", *offline, *looks, *known, f"{NAME}:{secure.port}"]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)

    def findings(self) -> tuple[dict[str, str], str]:
        """The severity of each, and all that it said."""
        said, _ = self.process.communicate(timeout=400)
        found = json.loads(self.report.read_text())
        return {one["id"]: one["severity"] for one in found if (one["id"], one["finding"]) != NOT_TRIED}, said


@pytest.fixture(scope="module", autouse=True)
def scan(
    built: None, tmp_path_factory: pytest.TempPathFactory, authority: Authority, ai_port: int
) -> Iterator[Scan]:
    folder = tmp_path_factory.mktemp("scanned")
    gateway = Gateway(folder, ai_port)
    secure = Secure(gateway, "hsts: 365d\n", authority)
    gateway.start()
    scan = Scan(secure, folder)
    yield scan
    scan.process.kill()
    scan.process.wait()
    gateway.stop()


def test_a_scanner_finds_nothing_that_matters(scan: Scan):
    findings, said = scan.findings()
    assert {"TLS1_3", "heartbleed", "ROBOT", "secure_client_renego", "HSTS_time"} <= set(findings), said
    worse = {name for name, severity in findings.items() if severity not in HARMLESS} - NOT_OURS
    assert worse == set(), said
    assert scan.secure.client.get("/").status_code == 200  # it has survived all of that
