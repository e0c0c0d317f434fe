"""What streaming costs, next to servers that keep nothing: `python -m benchmarks.stream --help`."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import platform
import resource
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NamedTuple, TypeVar

import uvloop

from benchmarks import servers
from benchmarks.client import Client, ask_all, close_all, connect, poll_sockets
from benchmarks.fan_out import cpu_us_per_follower
from benchmarks.flood import FLOODS, flood
from benchmarks.profile import shares
from benchmarks.servers import Seed, Server

PEERS = ["naked", "fastapi_server", "quart_server"]
TOKENS = 100_000
# A server needs some memory of its own before sockets are counted.
WARM_UP = 50
# Seconds between two polls of the sockets: a token may be measured as that much later.
POLL_S, CROWD_POLL_S = 0.01, 0.002
# Questions a second of a crowd, and the seconds before and after the time that is measured.
ASKED_A_SECOND = 100
SPARE_S = 4

Figures = dict[str, Any]
Figure = TypeVar("Figure")
# Usually a server.
Measured = TypeVar("Measured")
Scenario = Callable[[Seed, Namespace], Figures]


def main() -> None:
    options = arguments()
    prepare_process()
    results: Figures = {"machine": machine()}
    for name in options.scenarios or SCENARIOS:
        with tempfile.TemporaryDirectory(prefix="ragws-benchmark-") as folder:
            results[name] = SCENARIOS[name](servers.seed(Path(folder)), options)
        print(f"{name}: {json.dumps(results[name])}", flush=True)
    if options.json:
        earlier = json.loads(options.json.read_text()) if options.json.exists() else {}
        options.json.write_text(json.dumps({**earlier, **results}, indent=2) + "\n")


def arguments() -> Namespace:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument(
        "scenarios", nargs="*", metavar="scenario", help=f"of {', '.join(SCENARIOS)}; default: all"
    )
    parser.add_argument("--json", type=Path, help="add the figures to this file")
    parser.add_argument("--rounds", type=int, default=7, help="interleaved, of what takes turns")
    parser.add_argument("--connections", type=int, default=50, help="for `cost`")
    parser.add_argument("--tokens", type=int, default=2000, help="of each answer, for `cost`")
    parser.add_argument("--scale", type=float, default=1, help="of the crowds; 0.1 on a laptop")
    parser.add_argument("--seconds", type=int, default=10, help="that each crowd streams")
    options = parser.parse_args()
    if unknown := set(options.scenarios) - set(SCENARIOS):
        parser.error(f"There is no scenario {', '.join(unknown)}")
    return options


def prepare_process() -> None:
    """Allows as many sockets as the system does, and turns off garbage collection, whose pauses
    would be measured as late tokens."""
    gc.disable()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def machine() -> Figures:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": len(os.sched_getaffinity(0)),
    }


@contextmanager
def started(seed: Seed, peers: Sequence[str], with_redis: bool) -> Any:
    """Servers by name: ours, ours with Redis if it is installed, and the peers."""
    with ExitStack() as stack:
        servers_by_name = {"ours": stack.enter_context(servers.ours(seed))}
        address = stack.enter_context(servers.redis()) if with_redis else None
        if address:
            servers_by_name["ours_redis"] = stack.enter_context(servers.ours(seed, address))
        for name in peers:
            servers_by_name[name] = stack.enter_context(servers.peer(name, seed))
        yield servers_by_name


class Streamed(NamedTuple):
    cpu_s: float
    tokens_per_frame: float


def cost(seed: Seed, options: Namespace) -> Figures:
    """CPU seconds per 100,000 tokens, from the handshake to the close."""
    connections, tokens = options.connections, options.tokens
    with started(seed, PEERS, with_redis=True) as servers_by_name:
        rounds = interleaved(
            servers_by_name, options.rounds, lambda s: streamed(s, connections, tokens)
        )
    cpu = {name: [one.cpu_s for one in figures] for name, figures in rounds.items()}
    per_frame = {
        name: median(one.tokens_per_frame for one in figures) for name, figures in rounds.items()
    }
    ratios = {
        f"{mine}/{name}": ratio(cpu[mine], cpu[name])
        for mine in ("ours", "ours_redis")
        if mine in rounds
        for name in PEERS
    }
    scale = TOKENS / (connections * tokens)
    return {
        "connections": connections,
        "tokens_each": tokens,
        "rounds": options.rounds,
        "cpu_s": rounded({name: median(figures) * scale for name, figures in cpu.items()}),
        "ratios": rounded(ratios),
        "tokens_per_frame": rounded(per_frame),
    }


def long_cost(seed: Seed, options: Namespace) -> Figures:
    """The same with answers five times as long, where the turn costs little beside the tokens."""
    return cost(seed, Namespace(**{**vars(options), "tokens": 5 * options.tokens}))


def streamed(server: Server, connections: int, tokens: int) -> Streamed:
    async def run() -> int:
        clients = await connect(server, connections)
        polling = asyncio.create_task(poll_sockets(POLL_S))
        whole = await ask_all(clients, f"bench n={tokens}")
        polling.cancel()
        for client, is_whole in zip(clients, whole, strict=True):
            if not is_whole:
                raise RuntimeError(f"{client.lost}; the last that came: {client.last_seen!r}")
        close_all(clients)
        return sum(client.frames for client in clients)

    before = server.cpu_s()
    frames = uvloop.run(run())
    return Streamed(server.cpu_s() - before, connections * tokens / frames)


def first(seed: Seed, options: Namespace) -> Figures:
    """Milliseconds from a question to its first frame, one question at a time."""
    peers = ["fastapi_server", "fastapi_saving"]
    with started(seed, peers, with_redis=False) as servers_by_name:
        rounds = interleaved(servers_by_name, options.rounds, lambda s: median(first_frames_ms(s)))
    ratios = {f"ours/{name}": ratio(rounds["ours"], rounds[name]) for name in peers}
    p50 = {name: median(figures) for name, figures in rounds.items()}
    return {"p50_ms": rounded(p50), "ratios": rounded(ratios)}


def floods(seed: Seed, options: Namespace) -> Figures:
    """The same with and without an attacker beside it."""

    def times_beside(name: str) -> list[float]:
        with flood(name, server, seed.attacker):
            return first_frames_ms(server, tokens=20)

    with servers.ours(seed) as server:
        kinds = {name: name for name in ("calm", *FLOODS)}
        rounds = interleaved(kinds, options.rounds, times_beside)
    p50 = {name: [median(times) for times in figures] for name, figures in rounds.items()}
    p95 = {name: [quantiles(times, n=20)[-1] for times in rounds[name]] for name in rounds}
    return {
        "p50_ms": rounded({name: median(figures) for name, figures in p50.items()}),
        "p95_ms": rounded({name: median(figures) for name, figures in p95.items()}),
        "ratios": rounded({name: ratio(p50[name], p50["calm"]) for name in FLOODS}),
    }


def first_frames_ms(server: Server, tokens: int = 1) -> list[float]:
    async def run() -> list[float]:
        [client] = await connect(server, 1)
        times = []
        for _ in range(50):
            client.frames = 0
            [is_whole] = await ask_all([client], f"bench n={tokens}")
            if not is_whole:
                raise RuntimeError(client.lost)
            times.append(client.first_after_s * 1000)
        close_all([client])
        return times

    return uvloop.run(run())


def interleaved(
    servers_by_name: dict[str, Measured], rounds: int, measure: Callable[[Measured], Figure]
) -> dict[str, list[Figure]]:
    """Each round measures every server once, so that a busy machine slows all of them. The first
    round warms up."""
    figures: dict[str, list[Figure]] = {name: [] for name in servers_by_name}
    for number in range(rounds + 1):
        for name, measured in servers_by_name.items():
            value = measure(measured)
            if number:
                figures[name].append(value)
    return figures


def crowd(seed: Seed, options: Namespace) -> Figures:
    """1,000 connections, 20 tokens a second each; and what a minimal server needs."""
    with servers.peer("naked_paced", seed) as server:
        naked = paced(server, options, 1000, 1000, 20)
    with servers.ours(seed) as server:
        figures = paced(server, options, 1000, 1000, 20)
    about_naked = {f"naked_{name}": naked[name] for name in ("cores", "late_p99_ms")}
    return {**figures, **about_naked, "ratio": round(figures["cores"] / naked["cores"], 2)}


def lateness(seed: Seed, options: Namespace) -> Figures:
    """How late tokens of 1,000 growing answers are, 20 a second each, which are saved every second,
    beside a minimal server that saves nothing; for clients that poll, and for clients that the
    system wakes for each frame, which costs the servers as much again."""
    figures: Figures = {}
    with servers.peer("naked_paced", seed) as naked, servers.ours(seed) as mine:
        for kind, is_polling in (("polling", True), ("waking", False)):
            rounds = interleaved(
                {"naked": naked, "ours": mine},
                options.rounds,
                lambda server: paced(server, options, 1000, 1000, 20, is_polling)["late_p99_ms"],  # noqa: B023
            )
            late = {f"{name}_late_p99_ms": median(times) for name, times in rounds.items()}
            figures[kind] = rounded({**late, "ratio": ratio(rounds["ours"], rounds["naked"])})
    return figures


def two_processes(seed: Seed, options: Namespace) -> Figures:
    """4,000 connections, 10 tokens a second each, on two processes with Redis."""
    with servers.redis() as address:
        if address is None:
            return {"skipped": "there is no redis-server"}
        with servers.ours(seed, address, workers=2) as server:
            return paced(server, options, 4000, 4000, 10)


def many_open(seed: Seed, options: Namespace) -> Figures:
    """10,000 open sockets, of which 1,000 stream 20 tokens a second."""
    with servers.ours(seed) as server:
        return paced(server, options, 10_000, 1000, 20)


def over_capacity(seed: Seed, options: Namespace) -> Figures:
    """Twice as many tokens as a core can send."""
    with servers.ours(seed) as server:
        before = server.cpu_s()
        streamed(server, 50, 2000)
        per_second = TOKENS / (server.cpu_s() - before)
        rate = max(1, round(2 * per_second / 1000))
        full = Namespace(**{**vars(options), "scale": 1})
        return {"tokens_a_core_sends": round(per_second), **paced(server, full, 1000, 1000, rate)}


def paced(
    server: Server,
    options: Namespace,
    open_: int,
    streaming: int,
    rate: int,
    is_polling: bool = True,
) -> Figures:
    """How late tokens are, what it costs, and whether every answer arrived whole."""
    open_, streaming = round(open_ * options.scale), round(streaming * options.scale)
    # Long enough for all to stream at the same time; `cost` measures what asking costs.
    asking_s = streaming / ASKED_A_SECOND
    length = round(rate * (asking_s + options.seconds + SPARE_S))

    async def run() -> tuple[list[Client], list[bool], Figures]:
        warm = await connect(server, WARM_UP)
        await ask_all(warm, "bench n=1")
        close_all(warm)
        idle_memory = server.memory()
        clients = await connect(server, open_)
        memory = server.memory() - idle_memory
        asked = clients[:streaming]
        polling = asyncio.create_task(poll_sockets(CROWD_POLL_S)) if is_polling else None
        ends = asyncio.create_task(ask_all(asked, f"bench n={length} rate={rate}", asking_s))
        await asyncio.sleep(asking_s + SPARE_S / 2)
        for client in asked:
            client.late_ms.clear()
        before, began = server.cpu_s(), time.monotonic()
        await asyncio.sleep(options.seconds)
        cores = (server.cpu_s() - before) / (time.monotonic() - began)
        late = [ms for client in asked for ms in client.late_ms]
        percentiles = quantiles(late, n=100)
        whole = await ends
        if polling:
            polling.cancel()
        close_all(clients)
        figures = {"cores": cores, "kb_per_connection": memory / 1024 / open_}
        figures |= {"late_p50_ms": percentiles[49], "late_p99_ms": percentiles[98]}
        return asked, whole, rounded(figures)

    clients, whole, figures = uvloop.run(run())
    for client in (client for client, is_whole in zip(clients, whole, strict=True) if not is_whole):
        print(f"Lost: {client.lost}, after {client.last_seen!r}")
    return {
        "connections": open_,
        "streaming": streaming,
        "tokens_a_second_each": rate,
        "whole": sum(whole),
        "tokens_lost": streaming * length - sum(client.tokens for client in clients),
        "tokens_per_frame": round(streaming * length / sum(c.frames for c in clients), 2),
        **figures,
    }


def handshakes(seed: Seed, options: Namespace) -> Figures:
    """Handshakes per CPU second: with an API token; without looking it up; and without limits and
    audit log as well."""
    count = round(500 * options.scale)

    async def come_and_go(server: Server) -> None:
        polling = asyncio.create_task(poll_sockets(POLL_S))
        close_all(await connect(server, count))
        polling.cancel()

    def per_second(server: Server) -> float:
        before = server.cpu_s()
        uvloop.run(come_and_go(server))
        figure: float = count / (server.cpu_s() - before)
        return figure

    peers = ["no_lookup", "no_limits"]
    with started(seed, peers, with_redis=False) as servers_by_name:
        # The same request for all, with a token, although two of them do not read it.
        alike = {name: replace(one, token=seed.token) for name, one in servers_by_name.items()}
        rounds = interleaved(alike, options.rounds, per_second)
    per_cpu_s = {name: round(median(figures)) for name, figures in rounds.items()}
    ratios = {f"ours/{name}": ratio(rounds["ours"], rounds[name]) for name in peers}
    return {"per_cpu_s": per_cpu_s, "ratios": rounded(ratios)}


def fan_out(seed: Seed, options: Namespace) -> Figures:
    """One answer read by many clients: microseconds of CPU per token and client."""
    figures: Figures = {}
    for followers in (1, 100, round(10_000 * options.scale)):
        with servers.ours(seed) as server:
            figures[str(followers)] = uvloop.run(
                cpu_us_per_follower(server, followers, options.seconds)
            )
    return {"cpu_us_per_token_and_follower": figures}


def profile(seed: Seed, options: Namespace) -> Figures:
    """Percent of the CPU time by part of the program while `cost` is measured."""
    with servers.ours(seed) as server:
        streamed(server, options.connections, options.tokens)
        return shares(server, lambda: streamed(server, options.connections, options.tokens))


def ratio(ours: list[float], theirs: list[float]) -> float:
    """The median over the rounds: each has both under the same conditions."""
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in figures.items()}


SCENARIOS: dict[str, Scenario] = {
    scenario.__name__: scenario
    for scenario in (
        cost,
        long_cost,
        first,
        crowd,
        lateness,
        two_processes,
        many_open,
        over_capacity,
        handshakes,
        fan_out,
        profile,
        floods,
    )
}


if __name__ == "__main__":
    main()
