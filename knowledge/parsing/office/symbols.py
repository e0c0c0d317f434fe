"""The characters that the fonts Symbol and Wingdings show in place of others."""

from __future__ import annotations

SYMBOL = (
    " !∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾"
    "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
SYMBOL_UPPER = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑"
WINGDINGS = {
    0x28: "☎",
    0x2A: "✉",
    0x4A: "☺",
    0x4C: "☹",
    0x6C: "●",
    0x6E: "■",
    0x6F: "□",
    0x71: "❑",
    0x76: "❖",
    0x9F: "•",
    0xA7: "▪",
    0xA8: "◻",
    0xD8: "➢",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xE8: "➔",
    0xF0: "⇨",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
    **{0x80 + at: sign for at, sign in enumerate("⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿")},
}
FONTS = {
    "symbol": {
        **dict(enumerate(SYMBOL, 0x20)),
        **dict(enumerate(SYMBOL_UPPER, 0xA0)),
        0xF1: "〉",
        0xF2: "∫",
    },
    "wingdings": WINGDINGS,
}
# Where Word keeps the characters of such fonts: they have no meaning outside of them.
PRIVATE = 0xF000


def symbol(font: str, code: int) -> str:
    """What the character shows; nothing if that is not known."""
    in_font = FONTS.get(font.lower())
    if in_font is None and not 0xE000 <= code < 0xF900:
        return chr(code) if code < 0x110000 else ""
    return (in_font or {}).get(code - PRIVATE if code >= PRIVATE else code, "")


def without_private(font: str, text: str) -> str:
    """The text of a run in this font."""
    if font.lower() not in FONTS or all(sign < chr(PRIVATE) for sign in text):
        return text
    return "".join(
        symbol(font, ord(sign)) if PRIVATE <= ord(sign) < 0xF900 else sign for sign in text
    )


def shown_in(font: str, text: str) -> str:
    """The text of a run in this font, in which also letters stand for symbols."""
    return "".join(
        symbol(font, ord(sign)) if sign < "\u0100" or PRIVATE <= ord(sign) < 0xF900 else sign
        for sign in text
    )
