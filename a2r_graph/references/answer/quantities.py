r"""The last whole quantity in a line: never a part of one.

Every pattern is bounded, so that a long line takes linear time.
"""

from __future__ import annotations

import re

_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DATE = (
    rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? \d{{4}})?(?!\w)"
    r"|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}/\d{4}"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?|\d{1,2}\s?[AaPp]\.?[Mm]\b"
_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d])|\d{1,2}(?:,\d{2})+,\d{3}(?!\d)"
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}(?![\d.])"
    r"|\d{1,3}(?:['\u2019 \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)"
    r"|\d+(?:[.,]\d+)?|\.\d+)"
)
_BRACES = r"\{(?:[^{}]|\{[^{}]{0,200}\}){0,200}\}"
_ROOT = rf"(?:\\sqrt\s?(?:\[\w+\])?\s?(?:{_BRACES}|\w)|[√∛]\s?(?:\(?\w{{1,20}}\)?))"
_CONSTANT = r"(?:π|\\pi(?![a-z])|∞|\\infty|pi\b)"
_FRACTION = rf"\\[dtc]?frac\s?(?:{_BRACES}|\d)\s?(?:{_BRACES}|\d)"
_RAISED = r"(?:\s?\^\s?(?:\{[^{}]{1,12}\}|\(?-?\w{1,6}\)?)|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{1,6})"
_SCIENTIFIC = rf"\s?(?:×|x|\*|\\times|\\cdot|·)\s?10{_RAISED}"
_SIGN = r"(?:[-+\u2212\u2013±]\s?|\\pm\s?|minus )?"
_MONEY = r"(?:(?:US\$|\\?\$|[€£¥₹₩])\s?)?"
_UNITS = (
    r"(?:km/h|kmh|m/s(?:\^?2|²)?|mph|kg|mg|µg|km|cm|mm|nm|µm|m|g|mL|ml|L|kJ|MJ|J|kWh|kW|MW|mW|W"
    r"|kV|mV|V|mA|N|kN|Hz|kHz|MHz|GHz|TB|GB|MB|kB|KB|eV|mol|kPa|MPa|Pa|ft|lb|lbs|oz|min|ms|s|h)"
    r"(?:\^?[23](?!\d)|[²³])?(?![\w/])"
)
_TAIL = (
    r"(?:\s?-?(?:hundred|thousand|million|billion|trillion)(?!\w)|\s?[万亿億만억](?!\w)|[kK](?!\w)"
    r"|\s?(?:bn|mn)(?!\w))?"
    r"(?:\s?\\?%|\s?(?:\^\s?\{?\\circ\}?|\\degree|°|º)\s?(?:\\text\{\s?[CF]\s?\}|[CFK](?!\w))?|\s?℃"
    rf"|\s?[€£¥₹₩円元](?!\d)|\s?{_UNITS}|(?<=\d)(?:kph|sqm|min|hrs?|sec|yr|d)(?!\w))?"
)
_SIMPLE = (
    rf"{_MONEY}{_NUMBER}(?:"
    rf"{_SCIENTIFIC}|[eE][-+]?\d{{1,4}}(?!\w)"
    rf"|\s?[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]|\s\d{{1,6}}\s?/\s?\d{{1,6}}(?!\d)"
    rf"|\s?/\s?{_NUMBER}|\s?{_FRACTION}|\s?{_ROOT}(?:\s?{_CONSTANT})?|\s?{_CONSTANT}{_RAISED}?"
    rf"|{_RAISED}(?:\s?{_CONSTANT})?|!(?=[\s.,;)$]|$))?(?:\s?/\s?\d+(?!\d))?{_TAIL}"
)
_BARE = (
    rf"(?:{_FRACTION}(?:\s?(?:{_ROOT}|{_CONSTANT}))?|{_ROOT}(?:\s?/\s?\d+)?"
    rf"|{_CONSTANT}{_RAISED}?(?:\s?/\s?\d+)?|[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]){_TAIL}"
)
_PART = rf"\s?{_SIGN}(?:{_NUMBER}(?:/\d+)?|{_FRACTION}|[a-z∞]|\\infty|{_ROOT})\s?"
_TUPLE = rf"(?:\\left)?[(\[]{_PART}(?:,{_PART}){{1,11}}(?:\\right)?[)\]]"
_COMPLEX = rf"{_SIGN}{_NUMBER}\s?[-+\u2212]\s?{_NUMBER}?\s?i(?!\w)"
_QUANTITY = re.compile(
    rf"{_DATE}|{_TIME}|0[xXbB][0-9a-fA-F]+|\d+(?:\.\d+){{2,}}(?!\w)|{_COMPLEX}|{_TUPLE}"
    rf"|{_SIGN}{_NUMBER}\s?[-\u2013\u2014]\s?{_NUMBER}(?![\w-]){_TAIL}"
    rf"|\d+\s?:\s?\d+(?![\w:])|\d+ to \d+(?![\w.,]*\d)|{_SIGN}{_SIMPLE}|{_SIGN}{_BARE}"
)
_BEGIN = re.compile(
    r"[-+±\u2212\u2013$€£¥₹₩√∛π∞½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒(\[\\.\d]|[JFMASOND][a-z]{2}|minus |pi\b|US\$"
)
_TELLING = re.compile(r"[\dπ∞√∛½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]|\\pi|\\infty|\\sqrt|pi")
_WINDOW = 240
_MARGIN = 60
_GLUED_BEFORE = re.compile(r"[A-Za-zÀ-ÿ_\\#№.\d]")
_LETTER_BEHIND = re.compile(r"[A-Za-z_À-ÿ\u0400-\u04ff]|\^|\\[a-z]|!\w")
_WHOLE_FORMULA = re.compile(r"((?:[\w.)\]}\\{^√π]+\s?[-+*/×^·]\s?){1,8})$")
_DELIMITER = re.compile(r"\\[()\[\]]|(?<!\\)\$\$?(?!\d[^$]*$)")
_MATH = re.compile(r"\$([^$\n]{1,300})\$|\\\(([^\n]{1,300}?)\\\)|\\\[([^\n]{1,300}?)\\\]")
_RELATION = re.compile(r"(?:=|≈|\\approx|\\equiv)(?!=)")
_WORDS = re.compile(
    r"\b(?:zero|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen|sixteen|seventeen|eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety)(?:-\w+)?)\b",
    re.IGNORECASE,
)
_OR_ABOUT = re.compile(
    r",?\s+(?:or|which is|i\.e\.,?)\s+(?:about|approximately|roughly|around|nearly)\b.*$|\s\([≈~].*$"
)
_LISTED = re.compile(
    rf"((?:{_SIGN}{_NUMBER}\s?,\s?){{0,30}}{_SIGN}{_NUMBER}\s?,?\s(?:and|or|und|y|et|e|и)\s+)$"
)
_LONGEST = 2_000  # characters of a line's end that are looked at


def last_quantity(line: str) -> str | None:
    r"""Return the last whole quantity in a line, as it stands there.

    Example:
        >>> last_quantity(r"So the probability is $\frac{3}{4}$."), last_quantity("at 14:30.")
        ('\\frac{3}{4}', '14:30')
        >>> last_quantity("It takes 3-5 days"), last_quantity("Room 4B") is None
        ('3-5', True)
    """
    line = _OR_ABOUT.sub("", line[-_LONGEST:])
    math = None
    for math in _MATH.finditer(line):  # noqa: B007  the last one is wanted
        pass
    if math:
        behind = _scan(line[math.end() :])
        inside = next(part for part in math.groups() if part is not None)
        found = _in_math(inside) if behind is None else behind
        if found is not None:
            if behind is None:
                unit = re.match(rf"\s?({_UNITS}|%)", line[math.end() :])
                return f"{found} {unit[1]}" if unit else found
            return found
    return _scan(_DELIMITER.sub(" ", line) if "\\" in line or "$" in line else line)


def number_word(line: str) -> str | None:
    """Return the last number that is written as a word.

    Example:
        >>> number_word("There are seven of them.")
        'seven'
    """
    found = _WORDS.findall(line)
    return found[-1] if found else None


def _in_math(inside: str) -> str | None:
    """Return the last side of a formula, if there is a number in it."""
    sides = _RELATION.split(inside)
    side = sides[-1].strip().rstrip(".,;").strip()
    if not side or not re.search(r"\d|\\pi|\\infty|π|∞|\\sqrt", side):
        return None
    return side


def _scan(line: str) -> str | None:
    """Return the last quantity of a line, from its last words on."""
    if len(line) > _WINDOW:
        start = line.rfind(" ", 0, len(line) - _WINDOW)
        found = _last(line, max(0, start))
        if found and found[0] > start + _MARGIN:
            return _with_neighbours(line, *found)
    found = _last(line, 0)
    return _with_neighbours(line, *found) if found else None


def _last(line: str, start: int) -> tuple[int, str] | None:
    last = None
    at = start
    while begin := _BEGIN.search(line, at):
        found = _QUANTITY.match(line, begin.start())
        if found is None or not _TELLING.search(found[0]):
            at = begin.end()
            continue
        at = found.end()
        own = _own(line, found.start(), found[0].strip(), at)
        last = own or last
    return last


def _own(line: str, start: int, text: str, end: int) -> tuple[int, str] | None:
    """Return a quantity that is no part of a word; without a dash that is none of its."""
    before = line[start - 1 : start]
    if _GLUED_BEFORE.match(before):
        return None
    if text[0] in "-+\u2212\u2013" and before.strip() and before not in "(=≈:$[{|":
        text, start = text[1:].lstrip(), start + 1
        if before.isalpha():
            return None  # GPT-4
    return None if _LETTER_BEHIND.match(line, end) else (start, text)


def _with_neighbours(line: str, start: int, text: str) -> str:
    """Return a quantity with the list or the formula that it ends."""
    listed = _LISTED.search(line[max(0, start - 200) : start])
    if listed:
        return f"{listed[1]}{text}"
    joined = _WHOLE_FORMULA.search(line[max(0, start - 80) : start])
    if joined and not re.search(r"[A-Za-z]{2}", joined[1].replace("\\", "")):
        return f"{joined[1]}{text}".strip()
    return text
