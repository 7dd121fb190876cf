"""Dates and times of day in one spelling."""

from __future__ import annotations

import re
from collections.abc import Hashable

_NAMES = (
    "january jan|february feb|march mar|april apr|may|june jun|july jul|august aug"
    "|september sep sept|october oct|november nov|december dec"
).split("|")
_MONTHS = {name: month for month, names in enumerate(_NAMES, 1) for name in names.split()}
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_WEEKDAY = r"(?P<weekday>(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?"
_FORMS = tuple(
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in (
        rf"{_MONTH}\s+{_DAY}(?:,?\s+(?P<year>\d{{4}}))?",
        rf"(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}(?:,?\s+(?P<year>\d{{4}}))?",
        r"(?P<year>\d{4})[-/.](?P<number>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<year>\d{4})年(?P<number>\d{1,2})月(?P<day>\d{1,2})日",
        rf"{_MONTH},?\s+(?P<year>\d{{4}})",
        r"(?P<number>\d{1,2})/(?P<day>1[3-9]|2\d|3[01])/(?P<year>\d{4})",
        r"(?P<day>1[3-9]|2\d|3[01])[/.](?P<number>\d{1,2})[/.](?P<year>\d{4})",
    )
)
_TIME = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?(?::(\d{2}))?\s?([ap])\.?\s?m\.?", re.IGNORECASE
)
_COLON = re.compile(r"(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)(?:\s*:\s*(\d+(?:\.\d+)?))?")
_NOON = 12
_SLASHES = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})")
_LONGEST = 40  # characters
_SOME = re.compile(r"\d{4}|\d{1,2}[/. ]|[A-Za-z]{3}.*\d")


def date(text: str) -> Hashable | None:
    """Return the year, month and day of a date; None if it is none.

    Example:
        >>> date("March 15, 2024") == date("15 March 2024") == date("2024-03-15")
        True
        >>> date("03/04/2024")
        ('numbers of a date', 3, 4, 2024)
    """
    if len(text) > _LONGEST or not _SOME.search(text):
        return None
    for form in _FORMS:
        found = form.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        month = _MONTHS.get((parts.get("month") or "").casefold()) or int(
            parts.get("number") or 0
        )
        day, year = int(parts.get("day") or 1), parts.get("year")
        if parts["weekday"] and not year:
            return None  # the weekday tells
        if month in range(1, 13) and day in range(1, 32):
            known = int(year) if year else None
            return ("date", known, month, day if parts.get("day") else None)
    slashes = _SLASHES.fullmatch(text)
    return ("numbers of a date", *map(int, slashes.groups())) if slashes else None


def time(text: str) -> Hashable | None:
    """Return a time of day, or a ratio: both are numbers around a colon.

    Example:
        >>> time("2:30 PM") == time("14:30"), time("3 : 4") == time("3:4")
        (True, True)
    """
    found = _TIME.fullmatch(text)
    if found:
        hour, minute, second = int(found[1]), int(found[2] or 0), found[3]
        hour = hour % _NOON + (_NOON if found[4] in "pP" else 0)
        parts = [hour, minute, *([int(second)] if second else [])]
        return ("colon", *map(str, parts))
    found = _COLON.fullmatch(text)
    if found:
        return ("colon", *(part.lstrip("0") or "0" for part in found.groups() if part))
    return None
