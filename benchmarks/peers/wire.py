"""The frames of all peers: of the same shape and size as ours."""

import re
from typing import Any

ID = "6f0a1b2c3d4e5f60718293a4b5c6d7e8"
END = {"code": 0, "message": "", "data": True}
LENGTH = re.compile(r"n=(\d+)")


def frame() -> dict[str, Any]:
    data = {"answer": "quick ", "reference": {}, "id": ID, "session_id": ID}
    return {"code": 0, "message": "", "data": data}


def length(question: str) -> int:
    found = LENGTH.search(question)
    return int(found[1]) if found else 0
