"""The control words of RTF that matter to its text (RTF Specification 1.9.1)."""

from __future__ import annotations

# Code pages by `\fcharset`.
CHARSETS = {
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
# Code pages by the end of a font's name, as in "Arial CE".
FONT_NAMES = {
    "ce": "cp1250",
    "cyr": "cp1251",
    "greek": "cp1253",
    "tur": "cp1254",
    "(hebrew)": "cp1255",
    "(arabic)": "cp1256",
    "baltic": "cp1257",
    "(vietnamese)": "cp1258",
}
# Of all of them, those in which the second byte of a character may be a letter or a brace.
TWO_BYTES = {"cp932", "cp936", "cp949", "cp950", "johab", "gb18030", "big5hkscs"}
# Symbols and words that are one character.
CHARACTERS = {
    "~": "\xa0",
    "_": "-",
    "-": "",
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
PARAGRAPH_ENDS = {"par", "sect", "page", "column"}
TABLE_WORDS = {"intbl", "trowd", "cell", "nestcell", "row", "nestrow"}
# Before the parts of an equation.
PREFIXES = {"mden": "/", "msup": "^", "msub": "_"}
# Words that begin a group which shows nothing, or what is on each page.
SKIPPED = {
    *("colortbl", "filetbl", "rsidtbl", "revtbl", "themedata"),
    *("header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"),
    *("pict", "nonshppict", "shprslt", "sp", "objclass", "objname", "objdata"),
    *("bkmkstart", "bkmkend", "xe", "tc", "rxe", "txe", "private", "pn", "nonesttables", "atnid"),
    *("ftnsep", "ftnsepc", "ftncn", "aftnsep", "aftnsepc", "aftncn", "generator", "datafield"),
    *("xmlopen", "xmlclose", "xmlattrname", "xmlattrvalue", "formfield", "template"),
    *("author", "operator", "subject", "keywords", "doccomm", "company", "category", "manager"),
    *(f"m{name}Pr" for name in ("f", "r", "oMath", "oMathPara", "sSup", "sSub", "sSubSup", "d")),
    *(f"m{name}Pr" for name in ("rad", "nary", "func", "limLow", "limUpp", "acc", "bar", "box")),
    *(f"m{name}Pr" for name in ("m", "eqArr", "groupChr", "sPre", "phant", "borderBox", "ctrl")),
}
# A star before any other word says that a program may skip what it does not know.
KEPT_AFTER_STAR = {
    *("shpinst", "ud", "annotation", "atnauthor", "footnote", "pntext", "moMath", "moMathPara"),
    *("listtable", "listoverridetable", "fldinst", "do"),
}
