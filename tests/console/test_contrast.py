"""Text of the playground stands out from what is behind it: WCAG 2.2 asks for 4.5 to 1."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

CSS = Path(settings.BASE_DIR) / "console" / "static" / "console" / "playground.css"
VARIABLE = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")
COLOURS = {name: (light, dark) for name, light, dark in VARIABLE.findall(CSS.read_text())}
CODE = re.findall(r"\.(code-\w+) \{ color: light-dark\((#\w{6}), (#\w{6})\)", CSS.read_text())
COLOURS |= {name: (light, dark) for name, light, dark in CODE}
SURFACES = ("paper", "side", "raised", "sunken")
# What is written on what. Faint text is also on hovered rows.
PAIRS = [
    *((ink, on) for ink in ("ink", "ink-soft", "ink-faint") for on in (*SURFACES, "hover")),
    *((ink, on) for ink in ("accent", "accent-strong", "danger", "warn") for on in SURFACES),
    *((name, "sunken") for name, *_ in CODE),
    *[
        ("ink", "thumb"),
        ("ink", "tint"),
        ("accent-strong", "tint"),
        ("ink", "mark"),
        ("on-accent", "accent"),
    ],
    *[("on-accent", "accent-strong"), ("danger", "danger-tint"), ("warn", "warn-tint")],
    *[("ink", "warn-tint"), ("paper", "ink")],
]


def luminance(colour: str) -> float:
    """As WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_every_text_stands_out(scheme: int) -> None:
    assert len(CODE) == 3
    weak = {
        f"{ink} on {on}": round(ratio, 2)
        for ink, on in PAIRS
        if (ratio := contrast(COLOURS[ink][scheme], COLOURS[on][scheme])) < 4.5
    }
    assert weak == {}
