"""The gateway with the plugin `hello`, built outside the tree. The environment variable GREETER names the binary."""

import json
import os
import re
import subprocess
import urllib.error
import urllib.request

import pytest

GREETER = os.environ["GREETER"]

# Nobody listens on port 1: a request that reaches the upstream is answered 502.
CONFIGURATION = """\
listen: 127.0.0.1:0
upstreams:
  ai: http://127.0.0.1:1
routes:
  - {path: /open, upstream: ai, protected: false}
plugins:
  hello: {greeting: "good morning"}
"""


@pytest.fixture
def configuration(tmp_path):
    file = tmp_path / "tollgate.yaml"
    file.write_text(CONFIGURATION)
    return file


def run(verb, configuration):
    return subprocess.run([GREETER, verb, "--config", configuration], capture_output=True, text=True, timeout=30)


@pytest.fixture
def url(configuration):
    command = [GREETER, "run", "--allow-core-dumps", "--config", configuration]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as gateway:
        try:
            lines = []
            for line in gateway.stderr:
                lines.append(line)
                if match := re.search(r"listening on (127\.0\.0\.1:\d+)$", line):
                    break
            else:
                pytest.fail("the gateway ended: " + "".join(lines))
            yield "http://" + match[1]
        finally:
            gateway.terminate()
        assert gateway.wait(timeout=30) == 0


def get(url, headers=None):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.code, json.load(answer)


def test_check_accepts_the_block_of_the_plugin(configuration):
    checked = run("check", configuration)
    assert (checked.returncode, checked.stdout) == (0, f"{configuration}: ok, 1 route, 1 upstream\n")


def test_check_refuses_a_key_that_the_plugin_does_not_know(configuration):
    configuration.write_text(CONFIGURATION.replace("greeting", "greetings"))
    checked = run("check", configuration)
    assert checked.returncode == 1
    assert f"{configuration}:7:" in checked.stderr


def test_routes_lists_the_endpoint_of_the_plugin(configuration):
    assert re.search(r"^GET +/hello +PUBLIC +\(hello\)$", run("routes", configuration).stdout, re.MULTILINE)


def test_the_endpoint_answers(url):
    assert get(url + "/hello") == (200, {"greeting": "good morning"})


def test_the_hook_turns_a_request_away_before_the_upstream_is_asked(url):
    status, problem = get(url + "/open", {"X-Goodbye": "1"})
    assert (status, problem["reason"], problem["detail"]) == (403, "forbidden", "Goodbye")
    assert get(url + "/open")[0] == 502
