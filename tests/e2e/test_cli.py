"""The verbs of the command line besides `run` and `user`."""

import re
import stat

import pytest

from gateway import SECRET, Gateway

VERBS = ["run", "check", "routes", "explain", "init", "user", "keygen", "health", "version"]


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(gateway: Gateway, verb: str):
    done = gateway.cli(verb, "--help")
    assert done.returncode == 0
    assert verb in gateway.cli("--help").stdout
    assert len(done.stdout) > 40


@pytest.mark.parametrize("arguments", ["frobnicate", "check --frobnicate", "user add", "explain POST", "init"])
def test_wrong_use_is_exit_code_2(gateway: Gateway, arguments: str):
    done = gateway.cli(*arguments.split())
    assert done.returncode == 2
    assert done.stderr or done.stdout


def test_version_begins_with_a_name_and_a_number(gateway: Gateway):
    done = gateway.cli("version")
    assert done.returncode == 0
    assert re.match(r"tollgate \d+\.\d+\.\d+\b", done.stdout)


def test_check_accepts_a_good_file_and_takes_it_as_argument(gateway: Gateway):
    assert gateway.cli("check").returncode == 0
    assert gateway.cli("check", "--config", str(gateway.configuration)).returncode == 0
    assert gateway.cli("check", "--config", "/nowhere/tollgate.yaml").returncode == 1


def test_routes_shows_what_is_public(gateway: Gateway):
    done = gateway.cli("routes")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    (root,) = [line for line in lines if re.search(r"GET\s+/\s", line)]
    (generate,) = [line for line in lines if re.search(r"POST\s+/generate\s", line)]
    assert "PUBLIC" in root
    assert "protected" in generate and "PUBLIC" not in generate
    assert any("/login" in line for line in lines)
    assert any(re.search(r"/me\b", line) for line in lines)


def test_explain_tells_the_route_and_what_would_be_sent_without_secrets(gateway: Gateway):
    done = gateway.cli("explain", "POST", "/generate")
    assert done.returncode == 0
    assert "/generate" in done.stdout
    assert "protected" in done.stdout
    assert "X-User-Id" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_explain_of_what_no_route_names_says_so(gateway: Gateway):
    done = gateway.cli("explain", "GET", "/nowhere")
    assert "404" in done.stdout or "no route" in done.stdout.lower()


def test_keygen_gives_another_good_secret_each_time(make_gateway):
    gateway = make_gateway()
    first, second = gateway.cli("keygen").stdout.strip(), gateway.cli("keygen").stdout.strip()
    assert first != second
    assert len(first) >= 43
    gateway.environment["JWT_SECRET"] = first
    gateway.start()
    assert gateway.get("/").status_code == 200


def test_keygen_if_missing_writes_a_private_file_once(make_gateway):
    gateway = make_gateway()
    file = gateway.folder / "secret"
    assert gateway.cli("keygen", "--if-missing", str(file)).returncode == 0
    first = file.read_text()
    assert len(first) >= 43
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert gateway.cli("keygen", "--if-missing", str(file)).returncode == 0
    assert file.read_text() == first


def test_health_asks_the_running_gateway(own_gateway: Gateway):
    assert own_gateway.cli("health").returncode == 0
    own_gateway.child.stop()
    assert own_gateway.cli("health").returncode == 1


OPERATIONS = [
    ("GET", "/"),
    ("POST", "/generate"),
    ("POST", "/generate/stream"),
    ("GET", "/v1/models"),
    ("POST", "/v1/chat/completions"),
]


@pytest.fixture
def started_by_init(make_gateway, ai_port: int) -> Gateway:
    """A folder in which only `init` has written."""
    gateway = make_gateway()
    gateway.configuration.unlink()
    del gateway.environment["JWT_SECRET"]
    del gateway.environment["TOLLGATE_CONFIG"]
    done = gateway.cli("init", "--upstream", f"http://127.0.0.1:{ai_port}")
    assert done.returncode == 0, done.stderr
    return gateway


def test_init_writes_a_configuration_that_protects_every_operation(started_by_init: Gateway):
    gateway = started_by_init
    assert stat.S_IMODE((gateway.folder / ".env").stat().st_mode) == 0o600
    assert gateway.cli("check").returncode == 0
    lines = gateway.cli("routes").stdout.splitlines()
    for method, path in OPERATIONS:
        (line,) = [line for line in lines if re.search(rf"\b{method}\s+{re.escape(path)}(\s|$)", line)]
        assert "protected" in line and "PUBLIC" not in line


def test_init_never_overwrites(started_by_init: Gateway, ai_port: int):
    gateway = started_by_init
    before = {path.name: path.read_bytes() for path in gateway.folder.iterdir() if path.is_file()}
    assert gateway.cli("init", "--upstream", f"http://127.0.0.1:{ai_port}").returncode == 1
    assert {path.name: path.read_bytes() for path in gateway.folder.iterdir() if path.is_file()} == before


def test_init_works_before_the_service_does(make_gateway):
    gateway = make_gateway()
    gateway.configuration.unlink()
    del gateway.environment["JWT_SECRET"]
    del gateway.environment["TOLLGATE_CONFIG"]
    assert gateway.cli("init", "--upstream", "http://127.0.0.1:1").returncode == 0
    assert gateway.cli("check").returncode == 0
    assert "PUBLIC" not in "\n".join(line for line in gateway.cli("routes").stdout.splitlines() if "/login" not in line)
