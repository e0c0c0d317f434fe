"""Tells workers that documents wait, so that they need not poll often."""

from __future__ import annotations

from collections.abc import Callable

from asgiref.sync import async_to_sync
from django.db import transaction

from core.broadcast import DOCUMENTS, publish

# What wakes a worker that this process has started. Without Redis no broadcast would reach it.
own_workers: set[Callable[[], None]] = set()


def wake_workers_on_commit() -> None:
    transaction.on_commit(_wake_workers, robust=True)


def _wake_workers() -> None:
    for wake in tuple(own_workers):
        wake()
    async_to_sync(publish)(DOCUMENTS)
