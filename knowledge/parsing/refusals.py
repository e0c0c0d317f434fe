"""Kinds of files that are not read: what they are known by, and what to send instead."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath

from knowledge.errors import Unreadable
from knowledge.errors import gettext_noop as _

GIF = _("This is a GIF picture, not a document with text.")
PICTURE = _("This is a picture of a kind that is not read. Save it as PNG and send it again.")
ARCHIVE = _("This is a compressed archive. Unpack it and send the files inside.")
SOUND = _("This is a sound recording or a video. Send what is said in it as text.")
PROGRAM = _("This is a program, not a document with text.")
FONT = _("This is a font, not a document with text.")
DATABASE = _("This is a database. Export its tables as .csv or .xlsx and send those.")
NUMBERS = _("This is a file of binary data. Export it as .csv and send that.")
PAGES = _("This is a document of a kind that is not read. Save it as PDF and send that.")
E_BOOK = _("This is a Kindle or old e-book. Convert it to .epub or PDF and send that.")
HELP = _("This is a compiled help file. Extract its HTML pages and send those.")
OLD_WORD = _("This is a file of an old Word version. Save it as .docx and send it again.")
OLD_EXCEL = _("This is a file of an old Excel version. Save it as .xlsx and send it again.")
OLD_POWERPOINT = _(
    "This is a file of an old PowerPoint version. Save it as .pptx and send it again."
)
OLD_OFFICE_FILE = _(
    "This is a file of an old Office version. Save it as .docx, .pptx or .xlsx and send it again."
)
OLD_TEXT = _("This is a file of an old word processor. Save it as .docx or .odt and send it again.")
MESSAGE = _("This is an Outlook message. Save it as .eml and send it again.")
MAILBOX = _("This is a mailbox of Outlook. Save its messages as .eml and send those.")
NOTES = _("This is a OneNote notebook. Export it as .docx or PDF and send that.")
HANGUL = _("This is a Hangul document. Save it as .docx or PDF and send that.")
DRAWING = _("This is a drawing. Save it as PDF and send that.")
APPLE_PAGES = _("This is a Pages document. Export it as .docx or PDF and send that.")
APPLE_NUMBERS = _("This is a Numbers document. Export it as .xlsx or .csv and send that.")
APPLE_KEYNOTE = _("This is a Keynote presentation. Export it as .pptx or PDF and send that.")
APPLE = _("This is a file of Apple's office. Export it as .docx, .pptx or .xlsx and send that.")
ZIP_ARCHIVE = _("This is a zip archive. Unpack it and send the files inside.")
PROTECTED = _("The file is protected by a password. Remove it and send the file again.")
ONLY_RUNNING_TEXT = _(
    "The file has text in its page headers and footers only, and those are not read."
)
# What libxml2 says of XML with more levels than it bears, and what we say.
TOO_DEEP = "Excessive depth"
NESTED = _("Brackets or tags of the file are nested too deeply: it is too complex.")
BINARY = _("This is a binary file, not a document with text.")

# Offset, bytes, sentence. None of these begins a text.
SIGNATURES: list[tuple[int, bytes, str]] = [
    (0, b"GIF8", GIF),
    # Excel 2, 3 and 4, whose sheets are no file systems.
    *((0, start, OLD_EXCEL) for start in (b"\x09\0\4\0", b"\x09\2\6\0", b"\x09\4\6\0")),
    (0, b"8BPS\0", PICTURE),
    (0, b"\0\0\1\0", PICTURE),
    (0, b"\xd7\xcd\xc6\x9a", PICTURE),
    (0, b"\0\0\0\x0cjP  ", PICTURE),
    *((4, b"ftyp" + brand, PICTURE) for brand in (b"heic", b"heix", b"mif1", b"avif", b"msf1")),
    *(
        (0, start, ARCHIVE)
        for start in (b"\x1f\x8b", b"\x1f\x9d", b"7z\xbc\xaf", b"Rar!\x1a", b"\xfd7zXZ", b"MSCF\0")
    ),
    *((0, b"BZh%d1AY&SY" % level, ARCHIVE) for level in range(1, 10)),
    *((0, start, ARCHIVE) for start in (b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18", b"PK\5\6")),
    (257, b"ustar", ARCHIVE),
    (0x8001, b"CD001", ARCHIVE),
    (4, b"ftyp", SOUND),
    *((8, kind, SOUND) for kind in (b"WAVEfmt", b"AVI LIST")),
    *(
        (0, start, SOUND)
        for start in (b"ID3\2", b"ID3\3", b"ID3\4", b"fLaC", b"OggS", b"MThd\0", b"FLV\1", b"#!AMR")
    ),
    *((0, start, SOUND) for start in (b"\x1aE\xdf\xa3", b"0&\xb2u\x8ef\xcf\x11", b"\0\0\1\xba")),
    *(
        (0, start, PROGRAM)
        for start in (b"\x7fELF", b"\xca\xfe\xba\xbe", b"\0asm", b"dex\n", b"!<arch>\n", b"L\0\0\0")
    ),
    *((0, start, PROGRAM) for start in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xed\xab\xee")),
    *((0, start, FONT) for start in (b"\0\1\0\0\0", b"OTTO\0", b"wOFF", b"wOF2", b"ttcf\0")),
    *((0, b"SQLite format 3", DATABASE), (4, b"Standard Jet DB", DATABASE)),
    (4, b"Standard ACE DB", DATABASE),
    *(
        (0, start, NUMBERS)
        for start in (b"PAR1\x15", b"\x89HDF", b"\x93NUMPY", b"ARROW1", b"Obj\1")
    ),
    *((60, kind, E_BOOK) for kind in (b"BOOKMOBI", b"TEXtREAd")),
    (0, b"ITOLITLS", E_BOOK),
    *((0, b"AT&TFORM", PAGES), (0, b"%!PS", PAGES), (0, b"\xc5\xd0\xd3\xc6", PAGES)),
    (0, b"ITSF\3\0", HELP),
    (0, b"\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d", NOTES),
    (0, b"!BDN", MAILBOX),
    (0, b"bplist00", BINARY),
    *((0, start, OLD_TEXT) for start in (b"\xffWPC", b"\xdb\xa5-\0", b"1\xbe\0\0")),
]
# Parts of zip archives: the first that fits counts.
PARTS: list[tuple[str, str]] = [
    ("OFD.xml", PAGES),
    ("FixedDocSeq.fdseq", PAGES),
    ("FixedDocumentSequence.fdseq", PAGES),
    ("Contents/section0.xml", HANGUL),
    ("META-INF/MANIFEST.MF", PROGRAM),
    ("AndroidManifest.xml", PROGRAM),
]
# What the name of an Apple file or of a binary one tells beyond its bytes.
BY_SUFFIX = {
    ".pages": APPLE_PAGES,
    ".numbers": APPLE_NUMBERS,
    ".key": APPLE_KEYNOTE,
    ".doc": OLD_WORD,
    ".dot": OLD_WORD,
    ".ppt": OLD_POWERPOINT,
    ".pps": OLD_POWERPOINT,
    ".dps": OLD_POWERPOINT,
    ".wps": OLD_TEXT,
    ".wpd": OLD_TEXT,
    ".msg": MESSAGE,
    ".pst": MAILBOX,
    ".ost": MAILBOX,
    ".one": NOTES,
    ".hwp": HANGUL,
    ".hwpx": HANGUL,
    **dict.fromkeys((".vsd", ".vsdx", ".dwg", ".dxf", ".odg", ".cdr"), DRAWING),
    **dict.fromkeys((".pub", ".xps", ".oxps", ".ofd", ".djvu", ".caj", ".pdg", ".ceb"), PAGES),
    **dict.fromkeys((".mobi", ".azw", ".azw3", ".prc", ".lit", ".lrf"), E_BOOK),
    ".chm": HELP,
    **dict.fromkeys((".mdb", ".accdb", ".db", ".dbf", ".sqlite"), DATABASE),
    **dict.fromkeys((".parquet", ".pkl", ".npy", ".npz", ".mat", ".sav", ".dta"), NUMBERS),
    **dict.fromkeys((".exe", ".dll", ".so", ".msi", ".jar", ".apk", ".class", ".pyc"), PROGRAM),
    **dict.fromkeys((".mp3", ".mp4", ".m4a", ".wav", ".avi", ".mov", ".wma", ".aac"), SOUND),
    **dict.fromkeys((".heic", ".ico", ".psd", ".wmf", ".emf", ".tga", ".raw"), PICTURE),
    **dict.fromkeys((".tar", ".tgz", ".gz", ".7z", ".rar", ".lzh", ".iso", ".dmg"), ARCHIVE),
}
# The names of streams in an old Office file (OLE), in the order in which they count.
STREAMS: list[tuple[str, str]] = [
    ("EncryptedPackage", PROTECTED),
    ("__properties_version1.0", MESSAGE),
    ("HwpSummaryInformation", HANGUL),
    ("VisioDocument", DRAWING),
    ("Quill", PAGES),
    ("MatOST", OLD_TEXT),
    ("WordDocument", OLD_WORD),
    ("PowerPoint Document", OLD_POWERPOINT),
]


def refuse_by_bytes(data: bytes) -> None:
    """Raises `Unreadable` if the first bytes are those of a kind that is not read."""
    for offset, start, sentence in SIGNATURES:
        if data.startswith(start, offset):
            raise Unreadable(sentence)


def refusal_of_zip(name: str, parts: Iterable[str], mimetype: bytes) -> Unreadable:
    found = set(parts)
    if any(part.endswith((".iwa", "/Index.zip")) or part == "Index.zip" for part in found) or (
        found & {"index.xml", "index.apxl"} and "buildVersionHistory.plist" in found
    ):
        return Unreadable(_of_apple(name))
    if b"hwp" in mimetype:
        return Unreadable(HANGUL)
    if mimetype.startswith((b"application/vnd.oasis", b"application/vnd.sun.xml")):
        return Unreadable(DRAWING if b"graphics" in mimetype else PAGES)
    for part, sentence in PARTS:
        if part in found:
            return Unreadable(sentence)
    return Unreadable(ZIP_ARCHIVE)


def refusal_of_old_office(name: str, data: bytes) -> Unreadable:
    for stream, sentence in STREAMS:
        if stream.encode("utf-16-le") in data:
            return Unreadable(sentence)
    return Unreadable(BY_SUFFIX.get(_suffix(name), OLD_OFFICE_FILE))


def refusal_of_binary(name: str, data: bytes) -> Unreadable:
    if data.startswith(b"MZ"):
        return Unreadable(PROGRAM)
    return Unreadable(BY_SUFFIX.get(_suffix(name), BINARY))


def _of_apple(name: str) -> str:
    sentence = BY_SUFFIX.get(_suffix(name), "")
    return sentence if sentence in (APPLE_PAGES, APPLE_NUMBERS, APPLE_KEYNOTE) else APPLE


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()
