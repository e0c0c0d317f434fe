"""Checks the zip archive that an Office file or an e-book is, before a library unpacks it."""

from io import BytesIO
from zipfile import ZipFile, is_zipfile

from lxml import etree

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _
from knowledge.parsing.refusals import PROTECTED

ZIP, EMPTY = b"PK\x03\x04", b"PK\x05\x06"
MACROS = ("Basic/", "Dialogs/", "Scripts/")
MAX_UNPACKED_BYTES = 300_000_000


def is_zip(data: bytes, *, may_follow: bool) -> bool:
    """Whether this is a zip archive, which may follow on other bytes."""
    return data.startswith((ZIP, EMPTY)) or (may_follow and is_zipfile(BytesIO(data)))


def open_package(data: bytes, *, allow_doctype: bool = False) -> BytesIO:
    """The file, after checking that it neither unpacks to gigabytes nor defines entities."""
    with ZipFile(BytesIO(data)) as archive:
        parts = archive.infolist()
        # The sizes are what the archive claims, but zipfile reads no part beyond its claimed size.
        if sum(part.file_size for part in parts) > MAX_UNPACKED_BYTES:
            raise Unreadable(_("Unpacked, the file would be larger than 300 MB."))
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable(PROTECTED)
        for part in [] if allow_doctype else parts:
            if part.filename.lower().endswith((".xml", ".rels")):
                with archive.open(part) as file:
                    _check_start(file.read(4096))
    return BytesIO(data)


def check_open_document(archive: ZipFile) -> None:
    """Raises `Unreadable` if the document is encrypted, and not only its macros."""
    if "META-INF/manifest.xml" not in archive.NameToInfo:
        return
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    manifest = etree.fromstring(archive.read("META-INF/manifest.xml"), parser)
    for encryption in () if manifest is None else manifest.iter("{*}encryption-data"):
        names = [name for key, name in encryption.getparent().items() if key.endswith("full-path")]
        if not any(name.startswith(MACROS) for name in names):
            raise Unreadable(PROTECTED)


def _check_start(start: bytes) -> None:
    """Entities can be defined only in a document type, and Office never writes one."""
    if b"<!DOCTYPE" in start.replace(b"\0", b"").upper():
        raise Unreadable(_("The file is damaged: it defines entities, which Office never does."))
