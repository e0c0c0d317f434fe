"""Reading Word documents: no word is lost, none comes twice, and lists keep their numbers."""

from __future__ import annotations

import pytest

from knowledge.errors import Unreadable
from knowledge.parsing.read_file import read_file
from tests.support.ooxml_files import (
    CHART,
    CHART_TEXT,
    DIAGRAM,
    DIAGRAM_TEXT,
    NAMESPACES,
    make_package,
    make_word,
    paragraph,
    relationships,
    word_notes,
    word_parts,
)


def text_of(body: str, **others: str) -> str:
    sections = read_file("a.docx", make_word(body, **others))
    return "\n\n".join(section.text for section in sections)


def run(text: str) -> str:
    return f"<w:r><w:t>{text}</w:t></w:r>"


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        (
            "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:cr/><w:t>d</w:t></w:r>",
            "a\tb\nc\nd",
        ),
        (
            (
                "<w:r><w:t>non</w:t><w:noBreakHyphen/><w:t>stop co</w:t><w:softHyphen/>"
                "<w:t>op</w:t></w:r>"
            ),
            "non-stop coop",
        ),
        (
            (
                "<w:r><w:sym w:font='Symbol' w:char='F061'/>"
                "<w:sym w:font='Wingdings' w:char='F0FC'/></w:r>"
            ),
            "α✓",
        ),
        ("<w:r><w:rPr><w:rFonts w:ascii='Symbol'/></w:rPr><w:t>&#xF0A3;</w:t></w:r>", "≤"),
        (f"<w:smartTag><w:hyperlink>{run('link')}</w:hyperlink></w:smartTag>", "link"),
        (f"<w:sdt><w:sdtPr/><w:sdtContent>{run('control')}</w:sdtContent></w:sdt>", "control"),
        (f"{run('a')}<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>{run('b')}", "ab"),
        (f"<w:ins>{run('new')}</w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>", "new"),
        (
            (
                f"<w:moveFrom>{run('moved')}</w:moveFrom>{run('! ')}"
                f"<w:moveTo>{run('moved')}</w:moveTo>"
            ),
            "! moved",
        ),
        (
            (
                "<w:r><w:fldChar w:fldCharType='begin'/><w:instrText>DATE</w:instrText>"
                "<w:fldChar w:fldCharType='separate'/><w:t>1 May</w:t>"
                "<w:fldChar w:fldCharType='end'/></w:r>"
            ),
            "1 May",
        ),
        (f"<w:fldSimple w:instr='AUTHOR'>{run('Alice')}</w:fldSimple>", "Alice"),
        (
            (
                "<w:r><w:fldChar><w:ffData><w:checkBox><w:default w:val='0'/><w:checked/>"
                "</w:checkBox>"
                "</w:ffData></w:fldChar><w:fldChar><w:ffData><w:ddList><w:result w:val='1'/>"
                "<w:listEntry w:val='tea'/><w:listEntry w:val='pot'/></w:ddList></w:ffData>"
                "</w:fldChar></w:r>"
            ),
            "☒pot",
        ),
        (
            "".join(
                f"<w:r><w:ruby><w:rt>{run(reading)}</w:rt><w:rubyBase>{run(sign)}</w:rubyBase>"
                "</w:ruby></w:r>"
                for sign, reading in (("漢", "かん"), ("字", "じ"))
            )
            + run("だ"),
            "漢字(かんじ)だ",
        ),
        (
            (
                "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:t>once</w:t></mc:Choice>"
                "<mc:Fallback><w:t>twice</w:t></mc:Fallback></mc:AlternateContent></w:r>"
            ),
            "once",
        ),
    ],
)
def test_a_paragraph_is_read_as_word_shows_it(inside: str, text: str) -> None:
    assert text_of(f"<w:p>{inside}</w:p>") == text


@pytest.mark.parametrize(
    ("equation", "text"),
    [
        ("<m:f><m:num>A</m:num><m:den>B</m:den></m:f>", "A/B"),
        ("<m:sSup><m:e>A</m:e><m:sup>B</m:sup></m:sSup>", "A^B"),
        ("<m:sSubSup><m:e>A</m:e><m:sub>B</m:sub><m:sup>C</m:sup></m:sSubSup>", "A_B^C"),
        ("<m:rad><m:radPr><m:degHide/></m:radPr><m:deg/><m:e>A</m:e></m:rad>", "√A"),
        ("<m:rad><m:deg>B</m:deg><m:e>A</m:e></m:rad>", "√[B](A)"),
        (
            (
                "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub>B</m:sub><m:sup>C</m:sup>"
                "<m:e>A</m:e></m:nary>"
            ),
            "∑_B^C A",
        ),
        ("<m:d><m:e>A</m:e><m:e>B</m:e></m:d>", "(A|B)"),
        ("<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=''/></m:dPr><m:e>A</m:e></m:d>", "[A"),
        ("<m:func><m:fName>A</m:fName><m:e>B</m:e></m:func>", "A B"),
        ("<m:limLow><m:e>A</m:e><m:lim>B</m:lim></m:limLow>", "A_B"),
        (
            "<m:m><m:mr><m:e>A</m:e><m:e>B</m:e></m:mr><m:mr><m:e>C</m:e><m:e>A</m:e></m:mr></m:m>",
            "[A B; C A]",
        ),
        ("<m:acc><m:e>A</m:e></m:acc>", "A\u0302"),
        ("<m:eqArr><m:e>A</m:e><m:e>B</m:e></m:eqArr>", "A; B"),
        ("<m:box><m:e>A</m:e></m:box>", "A"),
    ],
)
def test_equations_are_one_line_of_text(equation: str, text: str) -> None:
    for letter in "ABC":
        equation = equation.replace(f">{letter}<", f"><m:r><m:t>{letter}</m:t></m:r><")
    inside = f"{run('If ')}<m:oMath>{equation}</m:oMath>{run(' then')}"
    assert text_of(f"<w:p>{inside}</w:p>") == f"If {text} then"


def test_notes_and_comments_come_after_their_paragraph_once() -> None:
    body = (
        f"<w:p>{run('Tea')}<w:r><w:footnoteReference w:id='2'/></w:r>{run(' and pots')}"
        f"<w:r><w:endnoteReference w:id='1'/><w:commentReference w:id='1'/></w:r></w:p>"
        f"<w:p>{run('Cups')}<w:r><w:footnoteReference w:id='1'/></w:r></w:p>"
    )
    notes = {
        "footnotes": word_notes("footnote", "Of clay.", "From China."),
        "endnotes": word_notes("endnote", "Old ones."),
        "comments": word_notes("comment", "Really?"),
    }
    assert text_of(body, **notes).split("\n\n") == [
        "Tea[1] and pots[i]",
        *("[1] From China.", "[i] Old ones.", "Comment (Alice): Really?"),
        "Cups[2]",
        "[2] Of clay.",
    ]


def test_a_note_that_refers_to_itself_is_read_once() -> None:
    note = f"<w:footnotes {NAMESPACES}><w:footnote w:id='1'><w:p>{run('Again')}<w:r>"
    note += "<w:footnoteReference w:id='1'/></w:r></w:p></w:footnote></w:footnotes>"
    body = f"<w:p>{run('Tea')}<w:r><w:footnoteReference w:id='1'/></w:r></w:p>"
    assert text_of(body, footnotes=note) == "Tea[1]\n\n[1] Again[1]"


def test_a_text_box_is_a_paragraph_of_its_own() -> None:
    box = f"<w:txbxContent>{paragraph('one')}{paragraph('two')}</w:txbxContent>"
    shape = (
        "<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wp:anchor>"
        f"<wp:docPr id='1' name='Box' descr='A red frame'/><a:graphic><a:graphicData><wps:wsp>"
        f"<wps:txbx>{box}</wps:txbx></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    body = f"<w:p>{run('Before ')}{shape}{run('and after.')}</w:p>{paragraph('Next.')}"
    assert text_of(body) == "Before and after.\n\n[A red frame]\n\none\n\ntwo\n\nNext."


def test_names_of_files_are_no_alternative_text() -> None:
    picture = "<w:drawing><wp:inline><wp:docPr descr='C:\\tea.PNG'/></wp:inline></w:drawing>"
    assert text_of(f"<w:p>{run('Tea')}<w:r>{picture}</w:r></w:p>") == "Tea"


def test_charts_and_diagrams_are_read_where_they_stand() -> None:
    drawing = "<w:p><w:r><w:drawing><a:graphicData>{}</a:graphicData></w:drawing></w:r></w:p>"
    body = (
        drawing.format("<c:chart r:id='chart'/>")
        + drawing.format("<dgm:relIds r:dm='diagramData'/>")
        + drawing.format("<c:chart r:id='nowhere'/>")
    )
    parts = {"chart": CHART.format(NAMESPACES), "diagramData": DIAGRAM.format(NAMESPACES)}
    assert text_of(body, **parts) == f"{CHART_TEXT}\n\n{DIAGRAM_TEXT}"


def test_what_a_small_file_shows_many_times_is_told_once() -> None:
    shown = "<w:p><w:r><c:chart r:id='chart'/></w:r></w:p>"
    assert text_of(shown * 50, chart=CHART.format(NAMESPACES)) == CHART_TEXT
    far = CHART.format(NAMESPACES).replace("idx='1'", "idx='999999999'")
    assert len(text_of(shown, chart=far)) < 100
    series = "".join(
        f"<c:ser><c:val><c:numCache><c:pt idx='{at * 50}'><c:v>1</c:v></c:pt></c:numCache></c:val>"
        "</c:ser>"
        for at in range(200)
    )
    assert len(text_of(shown, chart=f"<c:chartSpace {NAMESPACES}>{series}</c:chartSpace>")) < 2000


def test_pages_that_word_shows_inside_are_read() -> None:
    parts: dict[str, str | bytes] = {**word_parts("<w:altChunk r:id='aFChunk'/>", aFChunk="")}
    del parts["word/aFChunk.xml"]
    parts["word/_rels/document.xml.rels"] = relationships({"aFChunk": ("aFChunk", "a.htm")})
    types = str(parts["[Content_Types].xml"])
    page = '<Override PartName="/word/a.htm" ContentType="text/html"/></Types>'
    parts["[Content_Types].xml"] = types.replace("</Types>", page)
    parts["word/a.htm"] = "<p>H<sub>2</sub>O</p>"
    [section] = read_file("a.docx", make_package(parts))
    assert section.text == "H2O"


def cell(content: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>"


def row(*cells: str) -> str:
    return f"<w:tr>{''.join(cells)}</w:tr>"


def test_cells_and_rows_may_be_in_content_controls() -> None:
    controlled = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
    table = row(
        cell(paragraph("Name")), controlled.format(cell(paragraph("Price")))
    ) + controlled.format(row(cell(controlled.format(paragraph("Tea"))), cell(paragraph("3"))))
    assert text_of(f"<w:tbl>{table}</w:tbl>") == "| Name | Price |\n| --- | --- |\n| Tea | 3 |"


def test_merged_cells_are_in_each_of_their_rows() -> None:
    begins, goes_on = "<w:vMerge w:val='restart'/>", "<w:vMerge/>"
    table = (
        row(cell(paragraph("Year")), cell(paragraph("Cups"), "<w:gridSpan w:val='2'/>"))
        + row(cell(paragraph("2023"), begins), cell(paragraph("3")), cell(paragraph("4")))
        + row(cell(paragraph(""), goes_on), cell(paragraph("5")), cell(paragraph("6")))
        + "<w:tr><w:trPr><w:del/></w:trPr>"
        + cell(paragraph("gone"))
        + "</w:tr>"
    )
    lines = text_of(f"<w:tbl>{table}</w:tbl>").splitlines()
    assert lines[2:] == ["| 2023 | 3 | 4 |", "| 2023 | 5 | 6 |"]


def test_a_table_inside_a_table_is_read() -> None:
    inner = row(cell(paragraph("Name")), cell(paragraph("Price"))) + row(
        cell(paragraph("Tea")), cell(paragraph("3"))
    )
    outer = row(cell(paragraph("Menu")), cell(f"<w:tbl>{inner}</w:tbl>{paragraph('End')}"))
    assert text_of(f"<w:tbl>{outer}</w:tbl>") == (
        "Menu\n\n| Name | Price |\n| --- | --- |\n| Tea | 3 |\n\nEnd"
    )


def level(at: int, style: str, text: str, more: str = "") -> str:
    return (
        f"<w:lvl w:ilvl='{at}'><w:start w:val='1'/><w:numFmt w:val='{style}'/>{more}"
        f"<w:lvlText w:val='{text}'/></w:lvl>"
    )


OF_STYLE = "<w:pStyle w:val='H'/>"
NUMBERING = (
    f"<w:numbering {NAMESPACES}>"
    f"<w:abstractNum w:abstractNumId='0'>{level(0, 'decimal', '%1.')}"
    f"{level(1, 'lowerLetter', '%1.%2)')}{level(2, 'bullet', '•')}</w:abstractNum>"
    f"<w:abstractNum w:abstractNumId='1'>{level(0, 'chineseCounting', '第%1章', OF_STYLE)}"
    f"{level(1, 'upperRoman', '(%2)')}</w:abstractNum>"
    "<w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>"
    "<w:num w:numId='2'><w:abstractNumId w:val='0'/><w:lvlOverride w:ilvl='0'>"
    "<w:startOverride w:val='7'/></w:lvlOverride></w:num>"
    "<w:num w:numId='3'><w:abstractNumId w:val='1'/></w:num></w:numbering>"
)
STYLES = (
    f"<w:styles {NAMESPACES}><w:style w:type='paragraph' w:styleId='H'>"
    "<w:name w:val='Kapitel'/><w:pPr><w:outlineLvl w:val='0'/><w:numPr><w:numId w:val='3'/>"
    "</w:numPr></w:pPr></w:style><w:style w:type='paragraph' w:styleId='H2'>"
    "<w:name w:val='heading 2'/><w:basedOn w:val='H'/><w:pPr><w:numPr><w:ilvl w:val='1'/></w:numPr>"
    "</w:pPr></w:style></w:styles>"
)


def item(text: str, level: int = 0, number: int = 1) -> str:
    return paragraph(
        text, f"<w:numPr><w:ilvl w:val='{level}'/><w:numId w:val='{number}'/></w:numPr>"
    )


def test_lists_keep_their_numbers_and_nesting() -> None:
    body = (
        item("one")
        + item("in one", 1)
        + item("again", 1)
        + item("deep", 2)
        + item("two")
        + item("in two", 1)
        + paragraph("Between.")
        + item("three")
        + item("other", 0, 2)
        + item("next", 0, 2)
        + item("none", 0, 0)
    )
    assert text_of(body, numbering=NUMBERING).splitlines() == [
        *("1. one", "  1.a) in one", "  1.b) again", "    - deep", "2. two", "  2.a) in two", ""),
        *("Between.", "", "3. three", "7. other", "8. next", "", "none"),
    ]


def test_headings_have_the_numbers_of_their_styles() -> None:
    first, second = (f"<w:pStyle w:val='{style}'/>" for style in ("H", "H2"))
    body = (
        paragraph("Tea", first)
        + paragraph("Text.")
        + paragraph("Green", second)
        + paragraph("More.")
        + paragraph("Pots", first)
        + paragraph("Clay", second)
    )
    sections = read_file("a.docx", make_word(body, numbering=NUMBERING, styles=STYLES))
    assert [section.place for section in sections] == [
        *("第一章 Tea", "第一章 Tea › (I) Green", "第二章 Pots › (I) Clay"),
    ]


def test_a_paragraph_goes_on_where_its_end_was_deleted() -> None:
    body = paragraph("Tea ", "<w:rPr><w:del/></w:rPr>") + paragraph("pot.")
    assert text_of(body) == "Tea pot."
    assert text_of(paragraph("Last", "<w:rPr><w:del/></w:rPr>")) == "Last"


def test_styles_that_are_based_on_each_other_are_read() -> None:
    styles = "".join(
        f"<w:style w:styleId='{one}'><w:basedOn w:val='{other}'/></w:style>"
        for one, other in (("A", "B"), ("B", "A"))
    )
    body = paragraph("Tea", "<w:pStyle w:val='A'/>")
    assert text_of(body, styles=f"<w:styles {NAMESPACES}>{styles}</w:styles>") == "Tea"


def test_a_document_with_page_headers_only_is_told_so() -> None:
    header = f"<w:hdr {NAMESPACES}>{paragraph('Acme')}</w:hdr>"
    with pytest.raises(Unreadable, match="page headers and footers only"):
        read_file("a.docx", make_word(paragraph(""), header=header))


def test_what_is_nested_too_deep_is_not_called_damaged() -> None:
    depth = 1500
    body = "<w:sdt><w:sdtContent>" * depth + "</w:sdtContent></w:sdt>" * depth
    with pytest.raises(Unreadable, match="too complex"):
        read_file("a.docx", make_word(body))
