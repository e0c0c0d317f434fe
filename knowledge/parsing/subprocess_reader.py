"""Reads a file in a subprocess with limited time and memory.

A few kilobytes made for it can let the libraries for these formats crash, hang or fill the memory.
In a subprocess, that does not harm the server. (Also, PDFium must not be used by two threads at
once.)
"""

import json
import logging
import subprocess
import sys

from django.conf import settings

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.formats import Format
from knowledge.text.section import Section

logger = logging.getLogger(__name__)


def read_in_subprocess(format_: Format, data: bytes) -> list[Section]:
    seconds = settings.MAX_READING_S
    command = [sys.executable, "-m", "knowledge.parsing.subprocess_main", format_]
    limits = [str(settings.MAX_READING_BYTES), str(seconds)]
    try:
        child = subprocess.run(  # noqa: S603 - our own module; nothing of the file is in the command
            [*command, *limits],
            input=data,
            capture_output=True,
            timeout=seconds,
            cwd=settings.BASE_DIR,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unreadable(_("Reading the file takes too long: it is too complex.")) from None
    if child.stderr:
        logger.warning("Reading a %s file: %s", format_, child.stderr.decode(errors="replace"))
    if child.returncode:
        raise Unreadable(_("The file is damaged, or too complex to be read."))
    reply = json.loads(child.stdout)
    if isinstance(reply, str):
        raise Unreadable(reply)
    return [Section(**section) for section in reply]
