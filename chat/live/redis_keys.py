"""The keys in Redis, and after how many seconds each expires."""

LIVE_FOR_S = 6 * 3600
ENDED_FOR_S = 600
WATCHED_FOR_S = 5
STOP_FOR_S = 60
# Three times the interval of heartbeats.
HEARTBEAT_FOR_S = 3

# A set: the names of all hubs that had a heartbeat.
HUBS_KEY = "ragws:hubs"


def text_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:text"


def reasoning_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:reasoning"


def ended_key(answer_id: str) -> str:
    """Set by the process that ends the answer; nothing is appended to its text afterwards."""
    return f"ragws:{answer_id}:ended"


def stop_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:stop"


def watched_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:watched"


def hub_key(name: str) -> str:
    return f"ragws:hub:{name}"
