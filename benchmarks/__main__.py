"""All benchmarks in one go: `python -m benchmarks --data FOLDER`."""

from __future__ import annotations

import argparse
import subprocess
import sys

PROGRAMS = ("benchmarks.retrieval", "benchmarks.extractive")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, help="folder of the question sets")
    data = parser.parse_args().data
    for program in PROGRAMS:
        print(f"\n{program}", flush=True)
        if code := subprocess.run([sys.executable, "-m", program, "--data", data]).returncode:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
