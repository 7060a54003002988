#!/usr/bin/env python3
"""The floors of the design: which folder may include which. Prints file:line for every include that breaks them.

    floors.py [TREE]        exit 0 when all is well, 1 when not
"""

import re
import sys
from pathlib import Path

# Lowest first. A file includes its own folder and lower floors, nothing else.
FLOORS = (
    {"base"},
    {"settings", "http", "net"},
    {"plugin", "route", "upstream"},
    {"proxy"},
    {"server"},
)
FLOOR_OF = {folder: floor for floor, folders in enumerate(FLOORS) for folder in folders}

# What plugins/<family> may include besides its own family: whole folders of gateway/, and single headers.
PLUGIN_FOLDERS = {"plugin", "http", "base"}
PLUGIN_HEADERS = {"settings/node.hpp"}

NO_FLOOR = {"cmake"}  # below gateway/, but no part of the program
SOURCES = {".hpp", ".cpp"}
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]')


class Tree:
    def __init__(self, root: Path):
        self.root = root
        self.families = {path.name for path in (root / "plugins").glob("*") if path.is_dir()}

    def sources(self) -> list[Path]:
        below = [path for part in ("gateway", "plugins") for path in (self.root / part).rglob("*")]
        files = [path.relative_to(self.root) for path in below if path.suffix in SOURCES]
        return sorted(path for path in files if path.parts[1] not in NO_FLOOR)

    def owner(self, included: str) -> str | None:
        """'gateway' or 'plugins' when `included` names a file of ours, as the compiler would find it."""
        return next((part for part in ("gateway", "plugins") if (self.root / part / included).is_file()), None)


def broken(tree: Tree, source: Path, quote: str, included: str) -> str | None:
    """Why `source` may not include `included`; None when it may."""
    owner = tree.owner(included)
    if owner is None:
        return "is not a path from gateway/ or plugins/" if quote == '"' else None
    if quote == "<":
        return "is ours: include it with quotes"
    if ".." in Path(included).parts:
        return "leaves its folder by '..'"
    if source.as_posix() == "gateway/main.cpp":
        return None
    target = Path(included).parts[0] if "/" in included else ""
    if source.parts[0] == "plugins":
        return plugin_broken(source, owner, target, included)
    if owner == "plugins":
        return "is a plugin: only gateway/main.cpp may know plugins"
    return floor_broken(source, target)


def floor_broken(source: Path, target: str) -> str | None:
    folder = source.parts[1] if len(source.parts) > 2 else ""
    if folder not in FLOOR_OF:
        return f"cannot be judged: gateway/{folder} stands on no floor"
    if target not in FLOOR_OF:
        return f"cannot be judged: gateway/{target} stands on no floor"
    if target == folder or FLOOR_OF[target] < FLOOR_OF[folder]:
        return None
    if FLOOR_OF[target] == FLOOR_OF[folder]:
        return f"is on the same floor: {folder} and {target} do not know each other"
    return f"is on a higher floor ({target} {FLOOR_OF[target]}, {folder} {FLOOR_OF[folder]})"


def plugin_broken(source: Path, owner: str, target: str, included: str) -> str | None:
    family = source.parts[1] if len(source.parts) > 2 else ""  # "": plugins/builtin, the list of all of them
    if owner == "plugins":
        return None if family in ("", target) else f"is another family: {family} and {target} do not know each other"
    if target in PLUGIN_FOLDERS or included in PLUGIN_HEADERS:
        return None
    return "is not for plugins: they may include " + ", ".join(sorted(PLUGIN_FOLDERS) + sorted(PLUGIN_HEADERS))


def errors(root: Path) -> list[str]:
    tree = Tree(root)
    found = []
    for source in tree.sources():
        lines = (root / source).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, start=1):
            if match := INCLUDE.match(line):
                if why := broken(tree, source, match[1], match[2]):
                    found.append(f"{source}:{number}: {match[2]} {why}")
    return found


def main() -> int:
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    found = errors(root)
    print("\n".join(found) or "floors: every include keeps them")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
