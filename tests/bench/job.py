"""Whether a proxy does the work at all, asked before it is measured."""

import http.client
import json
import ssl

from bench.proxies import Running
from bench.tokens import Tokens, encoded, token


def ask(port: int, headers: list[tuple[str, str]], tls: bool = False, path: str = "/echo") -> tuple[int, str]:
    """The status and the body: from /echo, the head that the service got."""
    if tls:
        context = ssl._create_unverified_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=10, context=context)
    else:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        for name, value in [("Host", "bench.example"), *headers]:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def fields(head: str, name: str) -> list[str]:
    """The values of a field, in any spelling that an application could take for it."""
    pairs = [line.split(":", 1) for line in head.split("\r\n")[1:] if ":" in line]
    return [value.strip() for found, value in pairs if found.strip().lower().replace("_", "-") == name.lower()]


def faults(running: Running, tokens: Tokens) -> list[str]:
    """What it does wrong; nothing when it does the work."""
    good = [("Authorization", f"Bearer {tokens.good}")]
    found = [f"{what}: status {status}" for what, status in statuses(running, good) if status != 200]
    if running.proxy.checks:
        found += check_faults(running.port, tokens, good)
    return found


def statuses(running: Running, good: list) -> list[tuple[str, int]]:
    asked = [("forwarding", ask(running.port, good)[0])]
    if running.tls_port:
        asked.append(("forwarding over TLS 1.3", ask(running.tls_port, good, tls=True)[0]))
    return asked


def check_faults(port: int, tokens: Tokens, good: list) -> list[str]:
    payload = tokens.good.split(".")[1]
    unsigned = encoded(json.dumps({"alg": "none", "typ": "JWT"}).encode())
    bad = {
        "no token": [],
        "a forged token": [("Authorization", f"Bearer {tokens.good[:-4]}AAAA")],
        "an expired token": [("Authorization", f"Bearer {token(tokens.secret, 1, expires_in=-5)}")],
        "an unsigned token": [("Authorization", f"Bearer {unsigned}.{payload}.")],
    }
    found = [f"{what}: status {status}" for what, head in bad.items() if (status := ask(port, head)[0]) != 401]
    _, seen = ask(port, [*good, ("X-User-Id", "999")])
    if fields(seen, "X-User-Id") != ["1"]:
        found.append(f"X-User-Id towards the service: {fields(seen, 'X-User-Id')}")
    return found


def underscore_faults(port: int, tokens: Tokens) -> list[str]:
    """What an application would read as X-User-Id through CGI variables. Asked of the gateway alone: others pass it."""
    _, seen = ask(port, [("Authorization", f"Bearer {tokens.good}"), ("X_User_Id", "999")])
    return [] if fields(seen, "X-User-Id") == ["1"] else [f"X_User_Id passed: {fields(seen, 'X-User-Id')}"]
