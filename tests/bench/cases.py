"""What is measured under load: who, with which requests, and what should come out. `idle`, `growth` and `logins`
have the other cases."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bench.load import Load

MIB = 1024 * 1024
TRANSFER = 16 * MIB  # bytes of one large body
LATENCY_ROUNDS = 3  # for each of the others, where latency is compared: it differs more from one to the next


def done(report: dict) -> float:
    return report["done"]


def received_mib(report: dict) -> float:
    return report["received"] / MIB


def sent_mib(report: dict) -> float:
    return report["sent"] / MIB


@dataclass(frozen=True)
class Case:
    name: str
    title: str
    load: Load
    peers: tuple[str, ...]
    goals: dict[str, float] = field(default_factory=dict)  # most processor time, as a multiple of a peer's
    ours: str = "tollgate"
    unit: str = "request"
    units: Callable[[dict], float] = done
    most_calls: float | None = None  # system calls for one unit
    # Most that p50 and p99 are beyond those without a proxy (`direct`), as a multiple of a peer's.
    latency_goals: dict[str, float] = field(default_factory=dict)
    everywhere: bool = False  # proxies and clients on all processors
    uses_up_tokens: bool = False

    def rounds(self, asked: int) -> int:
        return asked * (LATENCY_ROUNDS if self.latency_goals else 1)


def requests(**options) -> Load:
    return Load("requests", {name.replace("_", "-"): value for name, value in options.items()})


def with_(load: Load, **changes) -> Load:
    return replace(load, **changes)


SMALL = requests(connections=64)
FRESH = requests(connections=16, **{"new_connections": True})
CHECKING = ("tollgate-verify", "haproxy-jwt", "relay")
PLAIN = ("nginx", "haproxy")
TRANSFERRING = ("nginx", "nginx-big", "haproxy", "haproxy-splice", "caddy", "relay")

CASES = (
    Case(
        "small", "Small request: POST of 27 bytes on 64 connections, 1,000 tokens in turn", SMALL,
        ("tollgate-verify", "nginx", "haproxy", "haproxy-jwt", "caddy", "relay"),
        {"nginx": 0.85, "haproxy-jwt": 0.60, "relay": 1.15},
        most_calls=4.3,
    ),
    Case(
        "wrk", "The same from wrk instead of our own load generator", Load("wrk"),
        ("nginx", "haproxy", "haproxy-jwt"), {"nginx": 0.85, "haproxy-jwt": 0.60},
    ),
    Case(
        "one", "The small request on one connection", requests(connections=1),
        ("tollgate-verify", "nginx", "haproxy", "haproxy-jwt", "relay"), {"nginx": 0.85}, most_calls=6.1,
    ),
    Case(
        "rate", "The small request at a fixed 5,000 requests a second, latency from when each was due",
        requests(connections=64, rate=5000),
        ("tollgate-verify", "nginx", "haproxy", "haproxy-jwt", "relay"), {"nginx": 0.85},
    ),
    Case(
        "rejected", "Rejected token: signed with another secret, each another one",
        with_(requests(connections=64, status=401), tokens="forged"), CHECKING, {"haproxy-jwt": 0.5},
    ),
    Case(
        "cold", "Cold token: good, and never seen before", with_(SMALL, tokens="never_seen"), CHECKING,
        {"haproxy-jwt": 1.0}, uses_up_tokens=True,
    ),
    Case(
        "new", "New connection for each request", FRESH, ("nginx", "haproxy", "haproxy-jwt", "caddy", "relay"),
        {"nginx": 0.85}, most_calls=9.0,
    ),
    Case(
        "sse", "Server-sent events: 200 streams of 100 events a second",
        Load("streams", {"connections": 200, "path": "/stream?rate=100"}), (*PLAIN, "caddy", "relay"), {"nginx": 0.95},
        unit="event",
    ),
    Case(
        "pace", "Server-sent events at a model's pace: 200 streams of 10 events a second",
        Load("streams", {"connections": 200, "path": "/stream?rate=10"}), ("direct", *PLAIN, "caddy", "relay"),
        unit="event", latency_goals={"nginx": 1.0},
    ),
    Case(
        "download", "Download: 16 MiB at a time on 4 connections",
        requests(connections=4, method="GET", path=f"/bytes/{TRANSFER}"),
        TRANSFERRING, {"nginx": 0.50}, unit="MiB", units=received_mib,
    ),
    Case(
        "upload", "Upload: 16 MiB at a time on 4 connections",
        requests(connections=4, path="/upload", body_bytes=TRANSFER),
        TRANSFERRING, {"nginx": 0.60}, unit="MiB", units=sent_mib,
    ),
    Case(
        "tls", "TLS, keep-alive: the small request over TLS 1.3 with AES-128-GCM", with_(SMALL, tls=True),
        ("nginx", "haproxy", "haproxy-jwt", "caddy"), {"nginx": 0.9},
    ),
    Case(
        "handshake", "TLS, new connection for each request: full handshakes, X25519, ECDSA P-256",
        with_(FRESH, tls=True), ("nginx", "haproxy", "caddy"), {"nginx": 1.0},
    ),
    Case(
        "routes", "10,000 routes against 10: the small request", SMALL, ("tollgate",), {"tollgate": 1.05},
        ours="tollgate-10000",
    ),
    Case(
        "workers", "2 workers against 1: the small request, everybody on all processors", SMALL,
        ("tollgate", "nginx-2", "haproxy-jwt-2"), ours="tollgate-2", everywhere=True,
    ),
)
