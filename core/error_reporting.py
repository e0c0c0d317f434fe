"""Reports unexpected errors: the log gets the traceback, the caller a sentence with an id."""

import logging
import secrets

from core.errors import AppError, InternalError, Unavailable
from core.outage import is_away

logger = logging.getLogger(__name__)

# Seconds. A database that was restarted is back by then.
RETRY_S = 5


def report(error: BaseException) -> AppError:
    """The error to show to the caller; the id in its sentence finds the traceback in the log."""
    name = secrets.token_hex(6)
    logger.error("Incident %s", name, exc_info=error)
    if is_away(error):
        sentence = "The database cannot be reached, or takes nothing. Try again soon"
        return Unavailable(f"{sentence}. The log calls it {name}", retry_after=RETRY_S)
    return InternalError(f"Something went wrong on our side. The log calls it {name}")
