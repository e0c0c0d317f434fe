"""Runs all benchmarks: `make bench`; with `ARGS="--data DIR"` the question sets as well."""

import subprocess
import sys
from argparse import ArgumentParser
from pathlib import Path

REPORT = Path("docs/benchmarks/stream.json")


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--data", help="the folder with the question sets")
    parser.add_argument("--json", type=Path, default=REPORT, help="default: %(default)s")
    options, rest = parser.parse_known_args()
    options.json.parent.mkdir(parents=True, exist_ok=True)
    run("stream", "--json", str(options.json), *rest)
    run("plots", str(options.json))
    if options.data:
        run("retrieval", "--data", options.data)
        run("extractive", "--data", options.data)
        run("talking", "--data", options.data)
        run("refusing", "--data", options.data)
        run("learning", "--data", options.data)
        run("learning_follow_ups", "--data", options.data)


def run(name: str, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *arguments], check=True)


if __name__ == "__main__":
    main()
