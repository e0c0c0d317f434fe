"""Clients of Redis with short timeouts.

Callers say what is retried: the library's default retries would delay the text of all answers.
"""

from __future__ import annotations

import asyncio

import redis
import redis.asyncio
from redis.asyncio.retry import Retry
from redis.retry import Retry as BlockingRetry

# Seconds: for one command, and the pause before a Redis that is away is tried again.
TIMEOUT_S = 1
RETRY_S = 1
MAX_CONNECTIONS = 16

ERRORS = (redis.RedisError, OSError, asyncio.TimeoutError)


def open_client(url: str, retry: Retry) -> redis.asyncio.Redis:
    """For the event loop that runs now. When all connections are taken, as when many answers end
    at the same moment, a command waits for one."""
    return redis.asyncio.Redis.from_pool(
        redis.asyncio.BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=retry,
        )
    )


def open_blocking_client(url: str, retry: BlockingRetry) -> redis.Redis:
    """For threads."""
    return redis.Redis.from_url(
        url, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S, retry=retry
    )
