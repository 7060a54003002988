#!/usr/bin/env python3
"""Files stop at 400 lines, and are named after what they hold. Prints file:line for what breaks either rule.

    sizes.py [TREE]         exit 0 when all is well, 1 when not
"""

import re
import sys
from pathlib import Path

MOST_LINES = 400
FOLDERS = ("gateway", "plugins", "tests", "docker")
SOURCES = {".hpp", ".cpp", ".py", ".sh", ".cmake"}

# Words that name a pattern and not a thing; a file or a type must not end on one.
EMPTY_WORDS = ("manager", "handler", "helper", "util", "utils", "processor", "data", "impl")
PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
TYPE = re.compile(r"^\s*(?:class|struct|enum class)\s+(?:\[\[\w+\]\]\s*)?([A-Za-z_]\w*)")


def is_empty(name: str) -> bool:
    parts = PART.findall(name)
    return bool(parts) and parts[-1].lower().removesuffix("s") in {word.removesuffix("s") for word in EMPTY_WORDS}


def errors(root: Path) -> list[str]:
    found = []
    below = [path for folder in FOLDERS for path in (root / folder).rglob("*") if path.suffix in SOURCES]
    for path in sorted([*below, root / "dev"]):
        if not path.is_file():
            continue
        relative = path.relative_to(root)
        for part in (*relative.parts[:-1], path.stem):
            if is_empty(part):
                found.append(f"{relative}:1: `{part}` says nothing: name it after the one thing in it")
        lines = path.read_text(encoding="utf-8").splitlines()
        if len(lines) > MOST_LINES:
            found.append(f"{relative}:{len(lines)}: {len(lines)} lines, at most {MOST_LINES}")
        for number, line in enumerate(lines, start=1):
            if (match := TYPE.match(line)) and is_empty(match[1]):
                found.append(f"{relative}:{number}: `{match[1]}` says nothing: name it after what it is")
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = errors(root)
    print("\n".join(found) or f"sizes: no file over {MOST_LINES} lines, no empty name")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
