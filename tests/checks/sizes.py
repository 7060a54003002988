#!/usr/bin/env python3
"""Files stop at 400 lines, functions at 60, comments at 120 columns, and no name is empty. Prints file:line for what breaks a rule.

    sizes.py [TREE]         exit 0 when all is well, 1 when not
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

MOST_LINES = 400
MOST_FUNCTION_LINES = 60  # of C++, from the first line of the signature to the closing brace
MOST_COLUMNS = 120  # of a comment in C++, which clang-format leaves alone
FOLDERS = ("gateway", "plugins", "tests", "docker")
CPP_SOURCES = {".hpp", ".cpp"}
SOURCES = CPP_SOURCES | {".py", ".sh", ".cmake"}

# Words that name a pattern and not a thing; a file or a type must not end on one.
EMPTY_WORDS = ("manager", "handler", "helper", "util", "utils", "processor", "data", "impl")
PART = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])")
TYPE = re.compile(r"^\s*(?:class|struct|enum class)\s+(?:\[\[\w+\]\]\s*)?([A-Za-z_]\w*)")

# clang-format puts a closing brace below the line that its block begins in, and all between them deeper: these lines
# stand there without beginning one.
NO_BEGINNING = re.compile(r"\s*(?:$|#|//|\}|(?:public|protected|private):)")
RAW_STRING = re.compile(r'R"(\w*)\(')
MEMBER_INDENT = 4


def is_empty(name: str) -> bool:
    parts = PART.findall(name)
    return bool(parts) and parts[-1].lower().removesuffix("s") in {word.removesuffix("s") for word in EMPTY_WORDS}


def functions(lines: list[str]) -> Iterator[tuple[int, int]]:
    """The first and the last line of every function in a namespace or in a class there."""
    begun = {}  # the last line that may have begun a block, for each indentation
    raw_end = ""
    for number, line in enumerate(lines, start=1):
        if raw_end:
            raw_end = "" if raw_end in line else raw_end
            continue
        if (raw := RAW_STRING.search(line)) and f'){raw[1]}"' not in line:
            raw_end = f'){raw[1]}"'
        indent = len(line) - len(line.lstrip())
        is_member = indent == MEMBER_INDENT and TYPE.match(lines[begun.get(0, number) - 1])
        if line.strip() == "}" and indent in begun and (indent == 0 or is_member):
            yield begun[indent], number
        elif not NO_BEGINNING.match(line):
            begun[indent] = number


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
        for first, last in functions(lines) if path.suffix in CPP_SOURCES else ():
            if (count := last - first + 1) > MOST_FUNCTION_LINES:
                found.append(f"{relative}:{first}: a function of {count} lines, at most {MOST_FUNCTION_LINES}")
        for number, line in enumerate(lines, start=1):
            if path.suffix in CPP_SOURCES and line.lstrip().startswith("//") and len(line) > MOST_COLUMNS:
                found.append(f"{relative}:{number}: a comment of {len(line)} columns, at most {MOST_COLUMNS}")
            if (match := TYPE.match(line)) and is_empty(match[1]):
                found.append(f"{relative}:{number}: `{match[1]}` says nothing: name it after what it is")
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = errors(root)
    fine = f"sizes: no file over {MOST_LINES} lines, no function over {MOST_FUNCTION_LINES}, no long comment or empty name"
    print("\n".join(found) or fine)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
