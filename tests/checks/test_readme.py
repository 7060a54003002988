"""README.md names what an operator meets: every reason, metric, field of the access log and ending."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Translated before a client or a log is told (proxy/outcome).
NEVER_TOLD = {"end_of_stream", "connection_reset", "timed_out", "cancelled"}
SUFFIXES = {"counter": "_total", "counted": "_total", "counts": "_total", "histogram": "_seconds"}


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(title: str) -> str:
    """Of README.md, with the sections below it."""
    return re.search(rf"^## {title}$(.*?)(?=^## |\Z)", text_of("README.md"), re.MULTILINE | re.DOTALL)[1]


def reasons() -> set[str]:
    """As the log has them, and as a client is told."""
    text = text_of("gateway/base/error.cpp")
    rows = re.findall(r'Row\{errc::\w+,\s*\{"(\w+)", "(\w+)", \d+,', text)
    assert len(rows) == text.count("Row{errc::")
    return {word for row in rows for word in row} - NEVER_TOLD


def metrics() -> set[str]:
    sources = [path for part in ("gateway", "plugins") for path in (ROOT / part).rglob("*.cpp")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    made = re.findall(r'\b(counter|counted|counts|histogram|gauges?)\(\s*"(\w+)"', text)
    return {f"tollgate_{name}{SUFFIXES.get(kind, '')}" for kind, name in made}


def log_fields() -> set[str]:
    text = text_of("gateway/proxy/access_log.cpp")
    return set(re.findall(r'\\"(\w+)\\":', text))


def words_in(source: str, array: str) -> set[str]:
    """Of a table of words in C++."""
    return set(re.findall(r'"(\w+)"', re.search(rf"> {array}\{{(.*?)\}};", text_of(source), re.DOTALL)[1]))


@pytest.mark.parametrize(
    "found, some, least",
    [
        (reasons(), {"internal_error", "bad_signature", "upstream_tls", "client_gone"}, 44),
        (metrics(), {"tollgate_requests_total", "tollgate_connections", "tollgate_upstream_queue_wait_seconds"}, 16),
        (log_fields(), {"time", "status", "bytes_received", "queue_position", "hint"}, 19),
        (words_in("gateway/plugin/exchange.cpp", "words"), {"complete", "drained", "refused"}, 8),
    ],
)
def test_what_must_be_named_is_found(found: set[str], some: set[str], least: int):
    assert some <= found and len(found) >= least, sorted(found)


@pytest.mark.parametrize("reason", sorted(reasons()))
def test_every_reason_stands_in_troubleshooting(reason: str):
    assert f"`{reason}`" in section("Troubleshooting")


@pytest.mark.parametrize("metric", sorted(metrics()))
def test_every_metric_stands_in_operations(metric: str):
    assert re.search(rf"^\| `{metric}`", section("Operations"), re.MULTILINE)


@pytest.mark.parametrize("field", sorted(log_fields()))
def test_every_field_of_the_access_log_stands_in_operations(field: str):
    assert re.search(rf"^\|[^|]*`{field}`[^|]*\|", section("Operations"), re.MULTILINE)


@pytest.mark.parametrize("ending", sorted(words_in("gateway/plugin/exchange.cpp", "words")))
def test_every_ending_stands_in_operations(ending: str):
    (row,) = re.findall(r"^\| `ending` .*$", section("Operations"), re.MULTILINE)
    assert f"`{ending}`" in row


@pytest.mark.parametrize(
    "metric, source, array",
    [
        ("tollgate_upstream_queued_total", "gateway/proxy/wait_counts.cpp", "results"),
        ("tollgate_logins_total", "plugins/auth/counts.cpp", "words"),
    ],
)
def test_a_metric_by_result_is_documented_with_its_results(metric: str, source: str, array: str):
    (row,) = re.findall(rf"^\| `{metric}`.*$", section("Operations"), re.MULTILINE)
    results = words_in(source, array)
    assert len(results) >= 5
    assert {word for word in results if f"`{word}`" not in row} == set()
