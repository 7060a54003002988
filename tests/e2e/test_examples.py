"""The examples in config/examples: they are valid, and let nothing through that was not meant to be."""

from pathlib import Path

import pytest

from gateway import ROOT, Gateway

EXAMPLES = sorted((ROOT / "config/examples").glob("*.yaml"))

# Open on purpose, besides the login.
OPEN = {"fastapi": {("GET", "/")}}

# What no user may reach of the servers that are named.
CLOSED = {
    "fastapi": ["GET /docs", "GET /openapi.json"],
    "vllm": ["GET /metrics", "POST /tokenize", "POST /invocations", "POST /sleep", "POST /v1/load_lora_adapter"],
    "llama-cpp": ["GET /slots", "GET /props", "POST /props", "POST /lora-adapters", "POST /models/load"],
    "ollama": ["POST /api/pull", "DELETE /api/delete", "POST /api/create", "POST /api/show", "GET /api/ps"],
}


@pytest.fixture(params=EXAMPLES, ids=lambda path: path.stem)
def example(request: pytest.FixtureRequest, make_gateway) -> tuple[Path, Gateway]:
    """An example, and a command line for it with what a container would have."""
    gateway = make_gateway()
    gateway.environment |= {
        "TOLLGATE_CONFIG": str(request.param),
        "TOLLGATE_STORE": f"sqlite://{gateway.folder}/users.db",
        "VLLM_API_KEY": "of-the-server",
    }
    return request.param, gateway


def table(gateway: Gateway) -> list[list[str]]:
    """Methods, path and access of each line of `tollgate routes`."""
    done = gateway.cli("routes")
    assert done.returncode == 0, done.stderr
    return [line.split()[:3] for line in done.stdout.splitlines()[1:]]


def test_there_is_an_example_for_each_server():
    assert [path.stem for path in EXAMPLES] == sorted(CLOSED)


def test_an_example_is_valid(example: tuple[Path, Gateway]):
    _, gateway = example
    done = gateway.cli("check")
    assert done.returncode == 0, done.stderr


def test_an_example_names_its_paths_and_protects_them(example: tuple[Path, Gateway]):
    path, gateway = example
    lines = table(gateway)
    assert len(lines) > 3
    assert not any("*" in route for _, route, _ in lines)
    public = {(methods, route) for methods, route, access in lines if access == "PUBLIC"}
    assert public == OPEN.get(path.stem, set()) | {("POST", "/login")}


def test_an_example_keeps_to_what_users_need(example: tuple[Path, Gateway]):
    path, gateway = example
    for request in CLOSED[path.stem]:
        done = gateway.cli("explain", *request.split())
        assert "none: 404" in done.stdout or "none: 405" in done.stdout, f"{request}: {done.stdout}"


def test_an_example_listens_for_clients_everywhere_and_for_operators_on_loopback(example: tuple[Path, Gateway]):
    lines = example[0].read_text().splitlines()
    assert 'listen: "*:8080"' in lines
    assert "metrics: 127.0.0.1:9090" in lines


def test_an_example_begins_with_what_to_change(example: tuple[Path, Gateway]):
    first = example[0].read_text().splitlines()[0]
    assert first.startswith("# ") and "change the URL" in first


def test_every_request_to_vllm_carries_its_key_which_is_not_shown(make_gateway):
    gateway = make_gateway()
    place = {"TOLLGATE_CONFIG": str(ROOT / "config/examples/vllm.yaml"), "VLLM_API_KEY": "of-the-server"}
    gateway.environment |= place | {"TOLLGATE_STORE": f"sqlite://{gateway.folder}/users.db"}
    forwarded = [line for line in table(gateway) if line[1].startswith("/v1/")]
    assert len(forwarded) == 10
    for method, path, _ in forwarded:
        said = gateway.cli("explain", method, path).stdout
        assert "Authorization: Bearer ${VLLM_API_KEY}\n" in said
        assert "of-the-server" not in said
