"""A handler whose filters may rewrite a record without changing it for other handlers."""

from __future__ import annotations

import copy
import logging
from typing import TextIO


class CopyingStreamHandler(logging.StreamHandler[TextIO]):
    def handle(self, record: logging.LogRecord) -> bool:
        return bool(super().handle(copy.copy(record)))
