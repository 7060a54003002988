"""What keeps the gateway from starting, and how it says so: exit code 1 and words for the person who reads them."""

import re
import socket

import pytest

from gateway import SECRET


def one_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


BAD_SECRETS = {
    "missing": None,
    "empty": "",
    "short": "x" * 31,
    "a placeholder": "paste-your-long-random-string-here",
    "the one of jwt.io": "a-string-secret-at-least-256-bits-long",
    "its older one": "your-256-bit-secret",
    "spaces": " " * 64,
}


@pytest.mark.parametrize("secret", BAD_SECRETS.values(), ids=BAD_SECRETS.keys())
def test_it_does_not_start_without_a_good_secret_and_names_keygen(make_gateway, secret: str | None):
    gateway = make_gateway()
    del gateway.environment["JWT_SECRET"]
    if secret is not None:
        gateway.environment["JWT_SECRET"] = secret
    said = one_line(gateway.fails_to_start())
    assert "JWT_SECRET" in said
    assert "keygen" in said
    assert not (secret or "").strip() or secret not in said


def test_the_secret_is_found_in_dot_env_beside_the_file(make_gateway):
    gateway = make_gateway()
    del gateway.environment["JWT_SECRET"]
    (gateway.folder / ".env").write_text(f"# comment\nJWT_SECRET={SECRET}\n")
    gateway.start()
    assert gateway.get("/").status_code == 200


def test_the_secret_is_read_from_a_file(make_gateway):
    gateway = make_gateway()
    del gateway.environment["JWT_SECRET"]
    (gateway.folder / "secret").write_text(SECRET + "\n")
    gateway.environment["JWT_SECRET_FILE"] = str(gateway.folder / "secret")
    gateway.start()
    gateway.add_user()
    assert gateway.get("/me", gateway.log_in()).status_code == 200


def test_a_secret_given_twice_is_an_error(make_gateway):
    gateway = make_gateway()
    (gateway.folder / "secret").write_text(SECRET)
    gateway.environment["JWT_SECRET_FILE"] = str(gateway.folder / "secret")
    assert "JWT_SECRET_FILE" in gateway.fails_to_start()


def test_every_error_of_a_configuration_is_reported_with_its_place(make_gateway):
    gateway = make_gateway()
    bad = "lissten: 127.0.0.1:1", "workers: many", "limits: {connections: -5}", "drain: {timeout: 3 parsecs}"
    gateway.configure(more="\n".join(bad) + "\n")
    said = gateway.fails_to_start()
    lines = gateway.configuration.read_text().splitlines()
    for key in ("lissten", "workers", "limits", "drain"):
        (number,) = [number for number, line in enumerate(lines, start=1) if line.startswith(key)]
        assert re.search(rf"tollgate\.yaml:{number}:\d+: ", said), said
    assert gateway.cli("check").returncode == 1


def test_a_configuration_that_is_missing_is_one_line(make_gateway):
    gateway = make_gateway()
    gateway.configuration.unlink()
    assert "tollgate.yaml" in one_line(gateway.fails_to_start())


def test_a_file_that_is_no_yaml_is_reported_with_its_place(make_gateway):
    gateway = make_gateway()
    gateway.configuration.write_text("listen: [127.0.0.1:1\nroutes: }\n")
    assert re.search(r"tollgate\.yaml:\d+:\d+: ", one_line(gateway.fails_to_start()))


def test_two_routes_for_the_same_requests_are_an_error(make_gateway):
    gateway = make_gateway()
    gateway.configure(routes="\n  - {path: /x, upstream: ai}\n  - {path: /x, methods: [GET], upstream: ai}\n")
    assert re.search(r"tollgate\.yaml:\d+:\d+: ", gateway.fails_to_start())


def test_a_port_in_use_is_one_line(make_gateway):
    gateway = make_gateway()
    with socket.socket() as other:
        other.bind(("127.0.0.1", gateway.port))
        other.listen()
        assert str(gateway.port) in one_line(gateway.fails_to_start())


def test_two_gateways_do_not_share_a_port(make_gateway):
    first, second = make_gateway().start(), make_gateway()
    second.port = first.port
    second.configure()
    assert str(first.port) in one_line(second.fails_to_start())
    assert first.get("/").status_code == 200


def test_a_folder_missing_for_the_users_is_one_line(make_gateway):
    gateway = make_gateway()
    text = gateway.configuration.read_text()
    gateway.configuration.write_text(text.replace("/users.db", "/not/there/users.db"))
    said = one_line(gateway.fails_to_start())
    assert "not/there" in said


def test_a_corrupt_database_is_one_line(make_gateway):
    gateway = make_gateway()
    (gateway.folder / "users.db").write_bytes(b"this is no database, " * 500)
    assert "users.db" in one_line(gateway.fails_to_start())


def test_it_starts_while_the_service_is_down(make_gateway):
    gateway = make_gateway()
    gateway.configure(routes="\n  - {path: /down, upstream: down}\n")
    gateway.add_user()
    gateway.start()
    token = gateway.log_in()
    assert gateway.get("/me", token).status_code == 200
    assert gateway.get("/down", token).status_code == 502
