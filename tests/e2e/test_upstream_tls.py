"""Services behind that are reached over TLS or at a path: an nginx that wants a client certificate, and uvicorn."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import AI_SERVICE
from gateway import Gateway, reason_of
from nginx import start_nginx
from processes import Child, eventually, free_port
from secure import Authority

SEALED = """
    access_log off;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_client_certificate {ca};
        ssl_verify_client on;
        client_max_body_size 2g;
        location /sealed/who {{ return 200 "$ssl_client_s_dn|$ssl_server_name|$connection_requests"; }}
        location /sealed/ai/ {{ proxy_pass http://127.0.0.1:{ai_port}/; proxy_buffering off; }}
        location /sealed/big {{ root {folder}; try_files /big =404; }}
    }}
"""
ROUTES = """
  - {path: /sealed/*, upstream: sealed, protected: false}
  - {path: /near/*, upstream: near, protected: false, strip_prefix: /near}
"""
BIG = 64 * 1024 * 1024


class Sealed:
    """An nginx that asks for a client certificate, and the files that the gateway needs before it."""

    def __init__(self, folder: Path, ai_port: int):
        self.folder = folder
        self.port = free_port()
        authority = Authority(folder)
        server, own = authority.sign("ai.test"), authority.sign("gateway.test", "clientAuth")
        self.files = {"ca": authority.certificate, "certificate": own, "key": own.with_suffix(".key")}
        (folder / "big").write_bytes(os.urandom(1024 * 1024) * (BIG // (1024 * 1024)))
        names = {"certificate": server, "key": server.with_suffix(".key"), "ca": authority.certificate}
        self.child = start_nginx(folder, self.port, SEALED, ai_port=ai_port, **names)

    def upstream(self, *more: str) -> str:
        tls = [f"ca: {self.files['ca']}", "server_name: ai.test", *more]
        return f"{{url: 'https://127.0.0.1:{self.port}', tls: {{{', '.join(tls)}}}}}"

    def own(self) -> str:
        return f"certificate: {self.files['certificate']}, key: {self.files['key']}"


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, ai_port: int) -> Iterator[Sealed]:
    folder = tmp_path_factory.mktemp("sealed")
    folder.chmod(0o755)
    nginx = Sealed(folder, ai_port)
    yield nginx
    nginx.child.stop()


@pytest.fixture
def near(tmp_path: Path) -> Iterator[Path]:
    """The socket of a uvicorn with the AI service."""
    path = tmp_path / "ai.sock"
    command = ["/usr/bin/python3", "-m", "uvicorn", "app:app", "--app-dir", AI_SERVICE, "--uds", path]
    folder = tmp_path / "uvicorn"
    folder.mkdir()
    service = Child(command, folder, 0, dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"})
    eventually(path.is_socket, 20, "the socket")
    yield path
    service.stop()


def started(gateway: Gateway, **upstreams: str) -> Gateway:
    gateway.configure(routes=ROUTES, upstreams={"sealed": "http://127.0.0.1:1", "near": "unix:/none"} | upstreams)
    return gateway.start()


def test_nginx_is_spoken_to_with_a_certificate_on_connections_that_are_kept(
    make_gateway: Callable[[], Gateway], sealed: Sealed
):
    gateway = started(make_gateway(), sealed=sealed.upstream(sealed.own()))
    said = [gateway.get("/sealed/who").text.split("|") for _ in range(50)]
    assert {(who, name) for who, name, _ in said} == {("CN=gateway.test", "ai.test")}
    assert max(int(requests) for _, _, requests in said) > 10
    assert len([1 for _, _, requests in said if requests == "1"]) <= os.cpu_count()
    assert gateway.get("/sealed/big").content == (sealed.folder / "big").read_bytes()
    asked = {"prompt": "hello", "max_tokens": 10}
    with gateway.http.stream("POST", "/sealed/ai/generate/stream", json=asked, headers={"X-User-Id": "7"}) as stream:
        lines = [line.strip() for line in stream.iter_lines() if line.strip()]
    assert stream.status_code in (200, 422), lines  # an open route: nobody tells the service who it is


def test_without_a_certificate_nginx_says_so_and_another_name_is_refused(
    make_gateway: Callable[[], Gateway], sealed: Sealed
):
    without = started(make_gateway(), sealed=sealed.upstream()).get("/sealed/who")
    assert without.status_code == 400 and "No required SSL certificate was sent" in without.text
    gateway = started(make_gateway(), sealed=sealed.upstream(sealed.own()).replace("ai.test", "other.test"))
    for _ in range(5):
        answer = gateway.get("/sealed/who")
        assert answer.status_code == 502 and reason_of(answer) == "upstream_tls"
        line = gateway.logged(answer)
        assert line["hint"] == "its certificate is for another name"
        assert line["server"] == f"https://127.0.0.1:{sealed.port}"
    assert gateway.child.errors().count("its certificate is for another name") == 1


def test_verify_false_is_warned_of(make_gateway: Callable[[], Gateway], sealed: Sealed):
    gateway = make_gateway()
    gateway.configure(routes=ROUTES, upstreams={"sealed": sealed.upstream("verify: false"), "near": "unix:/none"})
    checked = gateway.cli("check")
    assert checked.returncode == 0
    assert "warning: upstream sealed: `verify: false`" in checked.stderr
    gateway.start()
    eventually(lambda: "upstream sealed: `verify: false`" in gateway.child.errors(), 5, "the warning")
    gateway.child.process.send_signal(signal.SIGHUP)
    eventually(lambda: gateway.child.errors().count("upstream sealed: `verify: false`") == 2, 5, "it once more")


@pytest.mark.parametrize("broken", ["certificate", "key", "ca"])
def test_a_file_that_cannot_be_used_ends_the_start_with_one_line(
    make_gateway: Callable[[], Gateway], sealed: Sealed, tmp_path: Path, broken: str
):
    gateway = make_gateway()
    file = tmp_path / "broken"
    tls = ", ".join(f"{key}: {file if key == broken else name}" for key, name in sealed.files.items())
    upstream = f"{{url: 'https://127.0.0.1:{sealed.port}', tls: {{{tls}}}}}"
    gateway.configure(routes=ROUTES, upstreams={"sealed": upstream, "near": "unix:/none"})
    for text in (None, "nothing"):
        if text:
            file.write_text(text)
        errors = gateway.fails_to_start()
        assert str(file) in errors and len(errors.splitlines()) == 1, errors
        assert errors == gateway.cli("check").stderr


def test_uvicorn_on_a_socket_is_asked_and_streams(make_gateway: Callable[[], Gateway], near: Path):
    gateway = started(make_gateway(), near=f"unix:{near}")
    assert gateway.get("/near/openapi.json").json()["openapi"].startswith("3.")
    for _ in range(20):
        assert gateway.get("/near/").status_code == 200
    assert gateway.logged(gateway.get("/near/"))["server"] == f"unix:{near}"
    near.unlink()
    gone = make_gateway()
    assert reason_of(started(gone, near=f"unix:{near}").get("/near/")) == "upstream_refused"


def test_init_reads_what_a_socket_offers(make_gateway: Callable[[], Gateway], near: Path, sealed: Sealed):
    gateway = make_gateway()
    gateway.configuration.unlink()
    done = gateway.cli("init", "--upstream", f"unix:{near}")
    assert done.returncode == 0, done.stderr
    assert "/generate" in gateway.configuration.read_text()
    assert f"unix:{near}" in gateway.configuration.read_text()
    assert gateway.cli("check").returncode == 0
    gateway.configuration.unlink()
    done = gateway.cli("init", "--upstream", f"https://127.0.0.1:{sealed.port}")
    assert done.returncode == 0, done.stderr
    assert "nobody who is trusted has issued its certificate" in done.stdout
