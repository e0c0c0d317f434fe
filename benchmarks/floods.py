"""What an honest client notices of a flood beside it: `python -m benchmarks.floods --help`."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import uvloop

from benchmarks import servers
from benchmarks.client import ask_all, close_all, connect
from benchmarks.servers import ROOT, Server
from benchmarks.stream import be_ready, ratio, rounded

FLOODS = ("handshakes", "messages")
QUESTIONS = 50
# Until all of the attacker's sockets are at work.
LEAD_S = 1


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="add the figures to this file")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved, after one to warm up")
    options = parser.parse_args()
    be_ready()
    with tempfile.TemporaryDirectory(prefix="ragws-benchmark-") as folder:
        results = {"floods": floods(Path(folder), options.rounds)}
    print(json.dumps(results))
    if options.json:
        earlier = json.loads(options.json.read_text()) if options.json.exists() else {}
        options.json.write_text(json.dumps({**earlier, **results}, indent=2) + "\n")


def floods(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds until the first token, with and without; a ratio is the median of rounds."""
    seed = servers.seed(folder)
    figures: dict[str, list[float]] = {name: [] for name in ("calm", *FLOODS)}
    late: dict[str, list[float]] = {name: [] for name in figures}
    with servers.ours(seed) as server:
        for number in range(rounds + 1):
            for name in figures:
                with flood(name, server, seed.attacker):
                    times = first_token_ms(server)
                if number:
                    figures[name].append(median(times))
                    late[name].append(quantiles(times, n=20)[-1])
    return {
        "p50_ms": rounded({name: median(values) for name, values in figures.items()}),
        "p95_ms": rounded({name: median(values) for name, values in late.items()}),
        "ratios": rounded({name: ratio(figures[name], figures["calm"]) for name in FLOODS}),
    }


@contextmanager
def flood(name: str, server: Server, token: str) -> Iterator[None]:
    if name not in FLOODS:
        yield
        return
    command = [sys.executable, "-m", "benchmarks.flooding", name, str(server.port), token]
    with subprocess.Popen(command, cwd=ROOT) as attacker:
        try:
            attacker.wait(LEAD_S)
            raise RuntimeError("The attacker gave up")
        except subprocess.TimeoutExpired:
            yield
        finally:
            attacker.kill()


def first_token_ms(server: Server) -> list[float]:
    async def run() -> list[float]:
        [client] = await connect(server, 1)
        times = []
        for _ in range(QUESTIONS):
            client.frames = 0
            [is_whole] = await ask_all([client], "bench n=20")
            assert is_whole, client.lost
            times.append(client.first_after_s * 1000)
        close_all([client])
        return times

    return uvloop.run(run())


if __name__ == "__main__":
    main()
