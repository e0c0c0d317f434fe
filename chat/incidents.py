"""Our own failures: the log gets the whole story, the client a sentence and the story's name."""

import logging
import secrets

from chat.errors import Failed

logger = logging.getLogger(__name__)


def report(error: BaseException) -> Failed:
    name = secrets.token_hex(6)
    logger.error("Incident %s", name, exc_info=error)
    return Failed(f"Something went wrong on our side. The log calls it {name}")
