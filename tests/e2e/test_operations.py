"""The metrics listener and the access log."""

import re
from datetime import datetime

import pytest

import tokens
from gateway import PASSWORD, SECRET, Gateway

FIELDS = {"time", "request_id", "client", "method", "path", "route", "status", "user_id", "upstream", "ending"}


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_it_says_that_it_lives_and_is_ready(gateway: Gateway, path: str):
    assert gateway.operations(path).status_code == 200


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_operations_are_not_served_where_clients_ask(gateway: Gateway, path: str):
    assert gateway.get(path).status_code == 404


def test_the_metrics_listener_serves_nothing_else(gateway: Gateway):
    for path in ("/", "/me", "/login", "/generate"):
        assert gateway.operations(path).status_code == 404


def test_metrics_are_prometheus_text_and_count_requests(gateway: Gateway):
    answer = gateway.operations("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert re.search(r"^# TYPE tollgate_\w+ (counter|gauge|histogram)$", answer.text, re.MULTILINE)
    before = gateway.metric("requests_total")
    for _ in range(5):
        gateway.get("/")
    assert gateway.metric("requests_total") == before + 5


def test_metrics_name_no_user(gateway: Gateway, token: str):
    gateway.get("/me", token)
    text = gateway.operations("/metrics").text
    assert "founder" not in text
    assert "user_id" not in text


def test_an_access_line_tells_what_was_asked_by_whom_and_how_it_ended(gateway: Gateway, token: str):
    line = gateway.logged(gateway.get("/origin/x?secret=in-the-query", token))
    assert FIELDS <= set(line)
    assert line["method"] == "GET"
    assert line["path"] == "/origin/x"
    assert line["route"] == "/origin/*"
    assert line["status"] == 200
    assert line["client"] == "127.0.0.1"
    assert line["user_id"] == "1"
    assert line["upstream"] == "origin"
    assert line["ending"] == "complete"
    assert datetime.fromisoformat(line["time"].replace("Z", "+00:00")).tzinfo
    assert len([name for name in line if name.startswith("bytes_")]) == 2
    assert 15 in [value for name, value in line.items() if name.startswith("bytes_")]
    assert [name for name in line if name.startswith("duration")]


@pytest.mark.parametrize(
    "bad, reason",
    [
        (None, "no_token"),
        ("x.y.z", "bad_token"),
        (tokens.signed(key="another-secret-another-secret-another!"), "bad_signature"),
        (tokens.signed(sub="999"), "user_unknown"),
    ],
    ids=["no token", "malformed", "forged", "unknown user"],
)
def test_the_access_line_of_a_refusal_says_more_than_the_client_hears(gateway: Gateway, bad: str | None, reason: str):
    line = gateway.logged(gateway.get("/origin/x", bad))
    assert line["status"] == 401
    assert line["reason"] == reason
    assert not line.get("user_id")


def test_the_access_line_of_a_path_without_route_says_which_route_would_admit_it(gateway: Gateway):
    line = gateway.logged(gateway.get("/nowhere"))
    assert line["reason"] == "no_route"
    assert "/nowhere" in str({name: value for name, value in line.items() if name != "path"})


def test_neither_tokens_nor_passwords_nor_the_secret_are_in_a_log(gateway: Gateway, token: str):
    forged = tokens.signed(key="another-secret-another-secret-another!")
    gateway.get(f"/origin/x?access_token={token}", token)
    gateway.get("/origin/x", forged)
    gateway.post("/login", data={"username": "founder@example.com", "password": "a-wrong-password"})
    gateway.post("/login", json={"username": "founder@example.com", "password": ["a-wrong-password"]})
    gateway.logged(gateway.get("/"))  # the lines before it are written too
    logs = gateway.child.output_file.read_text() + gateway.child.errors()
    for never in (token, forged, PASSWORD, "a-wrong-password", SECRET):
        assert never not in logs


def test_every_line_on_stdout_is_json(gateway: Gateway):
    gateway.logged(gateway.get("/"))
    assert all(isinstance(line, dict) for line in gateway.access_lines())
