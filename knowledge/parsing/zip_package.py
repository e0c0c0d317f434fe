"""The zip archive that a .docx, .pptx or .xlsx file is, checked before a library unpacks it."""

from io import BytesIO
from zipfile import ZipFile

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _

MAX_UNPACKED_BYTES = 300_000_000


def open_package(data: bytes) -> BytesIO:
    """The file, once it is sure that it neither unpacks to gigabytes nor defines entities."""
    with ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        # The sizes are the archive's own words, but zipfile reads no part further than that.
        if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise Unreadable(_("Unpacked, the file would be larger than 300 MB."))
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable(
                _("The file is protected by a password. Remove it and send the file again.")
            )
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with archive.open(part) as file:
                    _check_start(file.read(4096))
    return BytesIO(data)


def _check_start(start: bytes) -> None:
    """Office never writes a document type; only there could a part define entities."""
    if b"<!DOCTYPE" in start.replace(b"\0", b"").upper():
        raise Unreadable(_("The file is damaged: it defines entities, which Office never does."))
