"""Services behind the gateway that run as processes of their own, so that they can be killed and cost us nothing."""

import json
import os
from pathlib import Path

import httpx

from processes import Child

PYTHON = "/usr/bin/python3"
HERE = Path(__file__).parent
ENVIRONMENT = dict(os.environ) | {"PYTHONDONTWRITEBYTECODE": "1"}


class EchoService(Child):
    """WebSockets: see echo_service.py."""

    def __init__(self, folder: Path, port: int):
        super().__init__([PYTHON, HERE / "echo_service.py", str(port)], folder, port, ENVIRONMENT)

    def heard(self, event: str) -> list[dict]:
        """What it told so far of one kind."""
        lines = self.output_file.read_text().splitlines(keepends=True)
        told = [json.loads(line) for line in lines if line.endswith("\n")]
        return [line for line in told if line["event"] == event]


class BulkService(Child):
    """Many bytes: see bulk_service.py."""

    def __init__(self, folder: Path, port: int):
        super().__init__([PYTHON, HERE / "bulk_service.py", str(port)], folder, port, ENVIRONMENT)

    def progress(self, request_id: str) -> int:
        """How many bytes of the body of a request it has sent or read so far."""
        answer = httpx.get(f"http://127.0.0.1:{self.port}/progress/{request_id}", timeout=10, trust_env=False)
        return answer.json()["bytes"]
