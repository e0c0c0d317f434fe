"""Small Office files, written part by part: for what the libraries that write them do not know."""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

SCHEMAS = "http://schemas.openxmlformats.org"
MICROSOFT = "http://schemas.microsoft.com/office"
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{address}"'
    for prefix, address in {
        "w": f"{SCHEMAS}/wordprocessingml/2006/main",
        "p": f"{SCHEMAS}/presentationml/2006/main",
        "a": f"{SCHEMAS}/drawingml/2006/main",
        "r": f"{SCHEMAS}/officeDocument/2006/relationships",
        "m": f"{SCHEMAS}/officeDocument/2006/math",
        "c": f"{SCHEMAS}/drawingml/2006/chart",
        "dgm": f"{SCHEMAS}/drawingml/2006/diagram",
        "wp": f"{SCHEMAS}/drawingml/2006/wordprocessingDrawing",
        "xdr": f"{SCHEMAS}/drawingml/2006/spreadsheetDrawing",
        "mc": f"{SCHEMAS}/markup-compatibility/2006",
        "cx": f"{MICROSOFT}/drawing/2014/chartex",
        "wps": f"{MICROSOFT}/word/2010/wordprocessingShape",
        "a14": f"{MICROSOFT}/drawing/2010/main",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)
PACKAGE = f"{SCHEMAS}/package/2006"
TYPES = {
    "docx": ("word/document.xml", "wordprocessingml.document"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet"),
}
CHART = (
    "<c:chartSpace {}><c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Cups</a:t></a:r></a:p>"
    "</c:rich></c:tx></c:title><c:plotArea><c:barChart>"
    "<c:ser><c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>Green</c:v></c:pt></c:strCache>"
    "</c:strRef></c:tx><c:cat><c:strRef><c:strCache><c:pt idx='0'><c:v>May</c:v></c:pt>"
    "<c:pt idx='1'><c:v>June</c:v></c:pt></c:strCache></c:strRef></c:cat><c:val><c:numRef>"
    "<c:numCache><c:formatCode>0%</c:formatCode><c:pt idx='0'><c:v>0.25</c:v></c:pt>"
    "<c:pt idx='1'><c:v>0.5</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>"
    "</c:barChart></c:plotArea></c:chart></c:chartSpace>"
)
CHART_TEXT = "Cups\n\n|  | Green |\n| --- | --- |\n| May | 25% |\n| June | 50% |"
DIAGRAM = (
    "<dgm:dataModel {}><dgm:ptLst><dgm:pt modelId='0' type='doc'/>"
    "<dgm:pt modelId='2'><dgm:t><a:p><a:r><a:t>Pour</a:t></a:r></a:p></dgm:t></dgm:pt>"
    "<dgm:pt modelId='1'><dgm:t><a:p><a:r><a:t>Boil</a:t></a:r></a:p></dgm:t></dgm:pt>"
    "<dgm:pt modelId='3'><dgm:t><a:p><a:r><a:t>Slowly</a:t></a:r></a:p></dgm:t></dgm:pt>"
    "</dgm:ptLst><dgm:cxnLst><dgm:cxn srcId='0' destId='1' srcOrd='0'/>"
    "<dgm:cxn srcId='0' destId='2' srcOrd='1'/><dgm:cxn srcId='2' destId='3' srcOrd='0'/>"
    "</dgm:cxnLst></dgm:dataModel>"
)
DIAGRAM_TEXT = "- Boil\n- Pour\n  - Slowly"


def make_package(parts: Mapping[str, str | bytes], prefix: bytes = b"") -> bytes:
    file = BytesIO()
    file.write(prefix)
    with ZipFile(file, "w" if not prefix else "a", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def relationships(targets: Mapping[str, tuple[str, str]]) -> str:
    """`targets` has by identifier the kind and the target."""
    lines = "".join(
        f'<Relationship Id="{name}" Type="{SCHEMAS}/officeDocument/2006/relationships/{kind}"'
        f' Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{lines}</Relationships>'


def content_types(types: Mapping[str, str]) -> str:
    lines = "".join(
        f'<Override PartName="/{part}" ContentType="application/vnd.openxmlformats-officedocument.'
        f'{type_}.main+xml"/>'
        for part, type_ in types.items()
    )
    return (
        f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="a/b"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{lines}</Types>'
    )


def office_parts(kind: str, main: str, related: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """The parts of a file whose main part has the relationships `related`."""
    part, type_ = TYPES[kind]
    folder, _, name = part.rpartition("/")
    return {
        "[Content_Types].xml": content_types({part: type_}),
        "_rels/.rels": relationships({"rId1": ("officeDocument", part)}),
        f"{folder}/_rels/{name}.rels": relationships(related),
        part: main,
    }


def word_parts(body: str, **others: str | tuple[str, str]) -> dict[str, str]:
    """A document with this body; of the other parts, `chart="…"` has the identifier "chart"."""
    related = {name: (name, f"{name}.xml") for name in others}
    document = f"<w:document {NAMESPACES}><w:body>{body}</w:body></w:document>"
    parts = office_parts("docx", document, related)
    return parts | {f"word/{name}.xml": str(content) for name, content in others.items()}


def make_word(body: str, **others: str) -> bytes:
    return make_package(word_parts(body, **others))


def word_notes(tag: str, *notes: str) -> str:
    """The part with the footnotes, endnotes or comments, whose identifiers count from 1."""
    lines = "".join(
        f'<w:{tag} w:id="{number}" w:author="Alice">{paragraph(note)}</w:{tag}>'
        for number, note in enumerate(notes, 1)
    )
    return f"<w:{tag}s {NAMESPACES}>{lines}</w:{tag}s>"


def paragraph(text: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def slide(shapes: str, attributes: str = "") -> str:
    return (
        f"<p:sld {NAMESPACES} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
    )


def make_slides(*slides: str, **of_the_first: str) -> bytes:
    """A presentation; `of_the_first` are the other parts of the first slide, by their kind."""
    order = "".join(f"<p:sldId id='{at}' r:id='s{at}'/>" for at in range(len(slides)))
    presentation = f"<p:presentation {NAMESPACES}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>"
    related = {f"s{at}": ("slide", f"slides/slide{at}.xml") for at in range(len(slides))}
    parts = office_parts("pptx", presentation, related)
    parts |= {f"ppt/slides/slide{at}.xml": content for at, content in enumerate(slides)}
    parts["ppt/slides/_rels/slide0.xml.rels"] = relationships(
        {kind: (kind, f"../{kind}.xml") for kind in of_the_first}
    )
    return make_package(parts | {f"ppt/{kind}.xml": text for kind, text in of_the_first.items()})


def shape(*lines: str, placeholder: str = "", tag: str = "p:sp") -> str:
    """`lines` are texts, or elements of text."""
    kind = f"<p:ph type='{placeholder}'/>" if placeholder else ""
    texts = "".join(
        line if line.startswith("<") else f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>"
        for line in lines
    )
    return (
        f"<{tag}><p:nvSpPr><p:cNvPr id='1' name='a'/><p:cNvSpPr/><p:nvPr>{kind}</p:nvPr>"
        f"</p:nvSpPr><p:txBody>{texts}</p:txBody></{tag}>"
    )
