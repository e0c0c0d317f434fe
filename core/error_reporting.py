"""Reports unexpected errors: the log gets the traceback, the caller a sentence with its id."""

import logging

from core.error_deduplication import incidents
from core.errors import AppError, InternalError, Unavailable
from core.outage import is_away

logger = logging.getLogger(__name__)

# Seconds in which a restarted database is back.
RETRY_S = 5


def report(error: BaseException) -> AppError:
    """The error to show to the caller. The id in its sentence finds the traceback in the log, also
    where the log has one traceback for many errors of a kind."""
    incident = incidents.find(error).id
    logger.error("Incident %s", incident, exc_info=error)
    if is_away(error):
        sentence = "The database cannot be reached, or takes nothing. Try again soon"
        return Unavailable(f"{sentence}. The log calls it {incident}", retry_after=RETRY_S)
    return InternalError(f"Something went wrong on our side. The log calls it {incident}")
