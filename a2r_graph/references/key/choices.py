"""Options by their letters, and the words yes, no, true and false."""

from __future__ import annotations

import re
from collections.abc import Hashable
from itertools import pairwise

from a2r_graph.references.key.marks import Marked

_NOUN = (
    r"option|choice|answer|alternativ[ae]?|statement|letter"
    r"|opci[oó]n|opção|réponse|respuesta|resposta|antwort|letra|lettre"
    r"|буква|вариант|ответ|选项|選択肢|الخيار|विकल्प|보기"
)
_BEFORE_REASON = "because|since|as|for|which|by|weil|porque|car"
_ALONE = re.compile(  # B, (b), [B]., and "e" and "i" in brackets only
    r"[(\[{（]{0,2} ([A-J] | (?<=[(\[])[ei] | [a-df-hj]) [)\]}）]{0,2} [.:,!]?", re.VERBOSE
)
_NAMED = re.compile(  # option B, the answer (B): Paris
    rf"""(?:(?:the|la|le|l'|die|der|el|a|o)\s*)?
    (?:{_NOUN}) \s* [(\[]?([A-Ja-j])[)\]]?
    (?: \s*(?:[(:.)-]|is\b)\s*.* | [.:]? )""",
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
_BRACKETED = re.compile(  # (B) Paris, B) Paris
    r"[(\[]([A-Ja-j])[)\]] \s*[-:.,]?\s*\S.* | ([A-Ja-j])\)\s*\S.*", re.DOTALL | re.VERBOSE
)
_COLON = re.compile(  # B: Paris, B - Paris, B (Paris)
    r"""([A-J])\s* (?: :\s*\S.*
        | \s-\s*.*[^\W\d_]{3}.*
        | \s\(.*[^\W\d_]{3}.*\) )""",
    re.DOTALL | re.VERBOSE,
)
_REASON = re.compile(  # B, which is Paris; B because of it
    rf"""[(\[]?([A-J])[)\]]? (?: ,\s(?=.*[a-z]{{3}}).* | \s+(?:{_BEFORE_REASON})\s.* )""",
    re.DOTALL | re.VERBOSE,
)
_POINT = re.compile(r"([A-J])\.\s*(\S.*)", re.DOTALL)  # B. Paris
_SEVERAL = re.compile(  # A and C, options (A), (C), A or C
    r"""(?:(?:[Bb]oth|[Oo]ptions?|[Cc]hoices?|[Aa]nswers?|[Ss]tatements?)\s+)*
    [(\[]?[A-J][)\]]?
    ((?: \s*(?:[,;&+/] | ,?\s+and\s | ,?\s+or\s)\s*
        (?:option\s+)? [(\[]?[A-J][)\]]? ){1,9})""",
    re.VERBOSE,
)
_BRACKETS = re.compile(r"[(\[][^()\[\]]*[)\]]")
_LETTER = re.compile(r"(?<![A-Za-z])[A-J](?![A-Za-z])")
_RUN = re.compile(r"[A-J]{2,10}")  # AC
_NAME_WORDS = 2  # of what may be a surname, or a species
_INITIALS = re.compile(r"[^\W\d_]\.")
_ROMAN = re.compile(  # I, II and III only: statements, not the options I or V
    r"[IVX]++ (?:[\s,&]++ (?:(?:and|or|only)[\s,&]++)? [IVX]++)* (?:\s+only)?", re.VERBOSE
)
_MATCHED = re.compile(r"[,;]\s*[(\[]?[A-J][)\]]?\s?[:.)→=-]")  # A: 1, B: 2
_NONE = re.compile(r"(?:none|all|both|neither) of (?:the|these|them)\b", re.IGNORECASE)

_WORDS = {
    **dict.fromkeys(
        ("yes", "sí", "si", "oui", "ja", "sim", "да", "是", "是的", "对"), "yes"
    ),
    **dict.fromkeys(("はい", "نعم", "हाँ", "हां", "네", "예", "yep", "yeah"), "yes"),
    **dict.fromkeys(("no", "non", "nein", "não", "нет", "否", "不", "不是", "不对"), "no"),
    **dict.fromkeys(("いいえ", "لا", "नहीं", "아니요", "아니오", "nope"), "no"),
    **dict.fromkeys(("true", "verdadero", "vrai", "wahr", "richtig", "verdadeiro"), "true"),
    **dict.fromkeys(
        ("верно", "истина", "正确", "正しい", "صحيح", "सत्य", "सही", "참"), "true"
    ),
    **dict.fromkeys(("false", "falso", "faux", "falsch", "неверно", "ложь"), "false"),
    **dict.fromkeys(("错误", "錯誤", "誤り", "خطأ", "असत्य", "गलत", "거짓"), "false"),
}
_FIRST_WORD = re.compile(  # and what stands behind it; Hindi writes vowels as marks
    r"([^\W\d_]+(?:[\u0900-\u097f]*))\s*([.,:;!-]|$|because\b|since\b|as\b)(.*)", re.DOTALL
)
_QUALIFIED = re.compile(  # right behind a word, they change what it says
    r"""(?:always|sometimes|never|usually|often|mostly|generally|occasionally|rarely
    |maybe|probably|possibly|partial\w*|partly|depending
    |with|without|when|in|at|on|under|for|by|to|not|and|or)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_CONDITION = re.compile(  # anywhere behind it, they do too
    r"\b(?:but|if|unless|except|only|however|and no|and yes)\b", re.IGNORECASE
)


def word(text: str) -> str | None:
    """Return "yes", "no", "true" or "false" if that is what a text begins with and means.

    Example:
        >>> word("Yes, because 17 is prime"), word("No. 5"), word("Nein")
        ('yes', None, 'no')
    """
    found = _FIRST_WORD.match(text)
    if found is None or (known := _WORDS.get(found[1].casefold())) is None:
        return None
    rest = found[3].strip()
    if not rest:
        return known
    if (
        _QUALIFIED.match(rest)
        or (rest[0].isdigit() and found[2] == ".")
        or _CONDITION.search(rest)
        or found[1] == "si"
    ):
        return None
    return known


def choice(text: str) -> tuple[str, str] | None:
    """Return the letter of an option, and its text where only that tells it from a name.

    Example:
        >>> choice("(B) Paris"), choice("option b"), choice("B. Paris"), choice("A car")
        (('B', ''), ('B', ''), ('B', 'Paris'), None)
    """
    if _ALONE.fullmatch(text):
        return next(c for c in text if c.isalpha()).upper(), ""
    if len(text) > 1 and (_ROMAN.fullmatch(text) or _MATCHED.search(text)):
        return None
    for form in (_NAMED, _BRACKETED, _COLON, _REASON):
        found = form.fullmatch(text)
        if found:
            return (found[1] or found[2]).upper(), ""
    found = _POINT.fullmatch(text)
    if found:
        rest = found[2].strip()
        named = len(rest.split()) <= _NAME_WORDS or _INITIALS.match(rest)
        return found[1], rest if named else ""
    return None


def choices(text: str) -> Hashable | None:
    """Return several options: all of them, or any.

    Example:
        >>> choices("A and C") == choices("AC") == choices("(C), (A)")
        True
        >>> choices("A or C") == choices("A and C"), choices("CA")
        (False, None)
    """
    if _RUN.fullmatch(text):
        # "AC" names two options, "CA" may be anything else.
        rising = all(a < b for a, b in pairwise(text))
        return ("choices", *text) if rising else None
    found = _SEVERAL.fullmatch(text)
    if found is None:
        return None
    kind = "any choice" if re.search(r"\bor\b", found[1]) else "choices"
    letters = _LETTER.findall(text)
    key = (kind, *sorted(set(letters)))
    # "(A, B)" may be a pair, which "(B, A)" isn't.
    return Marked(key, ("in order", *letters)) if _BRACKETS.fullmatch(text) else key


def of_the_above(text: str) -> bool:
    """Whether a text is "none of the above" or the like."""
    return _NONE.match(text) is not None
