"""Units in one spelling: "meters per second", "m/s" and "m s^-1" are one.

Nothing is converted: 1 km isn't 1000 m here, since the vote can't know which was asked.
Case counts in symbols (mW isn't MW), not in words.
"""

from __future__ import annotations

import re
from functools import lru_cache

Unit = tuple[tuple[str, int], ...]
"""Symbols with their powers, in order."""

_WORDS = {
    "m": "meter metre",
    "km": "kilometer kilometre",
    "cm": "centimeter centimetre",
    "mm": "millimeter millimetre",
    "µm": "micrometer micrometre micron um",
    "nm": "nanometer nanometre",
    "in": "inch inche",
    "ft": "foot feet",
    "yd": "yard",
    "mi": "mile",
    "ly": "light-year lightyear",
    "g": "gram gramme gm",
    "kg": "kilogram kilogramme kilo",
    "mg": "milligram milligramme",
    "µg": "microgram ug mcg",
    "t": "tonne",
    "ton": "ton",
    "lb": "pound lbs",
    "oz": "ounce",
    "s": "second sec",
    "ms": "millisecond msec",
    "µs": "microsecond us",
    "ns": "nanosecond",
    "min": "minute mins",
    "h": "hour hr hrs",
    "day": "day d",
    "week": "week wk wks",
    "month": "month",
    "year": "year yr yrs",
    "L": "liter litre l",
    "mL": "milliliter millilitre ml",
    "cL": "cl",
    "dL": "dl",
    "gal": "gallon",
    "N": "newton",
    "kN": "kilonewton",
    "J": "joule",
    "kJ": "kilojoule",
    "MJ": "megajoule",
    "cal": "calorie",
    "kcal": "kilocalorie",
    "W": "watt",
    "mW": "milliwatt",
    "kW": "kilowatt",
    "MW": "megawatt",
    "GW": "gigawatt",
    "kWh": "kilowatt-hour kwh",
    "eV": "electronvolt",
    "Pa": "pascal",
    "kPa": "kilopascal",
    "MPa": "megapascal",
    "atm": "atmosphere",
    "bar": "bar",
    "V": "volt",
    "kV": "kilovolt",
    "mV": "millivolt",
    "A": "ampere amp",
    "mA": "milliampere milliamp",
    "C": "coulomb",
    "Ω": "ohm",
    "kΩ": "kiloohm kilohm",
    "F": "farad",
    "µF": "microfarad uF",
    "T": "tesla",
    "Hz": "hertz",
    "kHz": "kilohertz",
    "MHz": "megahertz",
    "GHz": "gigahertz",
    "K": "kelvin",
    "mol": "mole",
    "M": "molar",
    "°C": "celsius centigrade",
    "°F": "fahrenheit",
    "°": "degree deg",
    "rad": "radian",
    "bit": "bit",
    "B": "byte",
    "kB": "kilobyte KB",
    "MB": "megabyte",
    "GB": "gigabyte",
    "TB": "terabyte",
    "KiB": "kibibyte",
    "MiB": "mebibyte",
    "GiB": "gibibyte",
    "Mbit": "megabit Mb",
    "Gbit": "gigabit Gb",
    "ha": "hectare",
    "acre": "acre",
    "mph": "mph",
    "dB": "decibel",
    "ppm": "ppm",
    "rpm": "rpm",
    "pp": "percentage-point",
    "$": "dollar usd us$ buck",
    "€": "euro eur",
    "£": "pound-sterling gbp quid",
    "¥": "yen jpy",
    "CN¥": "yuan cny rmb renminbi",
    "₹": "rupee inr rs",
    "₩": "won krw",
    "₽": "ruble rouble rub",
    "CHF": "franc chf",
    "¢": "cent",
}
_SYMBOLS = {symbol: symbol for symbol in _WORDS} | {
    word: symbol for symbol, words in _WORDS.items() for word in words.split()
}
# Of words alone: in a symbol, case tells.
_FOLDED = {
    word: symbol
    for symbol, words in _WORDS.items()
    for word in words.split()
    if len(word) > 2 and word.islower()  # noqa: PLR2004
}
_ELSEWHERE = {
    **dict.fromkeys(
        ("米", "公尺", "метр", "метра", "метров", "метры", "미터", "mètre"), "m"
    ),
    **dict.fromkeys(("公里", "千米", "км", "킬로미터", "kilómetro", "quilômetro"), "km"),
    **dict.fromkeys(("厘米", "см"), "cm"),
    **dict.fromkeys(("公斤", "千克", "кг"), "kg"),
    **dict.fromkeys(("克", "г"), "g"),
    **dict.fromkeys(("小时", "小時", "時間", "stunde", "stunden", "heure", "hora"), "h"),
    **dict.fromkeys(("час", "часа", "часов", "시간"), "h"),
    **dict.fromkeys(("分钟", "分鐘", "分", "minuto", "минут", "минуты", "분"), "min"),
    **dict.fromkeys(("秒", "sekunde", "sekunden", "seconde", "segundo", "초"), "s"),
    **dict.fromkeys(
        ("天", "日", "tag", "tage", "jour", "día", "dia", "день", "дней"), "day"
    ),
    **dict.fromkeys(("дня", "일"), "day"),
    **dict.fromkeys(("年", "jahr", "jahre", "an", "année", "año", "ano", "лет"), "year"),
    **dict.fromkeys(("元", "块"), "CN¥"),
    **dict.fromkeys(("円",), "¥"),
    **dict.fromkeys(("원",), "₩"),
    **dict.fromkeys(("руб", "рублей", "рубля", "рубль"), "₽"),
    **dict.fromkeys(("度",), "°"),
}
_DERIVED: dict[str, Unit] = {
    "km/h": (("h", -1), ("km", 1)),
    "Nm": (("N", 1), ("m", 1)),
    "kph": (("h", -1), ("km", 1)),
    "kmh": (("h", -1), ("km", 1)),
    "mps": (("m", 1), ("s", -1)),
    "mph": (("h", -1), ("mi", 1)),
    "sqm": (("m", 2),),
    "sqft": (("ft", 2),),
    "cc": (("cm", 3),),
    "kmph": (("h", -1), ("km", 1)),
    "lightyear": (("ly", 1),),
    "lightyears": (("ly", 1),),
    "usdollar": (("$", 1),),
    "usdollars": (("$", 1),),
    "yearsold": (("year", 1),),
    "poundssterling": (("£", 1),),
    "degreesc": (("°C", 1),),
    "degreesf": (("°F", 1),),
    "degc": (("°C", 1),),
    "degf": (("°F", 1),),
}
_SQUARE = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_RAISED = {"squared": 2, "cubed": 3}
# What may follow a number without being what is counted.
_NO_UNIT = frozenset(
    "of or and more less than from to by out in on at as if is are was plus minus times "
    "over under per cent percent not only but with without for the a an mod modulo base "
    "degrees-of dozen pairs pair hundred thousand million billion half because since so "
    "which that who when where then et und oder o y ou e или и am pm a.m. p.m. x and/or "
    "remaining left".split()
)
_PART = re.compile(
    r"(?P<op>[*/·]|per\b)|(?P<word>[^\W\d_]+(?:-[^\W\d_]+)*\$?|°\s?[CFK]?(?![a-z])|[$€£¥₹₩₽¢]|[%‰])"
    r"(?:(?:\s?(?:\^|\*\*)\s?)?\(?(?P<power>[-+]?[1-9])\)?(?!\d))?|(?P<dot>\.)|(?P<space>\s+)|(?P<bracket>[()])"
)
_MOST = 60  # characters
_NOUNS = 3  # words of what is counted: "red apples"
_GREEK = re.compile("[α-ωΑ-Ω]")
_RUPEES = re.compile(r"(?:Rs|Re|rs)\.?\s*(?=\d)")
_INNER = re.compile(r"[a-z][A-Z]|[A-Z]{2}")
_CURRENCIES = "$€£¥₹₩₽¢"


@lru_cache(4096)
def unit(text: str) -> Unit | None:
    """Return the unit that a text is, all of it, in one spelling; None if it is none.

    Up to three plain words that are no unit are what is counted.

    Example:
        >>> unit("meters per second") == unit("m/s") == unit("m s^-1")
        True
        >>> unit("mW") == unit("MW"), unit("apples") == unit("apple"), unit("of them")
        (False, True, None)
    """
    text = text.replace("(s)", "s").strip()
    if not text or len(text) > _MOST:
        return None
    bare = text.replace("(", "").replace(")", "").strip()
    joined = bare.replace(" ", "")
    return (
        _DERIVED.get(joined)
        or _DERIVED.get(joined.casefold())
        or _symbols(text)
        or _nouns(bare)
    )


def _symbols(text: str) -> Unit | None:
    powers: dict[str, int] = {}
    at, sign, group, times, last = 0, 1, 1, 1, ""
    while at < len(text):
        found = _PART.match(text, at)
        if found is None:
            return None
        at = found.end()
        if found["space"] or found["dot"]:
            continue
        if found["op"]:
            sign = -group if found["op"] in ("/", "per") else group
            continue
        if found["bracket"]:
            group = sign = sign if found["bracket"] == "(" else 1
            continue
        word = found["word"].replace(" ", "")
        folded = word.casefold()
        if folded in _SQUARE:
            times = _SQUARE[folded]
            continue
        if folded in _RAISED and last:
            powers[last] *= _RAISED[folded]
            continue
        symbol = _symbol(word)
        if symbol is None:
            return None
        if symbol in ("°C", "°F", "K") and last == "°":  # degrees Celsius
            del powers["°"]
        power = int(found["power"] or 1)
        powers[symbol] = powers.get(symbol, 0) + sign * times * power
        last, times = symbol, 1
    return tuple(sorted(powers.items())) if powers else None


def _symbol(word: str) -> str | None:
    if word in _SYMBOLS:
        return _SYMBOLS[word]
    folded = word.casefold()
    for form in (folded, folded.removesuffix("s"), folded.removesuffix("es")):
        if form in _FOLDED:
            return _FOLDED[form]
        if form in _ELSEWHERE:
            return _ELSEWHERE[form]
    if word.startswith("°") and word[1:2] in "CFK":
        return word[1:] if word[1:] == "K" else word
    return None


def _nouns(text: str) -> Unit | None:
    words = text.casefold().split()
    if len(words) > _NOUNS or any(word in _NO_UNIT for word in words):
        return None
    if not all(map(_is_noun, words)):
        return None
    # In a symbol that isn't known, case tells: meV and MeV.
    given = text.split()
    kept = [g if _INNER.search(g) else w for g, w in zip(given, words, strict=True)]
    return tuple((_singular(word), 1) for word in kept)


def _is_noun(word: str) -> bool:
    letters = word.replace("-", "")
    if letters.isascii():
        return letters.isalpha() and len(letters) > 2  # noqa: PLR2004  "2 pi", "3 x"
    return letters.isalpha() and not _GREEK.search(letters)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word[-1] == "s" and word[-2] not in "su" else word  # noqa: PLR2004


def currency(text: str) -> tuple[str, str] | None:
    """Return a currency's symbol and the rest of a text that begins or ends with one.

    Example:
        >>> currency("$12.50"), currency("USD 5"), currency("12")
        (('$', '12.50'), ('$', '5'), None)
    """
    for sign in ("US$", "CN¥"):
        if text.startswith(sign):
            return sign.removeprefix("US"), text[len(sign) :].lstrip()
    if text[0] in _CURRENCIES:
        return text[0], text[1:].lstrip()
    if rupees := _RUPEES.match(text):
        return "₹", text[rupees.end() :]
    code, _, rest = text.partition(" ")
    if len(code) == 3 and code.isupper() and rest[:1].isdigit():  # noqa: PLR2004  USD 5
        symbol = _FOLDED.get(code.casefold())
        return (symbol, rest) if symbol else None
    return None
