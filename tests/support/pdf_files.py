"""Makes small PDF files byte by byte."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

# Owner and user hashes that no password matches.
ENCRYPTION = b"/Encrypt<</Filter/Standard/V 1/R 2/P -4/O<" + b"a1" * 32 + b">/U<" + b"b2" * 32
ENCRYPTION += b">>>/ID[<00><00>]"


def make_pdf(*pages: str, trailer: bytes = b"") -> bytes:
    """Each argument is the text of one page, set in Helvetica."""
    return _assemble([_drawing(page) for page in pages], trailer)


def make_chinese_pdf(*lines: str, gap: int = 0, is_vertical: bool = False) -> bytes:
    """One page in a font that is not in the file, with that much space between characters."""
    shown = b"".join(b"<%s> Tj T*\n" % line.encode("utf-16-be").hex().encode() for line in lines)
    drawing = b"BT /C 12 Tf %d Tc 20 TL 300 740 Td\n%sET" % (gap, shown)
    return _assemble([(b"", drawing)], chinese=b"UniGB-UCS2-V" if is_vertical else b"UniGB-UCS2-H")


def make_form_pdf(*annotations: bytes) -> bytes:
    """Two pages; the form fields and notes are on the second."""
    return _assemble([_drawing("Order form"), _drawing("Your order")], annotations=annotations)


def make_stamped_pdf(kind: bytes, text: str) -> bytes:
    """A form, whose second page shows an annotation of this kind that is a drawing of the text."""
    drawing = _drawing(text)[1].replace(b"40 740", b"5 50")
    looks = b"/Type/XObject/Subtype/Form/BBox[0 0 90 90]/Resources<</Font<</F 3 0 R>>>>/Length %d"
    pages = [_drawing("Order form"), _drawing("Your order")]
    return _assemble(
        pages,
        annotations=[kind + b"/F 4/AP<</N 9 0 R>>"],
        others=[b"<<%s>>stream\n%s\nendstream" % (looks % len(drawing), drawing)],
    )


def make_coded_pdf() -> bytes:
    """A page in a font that does not say which characters its glyphs are."""
    return _assemble([(b"", b"BT /F 9 Tf 11 TL 40 740 Td (\\001\\004\\005\\006 \\007\\010) Tj ET")])


def make_unmapped_pdf(codes: str, shown: str = "") -> bytes:
    """A page in a font that only numbers its glyphs: what these characters stand for is a guess.
    They are not drawn; what is shown is in Helvetica."""
    hidden = b"BT 3 Tr /C 12 Tf 40 740 Td <%s> Tj ET " % codes.encode("utf-16-be").hex().encode()
    drawing = hidden + b"BT 0 Tr /F 24 Tf 40 600 Td (%s) Tj ET" % shown.encode()
    pdf = _assemble([(b"", drawing)], chinese=b"Identity-H")
    return pdf.replace(b"/Ordering(GB1)", b"/Ordering(Identity)").replace(b"(Adobe)", b"(Test)")


def make_protected_pdf() -> bytes:
    return make_pdf("secret", trailer=ENCRYPTION)


def make_certified_pdf() -> bytes:
    return make_pdf("secret", trailer=b"/Encrypt<</Filter/Adobe.PubSec/V 1>>/ID[<00><00>]")


def make_bomb(megabytes: int) -> bytes:
    """A decompression bomb: one page whose content unpacks to that many megabytes of blanks."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b" " * 2**20) for _ in range(megabytes)) + packer.flush()
    return _assemble([(b"/Filter/FlateDecode", packed)])


def _drawing(page: str) -> tuple[bytes, bytes]:
    lines = page.encode("latin-1").replace(b"(", rb"\(").replace(b")", rb"\)").splitlines()
    shown = b"".join(b"(%s) Tj T*\n" % line for line in lines)
    return b"", b"BT /F 9 Tf 11 TL 40 740 Td\n%sET" % shown


def _assemble(
    drawings: Sequence[tuple[bytes, bytes]],
    trailer: bytes = b"",
    chinese: bytes = b"UniGB-UCS2-H",
    annotations: Sequence[bytes] = (),
    others: Sequence[bytes] = (),
) -> bytes:
    """The annotations are on the last page."""
    numbers = range(5, 5 + 2 * len(drawings), 2)
    kids = b" ".join(b"%d 0 R" % number for number in numbers)
    notes = b" ".join(
        b"%d 0 R" % (numbers.stop + len(others) + at) for at in range(len(annotations))
    )
    objects = [
        b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[%s]>>>>" % notes,
        b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(drawings)),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/%s/DescendantFonts[<<"
        b"/Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>]>>" % chinese,
    ]
    for number, (filter_, stream) in zip(numbers, drawings, strict=True):
        noted = notes if number == numbers[-1] else b""
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Annots[%s]"
            b"/Resources<</Font<</F 3 0 R/C 4 0 R>>>>>>" % (number + 1, noted),
            b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), filter_, stream),
        ]
    objects += others
    objects += [b"<</Type/Annot/Rect[9 9 99 99]%s>>" % annotation for annotation in annotations]
    return _with_table(objects, trailer)


def _with_table(objects: Sequence[bytes], trailer: bytes) -> bytes:
    pdf, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    size, start = len(objects) + 1, len(pdf)
    pdf += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return pdf + b"trailer<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF" % (
        size,
        trailer,
        start,
    )
