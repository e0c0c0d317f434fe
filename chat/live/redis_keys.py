"""What there is in Redis, and how many seconds it is kept there."""

LIVE_FOR_S = 6 * 3600
ENDED_FOR_S = 600
WATCHED_FOR_S = 5
STOP_FOR_S = 60
# A process says once a second that it is there.
BEAT_FOR_S = 3

# The names of the processes that were heard of.
HUBS_KEY = "ragws:hubs"


def text_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:text"


def reasoning_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:reasoning"


def ended_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:ended"


def stop_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:stop"


def watched_key(answer_id: str) -> str:
    return f"ragws:{answer_id}:watched"


def hub_key(name: str) -> str:
    return f"ragws:hub:{name}"
