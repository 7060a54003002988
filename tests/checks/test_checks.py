"""The tree keeps its rules, and the checks that say so can fail."""

import subprocess
import sys
from pathlib import Path

import pytest

import floors
import sizes

ROOT = Path(__file__).resolve().parents[2]

GOOD_TREE = {
    "gateway/base/error.hpp": "",
    "gateway/base/net.hpp": "",
    "gateway/settings/node.hpp": '#include "base/error.hpp"\n#include <string>\n',
    "gateway/settings/settings.hpp": '#include "settings/node.hpp"\n',
    "gateway/http/head.hpp": '#include "base/error.hpp"\n#include <net/if.h>\n',
    "gateway/net/stream.hpp": "",
    "gateway/plugin/plugin.hpp": '#include "settings/node.hpp"\n#include "http/head.hpp"\n',
    "gateway/route/router.hpp": "",
    "gateway/proxy/phases.hpp": '#include "plugin/plugin.hpp"\n#include "route/router.hpp"\n',
    "gateway/server/cli.cpp": '#include "proxy/phases.hpp"\n',
    "gateway/main.cpp": '#include "server/cli.hpp"\n#include "builtin.hpp"\n#include "auth/login.hpp"\n',
    "gateway/server/cli.hpp": "",
    "gateway/cmake/precompiled.hpp": '#include "server/cli.hpp"\n',
    "plugins/builtin.hpp": '#include "plugin/plugin.hpp"\n#include "auth/login.hpp"\n#include "limit/rate.hpp"\n',
    "plugins/auth/login.hpp": '#include "auth/token.hpp"\n#include "plugin/plugin.hpp"\n#include "settings/node.hpp"\n',
    "plugins/auth/token.hpp": '#include "base/error.hpp"\n#include "http/head.hpp"\n',
    "plugins/limit/rate.hpp": "",
    "tests/unit/anything_test.cpp": '#include "proxy/phases.hpp"\n#include "auth/login.hpp"\n',
}

# The file that breaks the rule, its include, and what the check must say.
BROKEN_INCLUDES = [
    ("gateway/base/clock.hpp", '"settings/node.hpp"', "higher floor"),
    ("gateway/http/form.cpp", '"net/stream.hpp"', "same floor"),
    ("gateway/settings/env.hpp", '"http/head.hpp"', "same floor"),
    ("gateway/route/tree.hpp", '"plugin/plugin.hpp"', "same floor"),
    ("gateway/plugin/chain.hpp", '"proxy/phases.hpp"', "higher floor"),
    ("gateway/proxy/relay.cpp", '"server/cli.hpp"', "higher floor"),
    ("gateway/server/run.cpp", '"auth/login.hpp"', "only gateway/main.cpp"),
    ("gateway/other.cpp", '"base/error.hpp"', "stands on no floor"),
    ("gateway/attic/box.hpp", '"base/error.hpp"', "stands on no floor"),
    ("gateway/net/tls.hpp", '<http/head.hpp>', "with quotes"),
    ("gateway/net/dns.hpp", '"stream.hpp"', "not a path from"),
    ("gateway/net/up.hpp", '"net/../base/error.hpp"', "'..'"),
    ("plugins/auth/me.cpp", '"limit/rate.hpp"', "another family"),
    ("plugins/auth/me.cpp", '"settings/settings.hpp"', "not for plugins"),
    ("plugins/auth/me.cpp", '"net/stream.hpp"', "not for plugins"),
    ("plugins/auth/me.cpp", '"proxy/phases.hpp"', "not for plugins"),
    ("plugins/limit/rate.cpp", '"route/router.hpp"', "not for plugins"),
]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in GOOD_TREE.items():
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_the_includes_of_this_tree_keep_the_floors():
    assert "\n".join(floors.errors(ROOT)) == ""


def test_the_files_of_this_tree_keep_their_size_and_names():
    assert "\n".join(sizes.errors(ROOT)) == ""


def test_there_is_something_to_check():
    assert len(floors.Tree(ROOT).sources()) >= 20


def test_a_tree_that_keeps_the_floors_passes(tree: Path):
    assert floors.errors(tree) == []


@pytest.mark.parametrize("source, included, why", BROKEN_INCLUDES)
def test_an_include_that_breaks_the_floors_is_shown_with_file_and_line(tree: Path, source, included, why):
    write(tree, source, f"#pragma once\n#  include {included}\n")
    (error,) = floors.errors(tree)
    assert error.startswith(f"{source}:2: {included[1:-1]} ")
    assert why in error


def test_the_floors_script_fails_on_a_bad_tree_and_passes_a_good_one(tree: Path):
    def run() -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, floors.__file__, tree], capture_output=True, text=True)

    assert run().returncode == 0
    write(tree, "gateway/base/log.cpp", '#include "net/stream.hpp"\n')
    done = run()
    assert done.returncode == 1
    assert done.stdout.startswith("gateway/base/log.cpp:1: net/stream.hpp ")


@pytest.mark.parametrize("lines, expected", [(400, []), (401, ["gateway/net/long.cpp:401: 401 lines, at most 400"])])
def test_a_file_stops_at_400_lines(tmp_path: Path, lines, expected):
    write(tmp_path, "gateway/net/long.cpp", "//\n" * lines)
    assert sizes.errors(tmp_path) == expected


@pytest.mark.parametrize("columns, refused", [(120, 0), (121, 1)])
def test_a_comment_stops_at_120_columns(tmp_path: Path, columns: int, refused: int):
    write(tmp_path, "gateway/net/f.hpp", "int a;\n    // ".ljust(columns + len("int a;\n"), "x") + "\n")
    expected = ["gateway/net/f.hpp:2: a comment of 121 columns, at most 120"]
    assert sizes.errors(tmp_path) == expected[:refused]


# What stands around the statements of a function, and in which line it begins.
FUNCTIONS = [
    (["int main() {"], ["}"], 1),
    (["int f(int a,", "      int b) {"], ["}"], 1),
    (["namespace a {", "namespace {", "", "// Why.", "template <class T>", "T f() {"], ["}", "", "}  // namespace"], 6),
    (["Stream::Stream(int a)", "    : a_(a),", "      b_(a) {"], ["}"], 1),
    (["struct Table {", "    int a;", "};", "", "int f() {"], ["}"], 5),
    (["class Stream final : Base {", "public:", "    void f() {"], ["    }", "};"], 3),
    (["struct Stream {", "    int a = 0;", "", "    void f(int a,", "           int b) const {"], ["    }", "};"], 4),
    (["int f() {", "#ifdef A", "", "    if (a) {", "    }", '    b(R"(', "c", ')");'], ["}"], 1),
]


@pytest.mark.parametrize("before, after, first", FUNCTIONS)
def test_a_function_stops_at_60_lines(tmp_path: Path, before, after, first):
    closing = 1 + next(at for at, line in enumerate(after) if line.strip() == "}")
    statements = 60 - (len(before) - first + 1) - closing
    write(tmp_path, "gateway/net/f.cpp", "\n".join(before + ["        a();"] * statements + after) + "\n")
    assert sizes.errors(tmp_path) == []
    write(tmp_path, "gateway/net/f.cpp", "\n".join(before + ["        a();"] * (statements + 1) + after) + "\n")
    assert sizes.errors(tmp_path) == [f"gateway/net/f.cpp:{first}: a function of 61 lines, at most 60"]


NO_FUNCTIONS = [("namespace a {", "}  // namespace a"), ("constexpr int a[] = {", "};"), ("class A {", "};")]


@pytest.mark.parametrize("begin, end", NO_FUNCTIONS)
def test_what_is_no_function_may_be_longer(tmp_path: Path, begin, end):
    write(tmp_path, "gateway/net/f.hpp", "\n".join([begin, *["    1,"] * 100, end]) + "\n")
    assert sizes.errors(tmp_path) == []


def test_functions_are_found_in_this_tree():
    lines = (ROOT / "gateway/base/characters.hpp").read_text().splitlines()
    names = [lines[first - 1].split("(")[0].split()[-1] for first, _ in sizes.functions(lines)]
    assert {"characters_of", "lowered", "equal_ignoring_case"} <= set(names)


@pytest.mark.parametrize("name", ["session_manager.cpp", "string_utils.hpp", "helpers.py", "RequestHandler.cpp"])
def test_a_file_named_after_a_pattern_is_refused(tmp_path: Path, name):
    write(tmp_path, f"gateway/net/{name}", "")
    (error,) = sizes.errors(tmp_path)
    assert error.startswith(f"gateway/net/{name}:1: ")


@pytest.mark.parametrize(
    "line, refused",
    [
        ("class ConnectionManager {", True),
        ("struct RequestHandler final : Base {", True),
        ("enum class TokenData {", True),
        ("class Metadata {", False),
        ("struct Simple {", False),
        ("class Exchange {", False),
    ],
)
def test_a_type_named_after_a_pattern_is_refused(tmp_path: Path, line, refused):
    write(tmp_path, "plugins/auth/login.hpp", f"#pragma once\n{line}\n}};\n")
    assert [error.split(": ")[0] for error in sizes.errors(tmp_path)] == ["plugins/auth/login.hpp:2"] * refused
