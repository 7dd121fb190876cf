r"""The patterns of whole quantities: numbers with their units, dates, pairs, bounds.

Every pattern is bounded, so that a long line takes linear time.
"""

from __future__ import annotations

import re

from a2r_graph.references.answer.words import any_of

# Dates and times.
_MONTH = (
    any_of(
        *("Jan(?:uary)?", "Feb(?:ruary)?", "Mar(?:ch)?", "Apr(?:il)?", "May", "June?"),
        *("July?", "Aug(?:ust)?", "Sept?(?:ember)?", "Oct(?:ober)?", "Nov(?:ember)?"),
        "Dec(?:ember)?",
    )
    + r"\.?"
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2})?"
_DATE = any_of(
    r"\d{4}-\d{1,2}-\d{1,2}(?:[T ]" + _CLOCK + r")?(?![-\d])",
    rf"{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?(?!\d)",
    rf"\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}(?:,? \d{{4}})?(?!\w)",
    rf"{_MONTH} \d{{4}}(?!\d)",
    *(r"\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?", r"\d{1,2}月\d{1,2}日"),
    r"\d{1,2}/\d{1,2}/\d{4}",
)
_AM_PM = r"\s?[AaPp]\.?[Mm]\b"
_TIME = rf"{_CLOCK}(?:{_AM_PM}\.?)?|\d{{1,2}}(?:\.\d{{2}})?{_AM_PM}"

# Numbers: grouped as in English, India, German, with blanks; decimal.
NUMBER = any_of(
    r"\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)",
    r"\d{1,2}(?:,\d{2})+,\d{3}(?!\d)",
    r"\d{1,3}(?:\.\d{3})+,\d+",
    r"\d{1,3}(?:\.\d{3}){2,}(?![\d.])",
    r"\d{1,3}(?:['\u2019 \u00a0\u202f]\d{3})+(?:[.,]\d+)?(?!\d)",
    r"\d+(?:[.,]\d+)?",
    r"\.\d+",
)
SIGN = r"(?:[-+\u2212\u2013±]\s?|\\pm\s?|minus )?"
MONEY = r"(?:(?:US\$|\\?\$|[€£¥₹₩])\s?)?"
_VULGAR = "[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]"
_BRACES = r"\{(?:[^{}]|\{[^{}]{0,200}\}){0,200}\}"
_ROOT = rf"(?:\\sqrt\s?(?:\[\w+\])?\s?(?:{_BRACES}|\w)|[√∛]\s?(?:\(?\w{{1,20}}\)?))"
_CONSTANT = r"(?:π|\\pi(?![a-z])|∞|\\infty|pi\b)"
_FRACTION = rf"\\[dtc]?frac\s?(?:{_BRACES}|\d)\s?(?:{_BRACES}|\d)"
_RAISED = r"(?:\s?\^\s?(?:\{[^{}]{1,12}\}|\(?-?\w{1,6}\)?)|[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{1,6})"
_SCIENTIFIC = rf"\s?(?:×|x|\*|\\times|\\cdot|·)\s?10{_RAISED}"

# Units by symbol, alone or as "kg·m/s^2", and in words.
_SYMBOL = any_of(
    *("km/h", "kmh", r"m/s(?:\^?2|²)?", "mph", "kg", "mg", "µg", "km", "cm", "mm", "nm"),
    *("µm", "m", "g", "mL", "ml", "L", "kJ", "MJ", "J", "kWh", "kW", "MW", "mW", "W"),
    *("kV", "mV", "V", "mA", "N", "kN", "Hz", "kHz", "MHz", "GHz", "TB", "GB", "MB", "kB"),
    *("KB", "eV", "mol", "kPa", "MPa", "Pa", "ft", "lb", "lbs", "oz", "min", "ms", "s"),
    "h",
)
_FACTOR = r"[·⋅*/](?:kg|mol|s|m|C|K|L|h|hr?|hour)(?:\^?-?[23]|[²³])?"
UNIT = rf"(?:{_SYMBOL}(?:\^?[23](?!\d)|[²³])?(?:{_FACTOR})*(?![\w/·]))"
_UNIT_WORD = (
    r"(?:square |cubic )?(?:kilo|centi|milli|micro|nano|mega|giga)?"
    + any_of(
        *("met(?:er|re)s?", "grams?", "lit(?:er|re)s?", "seconds?", "minutes?", "hours?"),
        *("days?", "weeks?", "months?", "years?", "inch(?:es)?", "feet", "foot", "yards?"),
        *("miles?", "pounds?", "ounces?", "tons?", "gallons?", "watts?", "joules?"),
        *("newtons?", "volts?", "amperes?", "amps?", "ohms?", "pascals?", "hertz"),
        *("kelvin", "moles?", "bytes?", "dollars?", "cents?", "euros?", "yen", "rupees?"),
        *("yuan", "percent", "per cent", "dozen", "radians?"),
        "degrees (?:Celsius|Fahrenheit)",
    )
    + r"(?: squared| cubed)?(?: per (?:square )?[a-z]+)?(?![\w-])"
)
_THOUSANDS = any_of(
    r"\s?-?(?:hundred|thousand|million|billion|trillion)(?!\w)",
    *(r"\s?[万亿億만억](?!\w)", r"[kK](?!\w)", r"\s?(?:bn|mn)(?!\w)"),
)
_DEGREES = (
    r"\s?(?:\^\s?\{?\\circ\}?|\\degree|°|º)\s?(?:\\text\{\s?[CF]\s?\}|[CFK](?!\w))?|\s?℃"
)
TAIL = (
    rf"{_THOUSANDS}?"
    + any_of(
        *(r"\s?\\?%", _DEGREES, rf"\s{_UNIT_WORD}", r"\s(?:BCE?|AD|CE)(?!\w)"),
        *(r"\s?[€£¥₹₩円元](?!\d)", rf"\s?{UNIT}"),
        r"(?<=\d)(?:kph|sqm|min|hrs?|sec|yr|d)(?!\w)",
    )
    + "?"
)

# A number with what multiplies, divides or raises it; the same without a number.
_WITH_NUMBER = any_of(
    *(_SCIENTIFIC, r"[eE][-+]?\d{1,4}(?!\w)", rf"\s?{_VULGAR}"),
    r"\s\d{1,6}\s?/\s?\d{1,6}(?!\d)",  # 1 1/2
    *(rf"\s?/\s?{NUMBER}", rf"\s?{_FRACTION}", rf"\s?{_ROOT}(?:\s?{_CONSTANT})?"),
    *(rf"\s?{_CONSTANT}{_RAISED}?", rf"{_RAISED}(?:\s?{_CONSTANT})?"),
    r"!(?=[\s.,;)$]|$)",
)
_SIMPLE = rf"{MONEY}{NUMBER}{_WITH_NUMBER}?(?:\s?/\s?\d+(?!\d))?{TAIL}"
_BARE = (
    any_of(
        rf"{_FRACTION}(?:\s?(?:{_ROOT}|{_CONSTANT}))?",
        rf"{_ROOT}(?:\s?/\s?\d+)?",
        rf"{_CONSTANT}{_RAISED}?(?:\s?/\s?\d+)?",
        _VULGAR,
    )
    + TAIL
)
SIMPLE = rf"{SIGN}{_SIMPLE}"
BARE = rf"{SIGN}{_BARE}"
_PLACE = rf"\s?{SIGN}(?:{NUMBER}(?:/\d+)?|{_FRACTION}|[a-z∞]|\\infty|{_ROOT})\s?"
_TUPLE = rf"(?:\\left)?[(\[]{_PLACE}(?:,{_PLACE}){{1,11}}(?:\\right)?[)\]]"
COMPLEX = rf"{SIGN}{NUMBER}\s?[-+\u2212]\s?{NUMBER}?\s?i(?!\w)"
_ORDER = r"O\([^()\n]{0,40}(?:\([^()\n]{0,40}\)[^()\n]{0,40})?\)"  # O(n log n)

# The order tells: what is longer stands before what it begins with.
QUANTITY = re.compile(
    any_of(
        *(_DATE, _TIME, r"\d+ (?:in|out of) \d+(?=[\s.]*$)"),
        *(r"\d+(?:-\d+){2,}", r"\(\d{3}\)\s?\d{3}-\d{4}"),  # an ISBN, a telephone number
        *(_ORDER, r"0[xXbB][0-9a-fA-F]+", r"\d+(?:\.\d+){2,}(?!\w)", COMPLEX, _TUPLE),
        rf"{SIGN}{NUMBER}\s?[-\u2013\u2014]\s?{NUMBER}(?![\w-]){TAIL}",  # 3-5 days
        *(r"\d+(?:\s?:\s?\d+){1,3}(?![\w:])", r"\d+ to \d+(?![\w.,]*\d)", SIMPLE, BARE),
    )
)
# Where one may begin.
BEGIN = re.compile(
    r"[-+±\u2212\u2013$€£¥₹₩√∛π∞½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒(\[\\.\d]"
    r"|[JFMASOND][a-z]{2}|O\(|minus |pi\b|US\$"
)
# What makes a quantity of one: a sign alone, say, is none.
TELLING = re.compile(r"O\(|[\dπ∞√∛½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒]|\\pi|\\infty|\\sqrt|pi")
NUMERIC = re.compile(r"\d|\\pi|\\infty|π|∞|\\sqrt")
# What goes on behind a quantity that is part of a word or a formula.
LETTER_BEHIND = re.compile(r"[A-Za-z_À-ÿ\u0400-\u04ff]|\^|\\[a-z]|!\w")
