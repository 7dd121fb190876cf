"""Where a text states its final answer: the last statement counts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from a2r_graph.references.answer import languages
from a2r_graph.references.answer.quantities import last_quantity
from a2r_graph.references.answer.spelling import plain_number, spelling
from a2r_graph.references.answer.value import behind, in_sentence, judged, later, stated, template
from a2r_graph.references.key.choices import choice, choices, word


class Statement(NamedTuple):
    """A final answer, and where its statement stands in the text."""

    answer: str
    start: int
    end: int
    closed: bool
    """Whether more text than the answer's own line or box follows, or it can't grow."""


_BOX = r"\\{1,2}f?box(?:ed)?\s*(?=[{\w-])"
_ANCHOR = re.compile(
    rf"(?P<box>\\{{1,2}}(?:boxed|fbox)(?![A-Za-z]))|(?P<hash>^####(?!#))|(?P<tag><(?:final_)?answer>)"
    rf"|(?P<key>[\"'](?:final_?|correct_?)?(?:[Aa]nswer|choice|solution|result)[\"']\s*:)"
    rf"|(?<![A-Za-z_\"'])(?P<noun>{languages.NOUNS})"
    r"|(?P<right>\bis\s+(?:also\s+|therefore\s+)?(?:the\s+)?(?:correct|right|best)\b)"
    r"|(?P<pick>\b(?:[Cc]hoose|[Pp]ick|[Ss]elect|go with|going with|opt for)\b|[故应]?选[择项]?)",
    re.MULTILINE,
)
# Each anchor holds one of these words.
_ASCII = (
    *("boxed", "fbox", "####", "nswer", "NSWER", "ns:", "ns.", "NS:", "ns =", "olution", "esult", "ESULT"),
    *("onclusion", "ption", "hoice", "erdict", "correct", "right", "best", "hoose", "pick"),
    *("Pick", "elect", "go with", "going with", "opt for", "espuesta", "esposta", "ntwort"),
    *("rgebnis",),
)
_OTHERS = (
    *("答", "选", "正解", "結論", "ösung", "éponse", "ésultat", "твет", "ОТВЕТ", "того"),
    *("جابة", "الجواب", "النتيجة", "उत्तर", "जवाब", "परिणाम", "답"),
)
_BEFORE = 24  # characters around such a word that its anchor may have
_TRIED = 256
_TAIL = 480  # characters

_WRONG = re.compile(
    r"\b(?:wrong|incorrect|false|bad|common|initial|previous|earlier|intermediate|tentative|"
    r"student'?s?|their|his|her|your first|first|another|an?|any|no|other|each|possible|long|full|detailed|"
    r"alternative|trial|nonsensical|multiple)\W{1,5}$",
    re.IGNORECASE,
)
_BEFORE_VERB = re.compile(
    r"(?:\b(?:the|my|our|final|correct|right|actual|true|overall|numerical|desired|required|"
    r"calculated|computed|resulting|best|only|la|el|die|das|der|le|o|a|as|l'|этот|правильный|наш|"
    r"finale?|correcta|richtige|bonne|certa|सही|अंतिम|最终|所以|因此|正确|故|最終|정답은|최종)\W{0,5}$"
    r"|(?:^|[.:!\n*(])\W{0,6}$)",
    re.IGNORECASE,
)
_BEFORE_HEAD = re.compile(
    r"^[#>*_ \t]*(?:\d{1,2}[.)]\s*)?(?:the |my |our )?(?:final |correct )?"
    r"(?:die |la |le |el |a |o )?(?:finale |最终|最終|(?:правильный|верный|итоговый) )?[*_]*$",
    re.IGNORECASE,
)
_TABLE = re.compile(r"[\s*_]*\|\s*([^|\n]+?)\s*\|")
_BARE = re.compile(r"[ \t*_]{1,4}(\(?[A-J]\)?[.]?|[-+$]?\d[\d.,]*%?)[*_]*[ \t]*(?=\n|$)")
_OPTION_BEFORE = re.compile(
    r"(?:^|[\s*_(\"'>])(?:(?:option|choice|answer|statement)\s+)?[(\[*_\"']*([A-J])[)\]*_.\"']*"
    r"(?:\s*\([^()\n]{1,60}\)|[:)]\s?[^.\n]{1,60}?)?\s*,?$",
    re.IGNORECASE,
)
_OPTION_BEHIND = re.compile(
    r"[\s:\uff1a]*(?:option|choice|answer|letter)?\s*[(*_\"\uff08]*([A-J])[)*_\"\uff09]*(?![A-Za-z'])",
    re.IGNORECASE,
)
_CLOSING_TAG = re.compile(r"</(?:final_)?answer>|\Z")
_BETWEEN_BOXES = re.compile(
    r"[\s$\\()\[\].]*(?:[,;]|and|or|,\s*and|,\s*or|或|和|und|y|et|o|oder)?[\s$\\()\[\].]*(?:x\s*=\s*)?"
)
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}),(\d{3})(?![\d,.]\d)")
_POINT_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:\.\d{3})+(?![\d.])(?:,\d+)?")
_LETTER_LAST = re.compile(r"\s*[(*_]*([A-J])[)*_]*\s*(?:[.!]|$)", re.MULTILINE)
_LED_TO = re.compile(
    r"\b(?:is|be|to|with|matches|gives|means|for|hence|so|thus|therefore|at)[,:]?\s+(?:the\s+)?$"
)
_VERB_LAST = re.compile(r"\s+(\S.{0,80}?)\s*(?:है|हैं|होगा|입니다|です)(?=[\s।.。]|$)")
_SINGLE_QUOTED = re.compile(r"'([^'\n]{1,400})'")
_SUPPOSED = re.compile(
    r"\b(?:suppose|supposing|assum\w+|if|whether|students?(?:'s)?|people|they|one might|might think|tempting"
    r"|initially|at first|guess(?:ed)?|unless|do you know|not sure)\b[^.!?\n]*$",
    re.IGNORECASE,
)
_WOULD = re.compile(r"\b(?:would|could|might|may)\b", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:option|choice|statement|answer)\s+(\d{1,2})$", re.IGNORECASE)
_NOUN_BEFORE = re.compile(r"(?:^|[.!?]\s+|[a-z,]\s+)[A-Z][a-z]{2,}\s+[(\[]?[A-J]\W*$")
_SIGN_BEFORE = re.compile(r"(?:[-\u2212]|\\pm)\s*$")
_AFTER_BOX = re.compile(
    r"\$?(\s?\\?%|\s?\^?\{?\\circ\}?(?:\s?\\text\{\s?[CF]\}|\s?[CF]\b)?|\s?°[CF]?"
    r"|\s?\\sqrt\{[^{}]{1,20}\}|\s?\\pi\b|\s?/\s?\d+|\s?\^\{?\w{1,4}\}?|\s?\\text\{[^{}]{1,30}\})"
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_STARTS = {"So", "Thus", "Hence", "Therefore", "Then", "Only", "That", "Statement", "Answer", "Letter"}
_MISTAKE = re.compile(
    r"\b(?:wrong|mistake|error|incorrect|forgot|should (?:be|have)|actually|instead|oops|sorry|miss(?:ed|ing)"
    r"|no[,:]|not right|isn't|scratch that|correction|on second thought)\b",
    re.IGNORECASE,
)
_CORRECTED = re.compile(
    r"(?:^|[.!?\n\u2026][ \t]{0,8}|\s[-\u2014]\s)(?:\*\*)?(?:wait|actually|correction|hold on|hmm|scratch that|no[,:]|oops"
    r"|sorry|let me (?:re)?-?(?:check|calculate|compute|consider)|on second thought|i made a)",
    re.IGNORECASE,
)


def statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a final answer, the last first."""
    for found in _anchors(text):
        made = _READERS[found.lastgroup or ""](text, found)
        if made is not None:
            yield made


def _anchors(text: str) -> Iterator[re.Match[str]]:
    """Yield where a statement may begin, the last first.

    The end of the text is looked at first, since most answers stand there, and what makes
    it quick is `str.rfind`: most texts hold few of the words.
    """
    words = _ASCII if text.isascii() else (*_ASCII, *_OTHERS)
    tail = max(0, len(text) - _TAIL)
    low, tried = len(text) + 1, 0
    for start, end in ((tail, len(text)), (0, tail + _BEFORE)):
        places = {word: at for word in words if (at := text.rfind(word, start, end)) >= 0}
        while places and tried < _TRIED:
            tried += 1
            word = max(places, key=places.__getitem__)
            at = places[word]
            places[word] = text.rfind(word, start, at + len(word) - 1)
            if places[word] < 0:
                del places[word]
            for found in _ANCHOR.finditer(text, max(0, at - _BEFORE), at + len(word) + _BEFORE):
                if found.start() <= at < found.end() and found.start() < low:
                    low = found.start()
                    yield found
        if not tail:
            return


def in_code(text: str, at: int) -> bool:
    """Whether a place in a text lies in a fence or between backticks."""
    if "`" not in text:
        return False
    if text.count("```", 0, at) % 2:
        return True
    start = text.rfind("\n", 0, at) + 1
    return text.count("`", start, at) % 2 == 1


def _box(text: str, found: re.Match[str]) -> Statement | None:
    if in_code(text, found.start()):
        return None
    inside, end = _braced(text, found.end())
    if inside is None or template(inside):
        return None
    answer = stated_box(inside)
    if answer is None:
        return None
    start, parts = found.start(), [answer]
    # Several boxes in one sentence are one answer.
    while earlier := _box_before(text, start):
        start, more = earlier
        parts.insert(0, more)
    if len(parts) > 1 and len(set(parts)) > 1:
        answer = ", ".join(parts)
    else:  # -\boxed{12}, \boxed{12}\%
        behind_it = _AFTER_BOX.match(text, end)
        if behind_it and any(map(str.isdigit, answer)):
            answer = f"{answer}{behind_it[1]}".replace("\\%", "%")
        if _SIGN_BEFORE.search(text[max(0, start - 6) : start]) and answer[0] not in "-\\":
            answer = f"-{answer}"
    return Statement(answer, start, end, closed=True)


def stated_box(inside: str) -> str | None:
    """Return the answer that a box holds."""
    inside = inside.strip()
    if inside.count("$") == 1:
        inside = inside.replace("$", "", 1) if "\\$" not in inside else inside
    return stated(inside) if "=" in inside else spelling(inside)


def _braced(text: str, at: int) -> tuple[str | None, int]:
    """Return what stands between braces from `at` on, and where they end."""
    while at < len(text) and text[at] in " \t":
        at += 1
    if at >= len(text):
        return None, at
    if text[at] != "{":
        bare = re.compile(r"[-\w.,]{1,40}").match(text, at)
        return (bare[0].rstrip(".,"), bare.end()) if bare else (None, at)
    depth = 0
    for brace in _BRACE.finditer(text, at):
        depth += (brace[0] == "{") - (brace[0] == "}")
        if depth == 0:
            return text[at + 1 : brace.start()], brace.end()
    return None, len(text)


def _box_before(text: str, start: int) -> tuple[int, str] | None:
    """Return the box that ends close before `start`, with nothing but "and" between."""
    low = max(0, start - 300)
    at = text.rfind("\\boxed", low, start)
    if at < 0 or in_code(text, at):
        return None
    inside, end = _braced(text, at + len("\\boxed"))
    if inside is None or end > start or not _BETWEEN_BOXES.fullmatch(text, end, start):
        return None
    if "\n\n" in text[end:start]:
        return None
    answer = stated_box(inside)
    return (at, answer) if answer else None


def _hash(text: str, found: re.Match[str]) -> Statement | None:
    if in_code(text, found.start()):
        return None
    line = text[found.end() :].split("\n", 1)[0]
    value, end = line.strip(), found.end() + len(line)
    answer = stated(value) if value else None
    if answer is None:
        return None
    last = not text[end:].strip()
    if _is_value(answer) or (last and len(answer.split()) <= 6 and "nswer" not in value):  # noqa: PLR2004
        return Statement(answer, found.start(), end, closed=end < len(text))
    return None


def _tag(text: str, found: re.Match[str]) -> Statement | None:
    if in_code(text, found.start()):
        return None
    close = _CLOSING_TAG.search(text, found.end())
    inside = text[found.end() : close.start()] if close else ""
    if not inside.strip() or len(inside) > 4000 or template(inside):  # noqa: PLR2004
        return None
    inner = next(statements(inside), None)
    answer = inner.answer if inner else spelling(inside.strip())
    if answer is None:
        return None
    end = close.end() if close else len(text)
    return Statement(answer, found.start(), end, closed=bool(close and close[0]))


def _json(text: str, found: re.Match[str]) -> Statement | None:
    at = found.end()
    while at < len(text) and text[at].isspace():
        at += 1
    if text[at : at + 1] == "'":
        quoted = _SINGLE_QUOTED.match(text, at)
        answer = spelling(quoted[1]) if quoted and not template(quoted[1]) else None
        return Statement(answer, found.start(), quoted.end(), closed=True) if answer and quoted else None
    try:
        value, end = json.JSONDecoder(strict=False).raw_decode(text[at : at + 4000])
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False)
        return Statement(value, found.start(), at + end, closed=at + end < len(text))
    if isinstance(value, (list, tuple)) and all(isinstance(v, (str, int, float)) for v in value):
        value = ", ".join(str(v) for v in value)
    elif isinstance(value, bool):
        value = str(value).lower()
    elif isinstance(value, (int, float)):
        value = text[at : at + end]
    if not isinstance(value, str) or template(value):
        return None
    inner = next(statements(value), None)
    answer = inner.answer if inner else spelling(value)
    if answer is None:
        return None
    return Statement(answer, found.start(), at + end, closed=at + end < len(text))


def _right(text: str, found: re.Match[str]) -> Statement | None:
    """Read "option B is correct"."""
    if in_code(text, found.start()):
        return None
    line = text[max(0, found.start() - 90) : found.start()].rsplit("\n", 1)[-1]
    numbered = _NUMBERED.search(line.rstrip())
    if numbered and not _supposed(text, found.start()):
        return Statement(numbered[1], found.start(), found.end(), closed=True)
    before = _OPTION_BEFORE.search(line)
    if before is None or not before[1].isupper() or _supposed(text, found.start()):
        return None
    noun = _NOUN_BEFORE.search(line)
    if noun and not languages.OPTION.match(noun[0].split()[-2]) and noun[0].split()[-2] not in _STARTS:
        return None  # "Vitamin C is the correct one"
    return Statement(before[1], found.start(), found.end(), closed=True)


def _pick(text: str, found: re.Match[str]) -> Statement | None:
    """Read "I choose option B"."""
    behind_it = _OPTION_BEHIND.match(text, found.end())
    if behind_it is None or not behind_it[1].isupper() or in_code(text, found.start()):
        return None
    if _supposed(text, found.start()):
        return None
    if re.match(r"\s+(?!option|choice|answer|letter)A\s+[a-z]", text[found.end() :]):
        return None  # "choose A number"
    return Statement(behind_it[1], found.start(), behind_it.end(), closed=True)


def _noun(text: str, found: re.Match[str]) -> Statement | None:
    start, end = found.span()
    noun = found["noun"]
    if text[end : end + 1].isalpha() and noun.isascii():
        return None
    line_start = text.rfind("\n", 0, start) + 1
    before = text[max(line_start, start - 40) : start]
    if before[-1:].isalnum() and noun.isascii():
        return None
    if in_code(text, start) or (languages.ENGLISH.fullmatch(noun) and _WRONG.search(before)):
        return None
    if noun.casefold() in ("options", "choices") and not _firm(before):
        return None  # they are read out
    if _supposed(text, start) and not (text[end : end + 1] in ":\uff1a" and not before.strip("#*_ ")):
        return None
    comma = languages.COMMA.fullmatch(noun) is not None
    for read in (_table, _separated, _verb, _headed, _alone, _option, _verb_last):
        made = read(text, start, end, before, comma)
        if made is not None:
            answer, stop = made
            if languages.WEAK.fullmatch(noun) and not _firm(before) and not _is_value(answer):
                return None
            return Statement(answer, start, stop, closed=bool(text[stop:].strip()))
    return None


def _supposed(text: str, at: int) -> bool:
    """Whether a place stands in a sentence that only supposes, or quotes somebody."""
    return _SUPPOSED.search(text[max(0, at - 100) : at]) is not None


def _firm(before: str) -> bool:
    return bool(re.search(r"(?i:correct|right|best|final|正确|richtige|correcta)\W{1,3}$", before))


def _table(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    if "|" not in before:
        return None
    cell = _TABLE.match(text, end)
    answer = stated(cell[1]) if cell and set(cell[1]) - set("-: ") else None
    return (answer, cell.end()) if cell and answer else None


def _separated(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    found = languages.SEPARATOR.match(text, end)
    if found is None:
        return None
    if "-" in found[0].strip() or "\u2013" in found[0] or "\u2014" in found[0]:
        # "answer - which": a label only at the beginning of its line
        if not _BEFORE_HEAD.match(before):
            return None
    return _behind(text, found.end(), comma)


def _verb(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    found = languages.VERB.match(text, end)
    if found is None or not (_BEFORE_VERB.search(before) or not text[start:end].isascii()):
        return None
    line = text[found.end() : found.end() + 200].split("\n", 1)[0]
    if judged(line) or re.search(r"n't\W*$", found[0]):
        return None
    if _WOULD.search(found[0]) and re.match(r"[^.\n]*\bif\b", text[found.end() :]):
        return None
    if not line.strip(" *_:") and not text[found.end() :].strip():
        return None
    return _behind(text, found.end(), comma)


def _headed(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    found = languages.HEAD.match(text, end)
    if found is None or not _BEFORE_HEAD.match(before):
        return None
    return _behind(text, found.end(), comma)


def _alone(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    found = _BARE.match(text, end)
    if found is None or not _BEFORE_HEAD.match(before):
        return None
    answer = stated(found[1])
    return (answer, found.end()) if answer else None


def _option(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    """Read "which is choice (D)"."""
    if not languages.OPTION.fullmatch(text, start, end):
        return None
    found = _LETTER_LAST.match(text, end)
    if found is None or not _LED_TO.search(before):
        return None
    return found[1], found.end()


def _verb_last(text: str, start: int, end: int, before: str, comma: bool) -> tuple[str, int] | None:
    """Read what stands between a label and its verb."""
    if text[start:end].isascii():
        return None
    found = _VERB_LAST.match(text, end)
    answer = stated(found[1]) if found else None
    return (answer, found.end()) if found and answer else None


def _behind(text: str, at: int, comma: bool) -> tuple[str, int] | None:
    """Read what follows a label."""
    value, end = behind(text, at)
    if not value or later(value):
        return None
    if comma:
        value = _DECIMAL_COMMA.sub(r"\1.\2", _POINT_GROUPS.sub(_ungrouped, value))
    own_line = "\n" in text[at:end]
    answer = stated(value)
    if answer is None:
        return None
    if len(answer) > 30 or own_line or " " in answer:  # noqa: PLR2004
        said = in_sentence(answer)
        if said is not None:
            return (_of_sentence(said) or answer), end
    return answer, end


def _ungrouped(found: re.Match[str]) -> str:
    return found[0].replace(".", "").replace(",", ".")


def _of_sentence(said: str) -> str | None:
    inner = stated(said)
    if inner is not None and _is_value(inner):
        return inner
    quantity = last_quantity(said)
    return spelling(quantity) if quantity else None


def _is_value(answer: str) -> bool:
    """Whether it is a number, an option or the like, rather than words."""
    if plain_number(answer) or choices(answer) or choice(answer) or word(answer):
        return True
    return len(answer) <= 60 and any(map(str.isdigit, answer)) and len(answer.split()) <= 6  # noqa: PLR2004


_READERS = {
    "box": _box,
    "hash": _hash,
    "tag": _tag,
    "key": _json,
    "noun": _noun,
    "right": _right,
    "pick": _pick,
}


def corrected(text: str, at: int) -> int | None:
    """Return where a text takes back what it said before `at`; None if it doesn't."""
    found = _CORRECTED.search(text, at)
    if found is None or not _MISTAKE.search(text, found.start(), found.end() + 200):
        return None  # a check takes nothing back
    return found.end()
