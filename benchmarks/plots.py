"""Plots the figures: `python -m benchmarks.plots docs/benchmarks/stream.json`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")

import matplotlib.pyplot as plt

COSTS = {
    "cost": "The whole path, handshake and turn included",
    "long_cost": "Long answers: the token alone, nearly",
}
LATE = {
    "crowd": "1,000 × 20/s",
    "two_processes": "two processes",
    "many_open": "10,000 open",
    "over_capacity": "over capacity",
}


def main() -> None:
    source = Path(sys.argv[1])
    draw(json.loads(source.read_text()), source.parent)


def draw(results: dict[str, Any], folder: Path) -> None:
    for name, title in COSTS.items():
        if name in results:
            bars(
                results[name]["cpu_s"],
                title,
                "CPU seconds per 100,000 tokens",
                folder / f"{name}.png",
            )
    late = {
        title: results[name]["late_p99_ms"]
        for name, title in LATE.items()
        if "late_p99_ms" in results.get(name, {})
    }
    if late:
        unit = "milliseconds, 99 of 100 are better"
        bars(late, "How late tokens are", unit, folder / "late.png", "log")
    if shares := results.get("profile"):
        bars(
            shares, "Where the time goes", "percent of the server's CPU time", folder / "where.png"
        )


def bars(
    figures: dict[str, float], title: str, unit: str, path: Path, scale: str = "linear"
) -> None:
    figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
    shown = axes.barh(list(figures), list(figures.values()))
    axes.bar_label(shown, padding=3)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set(title=title, xlabel=unit, xscale=scale)
    figure.savefig(path, dpi=120)
    plt.close(figure)


if __name__ == "__main__":
    main()
