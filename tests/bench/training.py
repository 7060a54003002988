"""`./dev profile`: has a gateway that counts do what is measured, and writes down what it does often.

    python -m bench.training GATEWAY PROFILE
"""

import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from bench import load
from bench.cases import CASES
from bench.logins import STORM
from bench.proxies import ALL, Bench

SECONDS = 1  # of each case
OFTEN = 1_000  # times; what ran less is left out: it may be placed anywhere
HEADER = (
    "# What the gateway does often, as counted in the cases of tests/bench: compilers place and inline code by it.",
    "# `./dev profile` writes this file. It may be older than the sources: what has changed since goes without.",
)


def train(gateway: Path, counts: Path) -> None:
    with_counts = ("env", f"LLVM_PROFILE_FILE={counts}/%p.profraw", str(gateway))
    bench = Bench()
    try:
        for name in ("tollgate", "tollgate-verify"):
            counting = replace(ALL[name], command=(*with_counts, *ALL[name].command[1:]))
            with bench.running(counting) as running:
                for case in CASES:
                    load.run(bench, running, case.load, SECONDS)
                    print(f"profile: {name}, {case.name}", file=sys.stderr, flush=True)
                if ALL[name].keeps_users:
                    load.run(bench, running, STORM, SECONDS, bodies=bench.tokens.file("logins"))
    finally:
        bench.close()


def often(text: str) -> str:
    """The records of functions of which a part ran often. A record is lines up to an empty one."""
    mark, *records = text.split("\n\n")
    head, first = mark.split("\n:ir\n")
    records.insert(0, first)

    def most(record: str) -> int:
        counters = record.split("# Counter Values:\n")[1].split("\n#")[0]
        return max(map(int, counters.split()))

    kept = [record.strip("\n") for record in records if record.strip() and most(record) >= OFTEN]
    return "\n".join([*HEADER, head, ":ir", "\n\n".join(kept), ""])


def main(gateway: Path, profile: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tollgate-profile-") as folder:
        train(gateway, Path(folder))
        command = ["llvm-profdata-19", "merge", "--sparse", "--text", *Path(folder).glob("*.profraw")]
        merged = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    profile.write_text(often(merged))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
