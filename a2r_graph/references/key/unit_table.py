"""The units that are known: their symbols, words and spellings."""

from __future__ import annotations

from typing import TypeAlias

Unit: TypeAlias = tuple[tuple[str, int], ...]
"""Symbols with their powers, in order."""

WORDS = {
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
SYMBOLS = {symbol: symbol for symbol in WORDS} | {
    word: symbol for symbol, words in WORDS.items() for word in words.split()
}
_SYMBOL = 2  # letters of what may be one: in a symbol, case tells
# Of words alone.
FOLDED = {
    word: symbol
    for symbol, words in WORDS.items()
    for word in words.split()
    if len(word) > _SYMBOL and word.islower()
}
ELSEWHERE = {
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
DERIVED: dict[str, Unit] = {
    "km/h": (("h", -1), ("km", 1)),
    "CN¥": (("CN¥", 1),),
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
SQUARE = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
RAISED = {"squared": 2, "cubed": 3}
# What may follow a number without being what is counted.
NO_UNIT = frozenset(
    "of or and more less than from to by out in on at as if is are was plus minus times "
    "over under per cent percent not only but with without for the a an mod modulo base "
    "degrees-of dozen pairs pair hundred thousand million billion half because since so "
    "which that who when where then et und oder o y ou e или и am pm a.m. p.m. x and/or "
    "remaining left".split()
)
