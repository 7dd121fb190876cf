r"""One glyph for characters that mean the same, without what NFKC would lose.

NFKC would make "52" of a five squared; here it becomes "5^(2)", a half "1/2", and any
script's digits become ASCII.
"""

from __future__ import annotations

import re
import unicodedata

_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ", "0123456789+-=()ni", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₙₓᵢ", "0123456789+-=()aenxi", strict=True))
_RAISED = re.compile(f"[{''.join(_SUPERSCRIPTS)}]++")
_LOWERED = re.compile(f"[{''.join(_SUBSCRIPTS)}]++")
_VULGAR = re.compile(r"(\d?)([½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒])")
_NUMBER_SIGN = re.compile(r"\b[Nn][º°]\s?(?=\d)")
_DASH = re.compile(r"[\u2010-\u2015\u2212\uFE63]")

_SAME = {
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007", " "),
    **dict.fromkeys("\u2008\u2009\u200a\u202f\u205f\u3000\u2062\u2063", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0e\ufe0f", ""),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u02bc\u2032", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb\u300c\u300d\u300e\u300f", '"'),
    **dict.fromkeys("×⨯✕⋅∙·", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("≤≦⩽", "≤"),
    **dict.fromkeys("≥≧⩾", "≥"),
    **dict.fromkeys("≈≃≅", "≈"),
    **dict.fromkeys("∶ː", ":"),
    **dict.fromkeys("〈⟨", "⟨"),
    **dict.fromkeys("〉⟩", "⟩"),
    **dict.fromkeys("º˚", "°"),
    "μ": "µ",  # the Greek letter, and the sign of a millionth
    **dict(zip("ℝℤℕℚℂ", "RZNQC", strict=True)),
    **dict.fromkeys("《》", '"'),
    "⟶": "→",
    "⇒": "→",
    "℃": "°C",
    "℉": "°F",
    "№": "No. ",
    "￥": "¥",
    "￡": "£",
    "∛": "√[3]",
    "∜": "√[4]",
    "。": ".",
    "、": ",",
    "،": ",",
    "؛": ";",
    "؟": "?",
    "٪": "%",
    "٫": ".",
    "٬": ",",
    "…": "...",
    "𝑖": "i",
    "𝜋": "π",
    "Ω": "Ω",
}


class _Table(dict[int, str]):
    """What each character becomes, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        glyph = chr(code)
        made = _SAME.get(glyph, glyph)
        if made == glyph and (digit := unicodedata.decimal(glyph, None)) is not None:
            made = str(digit)
        if made == glyph and "\uff01" <= glyph <= "\uff5e":  # full width
            made = chr(code - 0xFEE0)
        self[code] = made
        return made


_TABLE = _Table()


def plain_glyphs(text: str) -> str:
    """Return `text` in the glyphs that keys are made of.

    Example:
        >>> plain_glyphs("−４２ × 10⁻³ ≥ 1½")
        '-42 * 10^(-3) ≥ 1 1/2'
    """
    if text.isascii():
        return text
    text = unicodedata.normalize("NFC", text)
    text = _NUMBER_SIGN.sub("No. ", text)
    text = _RAISED.sub(lambda found: f"^({_of(found[0], _SUPERSCRIPTS)})", text)
    text = _LOWERED.sub(lambda found: f"_{_of(found[0], _SUBSCRIPTS)}", text)
    text = _VULGAR.sub(_vulgar, text)
    return _DASH.sub("-", text.translate(_TABLE))


def _of(run: str, table: dict[str, str]) -> str:
    return "".join(map(table.__getitem__, run))


def _vulgar(found: re.Match[str]) -> str:
    fraction = unicodedata.normalize("NFKC", found[2]).replace("\u2044", "/")
    return f"{found[1]} {fraction}" if found[1] else fraction


class _Digits(dict[int, str]):
    """Any script's digits and full-width forms, as ASCII; all else as it is."""

    def __missing__(self, code: int) -> str:
        made = glyph = chr(code)
        if (digit := unicodedata.decimal(glyph, None)) is not None:
            made = str(digit)
        elif "\uff01" <= glyph <= "\uff5e":
            made = chr(code - 0xFEE0)
        elif glyph == "\u2212":
            made = "-"
        self[code] = made
        return made


_DIGITS = _Digits()


def plain_digits(text: str) -> str:
    """Return `text` with ASCII digits, whatever its script.

    Example:
        >>> plain_digits("４２ and ٤٢, 3×10⁸")
        '42 and 42, 3×10⁸'
    """
    return text if text.isascii() else text.translate(_DIGITS)
