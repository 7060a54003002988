"""Answers that come bit by bit pass through bit by bit, and end when either side ends."""

import json
import statistics
import time

import httpx
import pytest

from gateway import Gateway
from origin import Origin
from processes import eventually

CHAT = {"messages": [{"role": "user", "content": "And God said"}], "max_tokens": 8}


def events(gateway: Gateway, token: str, path: str, **more) -> list[tuple[float, str]]:
    """The data of each server-sent event with the time it came."""
    came = []
    credentials = {"Authorization": f"Bearer {token}"}
    with gateway.http.stream("POST", path, headers=credentials, **more) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line := line.strip():
                assert line.startswith("data: ")
                came.append((time.monotonic(), line.removeprefix("data: ")))
    return came


def test_tokens_of_a_stream_come_one_by_one(gateway: Gateway, token: str):
    came = events(gateway, token, "/generate/stream", json={"prompt": "hello", "max_tokens": 10})
    *tokens, (_, last) = came
    assert last == "[DONE]"
    assert len(tokens) == 10
    assert all(json.loads(data)["user"] == "1" for _, data in tokens)
    # The service waits 50 ms between two; held back they would come together.
    gaps = [later - earlier for (earlier, _), (later, _) in zip(tokens, tokens[1:])]
    assert statistics.median(gaps) > 0.02, gaps
    assert tokens[-1][0] - tokens[0][0] > 0.3


def test_a_chat_completion_comes_whole_with_its_usage(gateway: Gateway, token: str):
    answer = gateway.post("/v1/chat/completions", token, json=CHAT)
    assert answer.status_code == 200
    said = answer.json()
    assert said["object"] == "chat.completion"
    assert said["choices"][0]["message"]["content"]
    assert said["usage"] == {"prompt_tokens": 3, "completion_tokens": 8, "total_tokens": 11}


def test_a_chat_completion_is_streamed_with_its_usage_at_the_end(gateway: Gateway, token: str):
    asked = CHAT | {"stream": True, "stream_options": {"include_usage": True}}
    came = events(gateway, token, "/v1/chat/completions", json=asked)
    *chunks, done = [data for _, data in came]
    assert done == "[DONE]"
    chunks = [json.loads(chunk) for chunk in chunks]
    text = [chunk["choices"][0]["delta"].get("content") for chunk in chunks if chunk["choices"]]
    assert len([piece for piece in text if piece]) == 8
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1]["usage"]["completion_tokens"] == 8
    assert came[-1][0] - came[0][0] > 0.25


def test_the_models_are_listed(gateway: Gateway, token: str):
    assert gateway.get("/v1/models", token).json()["data"][0]["id"] == "markov-2"


def test_a_stream_needs_a_token_too(gateway: Gateway, origin: Origin):
    assert gateway.post("/generate/stream?prompt=x").status_code == 401
    assert gateway.get("/origin/endless").status_code == 401
    assert origin.requests == []


def test_when_the_client_leaves_a_stream_the_service_notices(gateway: Gateway, token: str, origin: Origin):
    with httpx.Client(base_url=gateway.http.base_url, timeout=10, trust_env=False) as client:
        with client.stream("GET", "/origin/endless", headers={"Authorization": f"Bearer {token}"}) as answer:
            chunks = answer.iter_raw()  # kept: httpx hangs up when it is dropped
            assert next(chunks) == b"data\n\n"
            request_id = answer.headers["x-request-id"]
        left_at = time.monotonic()
    (recorded,) = origin.requests
    assert recorded.left.wait(1)
    assert recorded.left_at - left_at < 1
    assert gateway.logged_as(request_id)["ending"] == "client_gone"


def test_when_the_client_leaves_before_an_answer_the_service_notices(gateway: Gateway, token: str, origin: Origin):
    with pytest.raises(httpx.ReadTimeout):
        gateway.get("/origin/silent", token, timeout=0.3)
    left_at = time.monotonic()
    (recorded,) = origin.requests
    assert recorded.left.wait(1)
    assert recorded.left_at - left_at < 1
    eventually(lambda: [line for line in gateway.access_lines() if line["path"] == "/origin/silent"], 2, "its log line")
    (line,) = [line for line in gateway.access_lines() if line["path"] == "/origin/silent"]
    assert line["ending"] == "client_gone"
    assert line["status"] == 499


def test_an_answer_that_the_service_cuts_is_cut_for_the_client_too(gateway: Gateway, token: str):
    credentials = {"Authorization": f"Bearer {token}"}
    with gateway.http.stream("GET", "/origin/cut", headers=credentials) as answer:
        assert answer.status_code == 200
        request_id = answer.headers["x-request-id"]
        with pytest.raises(httpx.HTTPError):
            answer.read()
    assert gateway.logged_as(request_id)["ending"] == "upstream_failed"


def test_sixteen_streams_run_side_by_side(gateway: Gateway, token: str, origin: Origin):
    credentials = {"Authorization": f"Bearer {token}"}
    clients = [httpx.Client(base_url=gateway.http.base_url, timeout=10, trust_env=False) for _ in range(16)]
    try:
        open_streams = [
            client.send(client.build_request("GET", "/origin/endless", headers=credentials), stream=True)
            for client in clients
        ]
        bodies = [stream.iter_raw() for stream in open_streams]
        for _ in range(3):
            assert [next(body) for body in bodies] == [b"data\n\n"] * 16
        assert not any(recorded.left.is_set() for recorded in origin.requests)
    finally:
        for client in clients:
            client.close()
    assert all(recorded.left.wait(2) for recorded in origin.requests)
    assert len(origin.requests) == 16
