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
    rf"\d{{4}}-\d{{1,2}}-\d{{1,2}}(?:[T ]\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?(?![-\d])|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? \d{{4}})?(?!\w)"
    rf"|{_MONTH} \d{{4}}(?!\d)"
    r"|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日|\d{1,2}/\d{1,2}/\d{4}"
)
_TIME = r"\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AaPp]\.?[Mm]\b\.?)?|\d{1,2}(?:\.\d{2})?\s?[AaPp]\.?[Mm]\b"
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
    rf"|\s(?:BCE?|AD|CE)(?!\w)|\s?[€£¥₹₩円元](?!\d)|\s?{_UNITS}|(?<=\d)(?:kph|sqm|min|hrs?|sec|yr|d)(?!\w))?"
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
    rf"{_DATE}|{_TIME}|\d+ (?:in|out of) \d+(?=[\s.]*$)|\d+(?:-\d+){{2,}}|\(\d{{3}}\)\s?\d{{3}}-\d{{4}}"
    rf"|O\([^()\n]{{0,40}}(?:\([^()\n]{{0,40}}\)[^()\n]{{0,40}})?\)|0[xXbB][0-9a-fA-F]+|\d+(?:\.\d+){{2,}}(?!\w)|{_COMPLEX}|{_TUPLE}"
    rf"|{_SIGN}{_NUMBER}\s?[-\u2013\u2014]\s?{_NUMBER}(?![\w-]){_TAIL}"
    rf"|\d+\s?:\s?\d+(?![\w:])|\d+ to \d+(?![\w.,]*\d)|{_SIGN}{_SIMPLE}|{_SIGN}{_BARE}"
)
_BEGIN = re.compile(
    r"[-+±\u2212\u2013$€£¥₹₩√∛π∞½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒(\[\\.\d]|[JFMASOND][a-z]{2}|O\(|minus |pi\b|US\$"
)
_TELLING = re.compile(r"O\(|[\dπ∞√∛½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]|\\pi|\\infty|\\sqrt|pi")
_DENIED = re.compile(r"(?:\b(?:not|nor|never|than|nicht|pas)|n't|不是|不为)\s*$", re.IGNORECASE)
# A capitalised word before a number, but at a sentence's start, makes a name of it.
_NAMED = re.compile(
    r"[a-z,)]\s+(?!(?:USD|EUR|GBP|Rs|Total|CHF|INR|JPY|About|Approximately|Answer|Exactly|Only|Sum)\b)"
    r"[A-Z][a-zA-Z]{2,}(?:\s[A-Z][a-zA-Z]+)*\s$"
)
_WINDOW = 240
_MARGIN = 60
_GLUED_BEFORE = re.compile(r"[A-Za-zÀ-ÿ_\\#№.\d]")
_LETTER_BEHIND = re.compile(r"[A-Za-z_À-ÿ\u0400-\u04ff]|\^|\\[a-z]|!\w")
_WHOLE_FORMULA = re.compile(r"(?<![\w.)\]}\\{√π])((?:[\w.)\]}\\{√π]++\s?[-+*/×^·]\s?){1,8})$")
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
_OR_AGAIN = re.compile(r"([^,]*\d[^,]{0,20}),\s+(?:or|which is|i\.e\.)\s+\S{0,2}\d.*")
_SUBORDINATE = re.compile(
    r",?\s+(?:since|because|where|when|whenever|attained|achieved|i\.e\.)\b|\s+(?:at|for)\s+\$?(?:\\\()?\s?[a-z]\s?=|,\s+(?:as|with|so that|after|before|given|leaving|if)\b"
)
_ITEM_LAST = re.compile(
    rf"(?:[^\W\d]{{1,2}}[₀-₉]?\s?=\s?)?(?<![\w.])(?:{_COMPLEX}|{_SIGN}{_MONEY}{_NUMBER}{_TAIL})$"
)
_CONNECTOR = re.compile(
    r"(\s?,?\s(?:and|or|und|oder|y|et|e|и)\s|\s?,\s?)(?:[^\W\d]{1,2}[₀-₉]?\s?=\s?)?$"
)
_LIST_BEGINS = re.compile(r"\b(?:is|are|be)\s$|:\s?$")
_ITEMS = 30
_ITEM_LENGTH = 40  # characters
_AMOUNT = re.compile(
    r"((?:\d[\d.,]*\s[a-z]{2,12},?\s(?:and\s)?){1,6})$"
)
_OF = re.compile(
    rf"(?<![\w.,])({_SIGN}{_SIMPLE})(?:\s[a-z]+){{0,2}}\s(?:in|at|of|out of|after|over|to reach|on|per|within)\s(?:the\s|[a-z]\s?=\s?)?$"
)
_NOUN_LAST = re.compile(r"(\s[a-z]{2,14})(?=\s*(?:[.!]|$))")
_LED = re.compile(
    r"\b(?:is|are|was|were|has|have|had|costs?|takes?|took|equals?|weighs?|gets?|pays?|paid|earns?|makes?"
    r"|needs?|gives?|be|left with|total(?:s|ing)?(?: of)?|beträgt|ist|es|est)\s+"
    r"(?:about |approximately |around |roughly |exactly |only |just |now |then |a total of |equal to |still )?(?=\S)"
)
_EXPRESSION = re.compile(
    r"(?:(?:sin|cos|tan|log|ln|sqrt|exp|pi)\b|[a-zA-Zα-ωπ](?![a-zA-Z])|[-+*/^().\d\s√∞×·±²³⁴{}\\]){1,60}"
)
_NUMERIC = re.compile(r"\d|\\pi|\\infty|π|∞|\\sqrt")
_JOINED = re.compile(
    r"\s?[-+*/×÷^=]\s?[\w(\\]|\s?(?:,\s?(?:and\s)?|and\s|or\s|to\s)(?:\w{1,2}\s?=\s?)?[-+$]?\d"
    r"|\s(?:hours?|minutes?|feet|foot|pounds?|weeks?|days?|years?|months?|[a-z]{3,10}s),?\s(?:and\s)?\d"
)
_COMPARES = re.compile(r"[<>≤≥]|\\[lg]eq?\b")
_COMPARED = re.compile(
    rf"((?:{_SIGN}{_NUMBER}\s?(?:[<≤]=?|\\leq?)\s?)?\b[a-zA-Z]\s?(?:[<>≤≥]=?|\\[lg]eq?)\s?{_SIGN}(?:{_SIMPLE}|{_BARE}))"
    r"[\s.。$]*$"
)
_NEXT_NAME = re.compile(r"(?:,|\band|\bor)\s+[^\W\d]{1,2}[₀-₉]?\s?$")
_BETWEEN = re.compile(r"\s*(?:,|or|and|,\s*(?:and|or)|;|和|或|und|oder|et|ou|y|o)\s*")
_SIDE = re.compile(r"[=]|\b(?:is|are|was)\b")
_LONGEST = 2_000  # characters of a line's end that are looked at


def last_quantity(line: str) -> str | None:
    r"""Return the quantity that a sentence comes to, whole, as it stands there.

    That is what follows its last equals sign, or its verb; else the last one.

    Example:
        >>> last_quantity(r"So the probability is $\frac{3}{4}$."), last_quantity("at 14:30.")
        ('\\frac{3}{4}', '14:30')
        >>> last_quantity("The train travels 60 * 2.5 = 150 miles in 2.5 hours.")
        '150'
        >>> last_quantity("It takes 3-5 days"), last_quantity("Room 4B") is None
        ('3-5', True)
    """
    line = _OR_ABOUT.sub("", line[-_LONGEST:])
    again = _OR_AGAIN.fullmatch(line)
    line = again[1] if again else line
    clause = _SUBORDINATE.search(line)
    if clause and any(map(str.isdigit, line[: clause.start()])):
        line = line[: clause.start()]
    math = _spans(line)
    plain = _DELIMITER.sub(" ", line) if "\\" in line or "$" in line else line
    if not math:
        return _in_text(plain)
    behind = _scan(line[math[-1].end() :])
    if behind is not None and not _SIDE.search(line[math[-1].end() :]):
        return _in_text(plain)
    several = _several(line, math)
    if several:
        return several
    found = _in_math(next(part for part in math[-1].groups() if part is not None))
    if found is None:
        return _in_text(plain)
    unit = re.match(rf"\s?({_UNITS}|%)", line[math[-1].end() :])
    return f"{found} {unit[1]}" if unit else found


def _spans(line: str) -> list[re.Match[str]]:
    if line.count("$") < 2 and "\\)" not in line and "\\]" not in line:  # noqa: PLR2004
        return []
    return list(_MATH.finditer(line))


def _several(line: str, math: list[re.Match[str]]) -> str | None:
    """Return formulas that are joined by "or", "and" or commas."""
    parts = [math[-1]]
    for span in reversed(math[:-1]):
        if not _BETWEEN.fullmatch(line, span.end(), parts[0].start()):
            break
        parts.insert(0, span)
    if len(parts) < 2:  # noqa: PLR2004
        return None
    texts = [next(part for part in span.groups() if part is not None).strip() for span in parts]
    if not all(map(_NUMERIC.search, texts)):
        return None
    word = " or " if " or " in line[parts[-2].end() : parts[-1].start()] else " and "
    return ", ".join(texts[:-1]) + word + texts[-1]


def _in_text(line: str) -> str | None:
    """Return the quantity behind the last equals sign or verb, else the last one."""
    if _COMPARES.search(line) and (relation := _COMPARED.search(line)):
        return relation[1]
    sign = line.rfind("=")
    for led in reversed(list(_LED.finditer(line, sign + 1))):
        if found := _first(line, led.end()):
            return found
    if sign >= 0 and not _NEXT_NAME.search(line, 0, sign) and (found := _right_side(line, sign)):
        return found
    return _scan(line)


def _right_side(line: str, sign: int) -> str | None:
    side = line[sign + 1 :].strip()
    bare = side.rstrip(" .,;!")
    if _EXPRESSION.fullmatch(bare) and _NUMERIC.search(bare):
        return bare
    return _first(side, 0)


def _first(line: str, at: int) -> str | None:
    """Return the quantity that stands at a place, with those that go with it."""
    found = _QUANTITY.match(line, at) if at < len(line) and _BEGIN.match(line, at) else None
    if found is None or not _TELLING.search(found[0]):
        return None
    if _LETTER_BEHIND.match(line, found.end()) or _JOINED.match(line, found.end()):
        return None  # a part of something larger
    return found[0].strip()


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
    if _DENIED.search(line[max(0, start - 24) : start]) or _NAMED.search(line[max(0, start - 32) : start]):
        return None
    if _GLUED_BEFORE.match(before):
        return None
    if text[0] in "-+\u2212\u2013" and text[1:2] == " " and line[:start].rstrip()[-1:].isalnum():
        bare = text[1:].lstrip()
        text, start = bare, start + len(text) - len(bare)
    elif text[0] in "-+\u2212\u2013" and before.strip() and before not in "(=≈:$[{|":
        bare = text[1:].lstrip()
        text, start = bare, start + len(text) - len(bare)
        if before.isalpha():
            return None  # GPT-4
    return None if _LETTER_BEHIND.match(line, end) else (start, text)


def _with_neighbours(line: str, start: int, text: str) -> str:
    """Return a quantity with the list, the amount or the formula that it ends."""
    end = start + len(text)
    of = _OF.search(line[max(0, start - 80) : start])
    if of and any(map(str.isdigit, of[1])):
        return of[1]
    before = line[max(0, start - 200) : start]
    joined = _WHOLE_FORMULA.search(before[-80:])
    if joined and not re.search(r"[A-Za-z]{2}", joined[1].replace("\\", "")):
        return f"{joined[1]}{text}".strip()
    amount = _AMOUNT.search(before)
    if amount and (noun := _NOUN_LAST.match(line, end)):
        return f"{amount[1]}{text}{noun[1]}"
    return f"{_listed(line[:start])}{text}"


def _listed(before: str) -> str:
    """Return the beginning of the list that a line ends with; empty if it is none."""
    first, joined = len(before), False
    for place in range(_ITEMS):
        connector = _CONNECTOR.search(before, max(0, first - _ITEM_LENGTH), first)
        if connector is None:
            break
        item = _ITEM_LAST.search(before, max(0, connector.start() - _ITEM_LENGTH), connector.start())
        if item is None:
            break
        joined = joined or (not place and connector[1].strip(" ,") != "")
        first = item.start()
    # Without "and" it is a list only where it is all that is said.
    if first < len(before) and (joined or _LIST_BEGINS.search(before, 0, first)):
        return before[first:]
    return ""
