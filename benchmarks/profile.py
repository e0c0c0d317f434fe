"""Where the time of a streaming server goes: py-spy's samples, grouped by part of the program."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.servers import Server

SECONDS, SAMPLES_A_SECOND = 10, 400

# A sample is a stack, `function (file:line);…`, the innermost last. Waiting is not counted.
WAITING = ("_worker (concurrent/futures/thread.py:81)", "threading.py")
IN_A_THREAD = "_worker ("
WRITE = "WebSocketProtocol.write ("
# The innermost frame in one of these files decides.
PARTS = {
    "(chat/engines/": "the engine",
    "(chat/live/": "the answer, its hub and followers",
    "(chat/answers/generation.py": "the answer, its hub and followers",
    "(chat/websocket/streaming.py": "the answer, its hub and followers",
    "(chat/websocket/frame_encoder.py": "making frames",
    "(chat/websocket/direct_write.py": "making frames",
    "(ragws/servers/uvicorn/": "making frames",
    "(accounts/": "handshakes and questions",
    "(uvicorn/": "handshakes and questions",
    "(websockets/": "handshakes and questions",
    "(chat/": "handshakes and questions",
}
LOOP = "the event loop"


def shares(server: Server, work: Callable[[], object]) -> dict[str, float]:
    """Percent of its CPU time by part, while `work` is repeated."""
    with tempfile.TemporaryDirectory(prefix="ragws-profile-") as folder:
        samples = Path(folder) / "samples"
        with subprocess.Popen(_command(server, samples), stdout=subprocess.DEVNULL) as recorder:
            while recorder.poll() is None:
                work()
        if recorder.returncode:
            raise RuntimeError("py-spy could not attach to the server")
        counts = _counted(samples.read_text())
    return {part: round(100 * n / counts.total(), 1) for part, n in counts.most_common()}


def _command(server: Server, samples: Path) -> list[str]:
    found = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if found is None:
        raise RuntimeError("py-spy is missing: make .venv/bench")
    record = [found, "record", "--format", "raw", "--output", str(samples), "--nonblocking"]
    times = ["--duration", str(SECONDS), "--rate", str(SAMPLES_A_SECOND)]
    return [*record, *times, "--pid", str(server.process.pid)]


def _counted(samples: str) -> Counter[str]:
    counts: Counter[str] = Counter()
    for line in samples.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not any(mark in frames[-1] for mark in WAITING):
            counts[_part(frames)] += int(count)
    return counts


def _part(frames: list[str]) -> str:
    if frames[-1].startswith(WRITE):
        return "writing to sockets, the kernel's share"
    if any(frame.startswith(IN_A_THREAD) for frame in frames):
        return "the database"
    for frame in reversed(frames):
        for mark, part in PARTS.items():
            if mark in frame:
                return LOOP if "run (" in frame else part
    return LOOP
