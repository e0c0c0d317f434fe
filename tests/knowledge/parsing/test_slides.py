"""Reading PowerPoint presentations: all that a slide shows, in the order of reading."""

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
    make_slides,
    shape,
    slide,
)


def text_of(*shapes: str, **others: str) -> str:
    [section] = read_file("a.pptx", make_slides(slide("".join(shapes)), **others))
    return section.text


def test_shapes_in_groups_are_read_and_what_each_slide_repeats_is_not() -> None:
    group = f"<p:grpSp>{shape('one')}<p:grpSp>{shape('two')}</p:grpSp></p:grpSp>"
    repeated = [shape("9", placeholder=kind) for kind in ("sldNum", "ftr", "dt")]
    assert text_of(group, *repeated, shape("three")) == "one\n\ntwo\n\nthree"


def test_the_title_is_the_place_wherever_it_stands() -> None:
    first = slide(shape("Text") + shape("Tea", placeholder="ctrTitle"))
    second = slide(shape("Pots", placeholder="title"))
    sections = read_file("a.pptx", make_slides(first, second))
    assert [(section.place, section.text) for section in sections] == [
        ("slide 1 › Tea", "Text"),
        ("slide 2 › Pots", "Pots"),
    ]


def test_hidden_slides_are_left_out_and_counted() -> None:
    hidden = slide(shape("secret"), "show='0'")
    [section] = read_file("a.pptx", make_slides(hidden, slide(shape("shown"))))
    assert (section.place, section.text) == ("slide 2", "shown")
    with pytest.raises(Unreadable, match="All slides are hidden"):
        read_file("a.pptx", make_slides(hidden))


def test_text_in_footers_only_is_refused_and_in_notes_only_is_read() -> None:
    footer = make_slides(slide(shape("Tea", placeholder="ftr") + shape("1", placeholder="sldNum")))
    with pytest.raises(Unreadable, match="page headers and footers only"):
        read_file("a.pptx", footer)
    with pytest.raises(Unreadable, match="no text"):
        read_file("a.pptx", make_slides(slide(shape("1", placeholder="sldNum"))))
    notes = (
        f"<p:notes {NAMESPACES}><p:cSld><p:spTree>{shape('Slowly.')}</p:spTree></p:cSld></p:notes>"
    )
    assert text_of(shape("Tea", placeholder="ftr"), notesSlide=notes) == "Slowly."


def test_lists_keep_their_numbers_and_nesting() -> None:
    def line(text: str, properties: str) -> str:
        return f"<a:p>{properties}<a:r><a:t>{text}</a:t></a:r></a:p>"

    numbered = "<a:pPr><a:buAutoNum type='arabicPeriod' startAt='3'/></a:pPr>"
    lettered = "<a:pPr lvl='1'><a:buAutoNum type='alphaLcParenR'/></a:pPr>"
    lines = [
        *(line("three", numbered), line("a", lettered), line("b", lettered)),
        *(line("four", numbered), line("under", "<a:pPr lvl='1'/>"), line("plain", "")),
    ]
    assert text_of(shape(*lines)) == "3. three\n  a) a\n  b) b\n4. four\n  - under\nplain"


def test_line_breaks_fields_and_equations_are_read() -> None:
    line = (
        "<a:p><a:r><a:t>one</a:t></a:r><a:br/><a:fld type='datetime'><a:t>May</a:t></a:fld>"
        "<a:fld type='slidenum'><a:t>9</a:t></a:fld><mc:AlternateContent><mc:Choice Requires='a14'>"
        "<a14:m><m:oMath><m:f><m:num><m:r><m:t>x</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r>"
        "</m:den></m:f></m:oMath></a14:m></mc:Choice><mc:Fallback><a:r><a:t>no</a:t></a:r>"
        "</mc:Fallback></mc:AlternateContent></a:p>"
    )
    assert text_of(shape(line)) == "one\nMayx/2"


def test_merged_cells_of_tables_are_in_each_of_their_rows() -> None:
    def cell(text: str, attributes: str = "") -> str:
        line = f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
        return f"<a:tc {attributes}><a:txBody>{line}</a:txBody></a:tc>"

    rows = (
        (cell("Year"), cell("Cups", "gridSpan='2'"), cell("", "hMerge='1'")),
        (cell("2023", "rowSpan='2'"), cell("3"), cell("4")),
        (cell("", "vMerge='1'"), cell("5"), cell("6")),
    )
    table = "".join(f"<a:tr>{''.join(row)}</a:tr>" for row in rows)
    frame = f"<p:graphicFrame><a:graphic><a:tbl>{table}</a:tbl></a:graphic></p:graphicFrame>"
    assert text_of(frame).splitlines()[2:] == ["| 2023 | 3 | 4 |", "| 2023 | 5 | 6 |"]


def test_charts_diagrams_pictures_notes_and_comments_are_read() -> None:
    frames = (
        "<p:graphicFrame><c:chart r:id='chart'/></p:graphicFrame>"
        "<p:graphicFrame><dgm:relIds r:dm='diagramData'/></p:graphicFrame>"
        "<p:pic><p:nvPicPr><p:cNvPr id='2' descr='A pot'/></p:nvPicPr></p:pic>"
    )
    notes = f"<p:notes {NAMESPACES}>{shape('1', placeholder='sldNum')}{shape('Slowly.')}</p:notes>"
    comments = f"<p:cmLst {NAMESPACES}><p:cm authorId='1'><p:text>Really?</p:text></p:cm></p:cmLst>"
    parts = {
        "chart": CHART.format(NAMESPACES),
        "diagramData": DIAGRAM.format(NAMESPACES),
        "notesSlide": notes,
        "comments": comments,
    }
    assert (
        text_of(frames, **parts)
        == f"{CHART_TEXT}\n\n{DIAGRAM_TEXT}\n\n[A pot]\n\nSlowly.\n\nComment: Really?"
    )


def test_a_chart_of_a_new_kind_is_read() -> None:
    chart = (
        f"<cx:chartSpace {NAMESPACES}><cx:chartData><cx:data id='0'><cx:strDim><cx:lvl>"
        "<cx:pt>May</cx:pt><cx:pt>June</cx:pt></cx:lvl></cx:strDim><cx:numDim><cx:lvl>"
        "<cx:pt>1</cx:pt><cx:pt>2</cx:pt></cx:lvl></cx:numDim></cx:data></cx:chartData><cx:chart>"
        "<cx:title><a:p><a:r><a:t>Cups</a:t></a:r></a:p></cx:title><cx:series><cx:tx><cx:txData>"
        "<cx:v>Green</cx:v></cx:txData></cx:tx><cx:dataId val='0'/></cx:series></cx:chart>"
        "</cx:chartSpace>"
    )
    frame = (
        "<mc:AlternateContent><mc:Choice Requires='cx1'><p:graphicFrame><cx:chart r:id='chartEx'/>"
        f"</p:graphicFrame></mc:Choice><mc:Fallback>{shape('Not available')}</mc:Fallback>"
        "</mc:AlternateContent>"
    )
    assert text_of(frame, chartEx=chart) == (
        "Cups\n\n|  | Green |\n| --- | --- |\n| May | 1 |\n| June | 2 |"
    )
