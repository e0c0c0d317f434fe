"""Our own failures: the log gets the whole story, the client a sentence and the story's name."""

import logging
import secrets

from chat.errors import ChatError, Failed, Unavailable
from outage import is_away

logger = logging.getLogger(__name__)

# Seconds. A database that was restarted is back by then.
RETRY_S = 5


def report(error: BaseException) -> ChatError:
    name = secrets.token_hex(6)
    logger.error("Incident %s", name, exc_info=error)
    if is_away(error):
        sentence = "The database cannot be reached, or takes nothing. Try again soon"
        return Unavailable(f"{sentence}. The log calls it {name}", retry_after=RETRY_S)
    return Failed(f"Something went wrong on our side. The log calls it {name}")
