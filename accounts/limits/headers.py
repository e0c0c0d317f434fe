"""Rate limit headers of REST responses (draft-ietf-httpapi-ratelimit-headers)."""

from __future__ import annotations

import time
from collections.abc import Iterable

from accounts.limits.store import Reading

# The key in `request.META` under which the authentication leaves its readings.
READINGS = "ragws.limits"


def headers_of(readings: Iterable[Reading]) -> dict[str, str]:
    readings = list(readings)
    if not readings:
        return {}
    now = time.time()
    return {
        "RateLimit-Policy": ", ".join(_policy(reading) for reading in readings),
        "RateLimit": ", ".join(_state(reading, now) for reading in readings),
    }


def _policy(reading: Reading) -> str:
    meter = reading.meter
    return f"{_name(reading)};q={meter.limit};w={meter.kind.period_s}"


def _state(reading: Reading, now: float) -> str:
    return f"{_name(reading)};r={reading.left};t={max(0, round(reading.ends_at - now))}"


def _name(reading: Reading) -> str:
    meter = reading.meter
    what = meter.kind.setting.split("_")[0]
    return f'"{meter.party.role}-{what}"'.lower().replace("_", "-")
