"""The final answer of a text that has no label: a short reply, or what its end says."""

from __future__ import annotations

import re
from collections.abc import Iterator

from a2r_graph.references.answer.quantities import last_quantity, number_word
from a2r_graph.references.answer.spelling import spelling
from a2r_graph.references.key import answer_key
from a2r_graph.references.key.choices import choice, choices, word

_SHORT = 60  # characters of a reply that is its own answer
_WORDS = 8
_LONG = 160  # characters of a line, or of a sentence, that tells a story
_SEEN = 2_000  # characters of a line's end
_LINES_SEEN = 64
_LINES = 6  # from the end, remarks not counted

_REMARK = re.compile(
    r"[\s>*_#(\[-]*(?:note|nb|n\.b\.|check|checking|verification|verify|confidence|p\.?s\.?|hope|i hope"
    r"|let me know|feel free|if you|let'?s (?:verify|check|double)|to (?:verify|check)|we can (?:verify|check)"
    r"|double-check|sanity|explanation|reasoning|source|remark|hint|certainty|question"
    r"|thanks|thank you|please|tokens?|step \d|bemerkung|probe|hinweis|nota|comprobación|vérification"
    r"|注|备注|验证|検算|проверка|참고)\b",
    re.IGNORECASE,
)
_APPENDIX = re.compile(r"[#*_\s]*(?:references|sources|bibliography|further reading|citations)[:*_\s]*", re.IGNORECASE)
_REMARK_INSIDE = re.compile(
    r"(?<=[.!])\s+(?:Check(?:ing)?|Verif\w+|Note|Proof|Confidence|Explanation|Reason(?:ing)?)"
    r"\b(?:\s+that\b|\s*[:,]).*$"
)
# Somebody who says that there is no answer, or talks of something else.
_NO_ANSWER = re.compile(
    r"\b(?:i(?:'m| am| was)? (?:not (?:sure|certain|able)|unable|sorry|stuck)|i got stuck"
    r"|i (?:do not|don't|cannot|can't|could not|couldn't|won't|will not) (?!need|think so)"
    r"|不知道|无法|no sé\b|je ne sais|ich weiß (?:es )?nicht|não sei|не знаю|わかりません|لا أعرف|نہیں|모르|नहीं पता"
    r"|i have no (?:idea|information)|yes and no|as of my last|we do not know|error:|traceback|line \d+, in )",
    re.IGNORECASE,
)
_TALK = re.compile(
    r"(?:sorry|unfortunately|unable|hello|hi\b|sure|okay|ok\b|let'?s|let me|we need|here|thank|thanks|done"
    r"|got it|no problem|of course|absolutely|certainly|you're welcome|i'll|i will|select all|great|good|welcome|please|not found|error|null\b|\{|\[|<|#)",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:so|therefore|thus|hence|then|and|consequently|finally|i (?:think|believe|would say|guess)(?: that)?"
    r"|in conclusion|that is|(?:the )?(?:result|conclusion|verdict)\s*(?=:)|that leaves|which leaves|it must be|因此|所以|故|also|donc|итак|entonces|por lo tanto|إذن"
    r"|it(?:'s| is)|it was|that's|ans\.?(?=\W))\b[,:：、،]?\s*|(?:→|->|=>|✅|\\Rightarrow|\\therefore|∴|⇒)\s*)+",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:\d{1,2}[.)]|[-*•+])\s+")
_TRAILING_ASIDE = re.compile(r"\s*(?<!\\)\((?=[^()]*[A-Za-z\u0400-\uffff])(?!\d+(?:,\d+)*\))[^()]*\)[.\s]*$")
_FENCED = re.compile(r"^[ \t]*```.*?(?:^[ \t]*```[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)
_OPENING = re.compile(
    r"[\"'*_(]*(yes|no|true|false|sí|oui|non|ja|nein|sim|não|да|нет)\b[*_\")]*\s*([,.:;!\u2014\u2013-])[*_]*\s*(\S.*)?",
    re.IGNORECASE | re.DOTALL,
)
_NO_OPENING = re.compile(r"(?:problem|worries|doubt|let'?s|i can|of course|sure)", re.IGNORECASE)
_TRUTH = re.compile(r"\bis\s+\**(true|false)\**[.!]?$", re.IGNORECASE)
_ASSIGNED = re.compile(r"\$?[^\W\d]{1,2}\s*=\s*[^=\n]{1,40}")
_OPTION_LINE = re.compile(r"[*_\s]*[(\[]?([A-Ja-j])[)\].:](?:\s|$|\*)")
_VERDICT = re.compile(
    r"[*_\s-]*(?:option\s+)?[(\[]?([A-J])[)\].:]?[*_]*\s*(?:.*?\b(?:is|:|-|–|→)\s*|)[*_]*"
    r"(correct|true|right|yes|incorrect|false|wrong|no|not correct|not true|✅|❌|✓|✗)[*_.]*",
    re.IGNORECASE,
)
_POSITIVE = {"correct", "true", "right", "yes", "✅", "✓"}
_ONLY = re.compile(r"\b(?:only|leaves|remains is|must be)\s+(?:option\s+)?\(?([A-J])\)?(?![\w'])")
_COPULA = re.compile(
    r"(?:(?:it|that|this|he|she|they)(?:'s| is| was| are| were| would be| will be| must be)"
    r"|the [^,.]{1,40}? (?:is|was|are|were))\s+(?:called\s+|named\s+)?(.+)",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"\W*(?:the |my )?(?:final |correct )?answer\b", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*\n]{1,60}(?<!:))\*\*(?!\s*:)")
_BOLD_SAID = re.compile(
    r"(?:\b(?:is|are|was|were|be|of|by|as|called)|:|^)\s*\*\*([^*\n]{1,60}(?<!:))\*\*"
)
_UNFINISHED = re.compile(
    r"\b(?:is|are|the|an?|of|and|or|to|which|that|with|by|for|therefore|equals)\s*$|\s[=+]\s*$|[=,(\[]\s*$"
)
_PART = re.compile(
    r"[*_]*(?:\uff08\d{1,2}\uff09(?=\s*)|\(?(?:[a-h]|[ivx]{1,4}|\d{1,2})\)|(?:[Pp]art|[Qq]uestion|Q)\s?(?:\d{1,2}|[a-hA-H])[:.)])[*_]*(?:\s+|(?<=\uff09))"
)
_NAMED = re.compile(
    r"(?:The|It|That|This)\b[^.,\n]{0,60}?\b(?:is|was)\s+(?:written |painted |called |named |by )*"
    r"((?:[A-Z][\w'-]+|[A-Z]\.)(?:\s+(?:[A-Z][\w'-]+|[A-Z]\.|of|de|van|von|da))*)"
    r"(?:\.(?:\s|$)|\s+(?:in|at|around|from|since)\b)"
)
_VALUE = re.compile(r"(?=.*(?:\d|[π∞√½-⅞]|\\))(?:[^A-Za-z≈{<]|[a-zA-Z]\s*[=<>≤≥∈]|\{[-\d])")
_SENTENCE = re.compile(
    r"(?<=[^\W\d_]{2}[.!?])[\"')*_]*\s+(?=[\"'(*_$\\]*[A-Z\d\u0400-\uffff])|(?<=\d[.!?])\s+(?=[A-Z])|(?<=[)\]%$*\"'\u201d][.!?])\s+(?=[A-Z])|(?<=[。！？।])"
)
_CONCLUDES = re.compile(
    r"(?:so|thus|therefore|hence|in total|altogether|total|finally|overall|consequently|we (?:get|have|find|obtain)"
    r"|this (?:gives|means|yields)|which|it follows|the\b|there (?:are|is|were)|it|he|she|they|each|after|in\b)",
    re.IGNORECASE,
)
_CODE_LAST = re.compile(r"`([^`\n]{1,200})`\W*$")
_CODE_SPAN = re.compile(r"`[^`\n]{1,200}`")
_WORKED = re.compile(
    r"=|\*\*|[$\\]|\b(?:so|therefore|thus|hence|total|answer|result|final)\b", re.IGNORECASE
)
_BUT = re.compile(r",?\s+but\s+(?=(?:it|i believe|i think|probably|roughly|about|likely)\b)", re.IGNORECASE)
_SUPPOSES = re.compile(
    r"(?:if|suppose|assume|many people|some (?:people|students)|(?:the|a) student|hint)\b(?![^.]*\bthen\b)",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    r"(?:\bno[:,]|\bwait,|\bi mean,?|\bor rather,?|\bcorrection:|\bbut it is actually|, so we need)\s+(?=\S)",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"\u201c\u00ab][^\"\u201c\u201d\u00ab\u00bb]{2,200}[\"\u201d\u00bb]")


def unstated(text: str) -> str | None:
    """Return the final answer of a text that states none behind a label."""
    body = text.strip()
    fenced = "```" in body
    if fenced:
        body = _FENCED.sub("", body).strip()
    if not body or body.startswith(("{", "[{", "<tool_call")):
        return None  # a call, or data
    lines = [" ".join(line[-_SEEN:].split()) for line in body.split("\n") if line.strip()]
    if len(lines) > 2 * _LINES_SEEN:
        lines = [*lines[:_LINES_SEEN], *lines[-_LINES_SEEN:]]
    for place, line in enumerate(lines):
        if place and _APPENDIX.fullmatch(line):
            lines = lines[:place]
            break
    if _broken_off(lines[-1]):
        return None
    if len(lines) == 1:
        return _one_line(lines[0], alone=not fenced)
    return _many(lines)


def _one_line(line: str, *, alone: bool = True) -> str | None:
    """Read a reply of one line."""
    if line.strip("*_ ").endswith(":"):
        return None
    whole, line = line, _REMARK_INSIDE.sub("", line)
    found = _itself(line) if line == whole else None
    if found:
        return found
    bare = _LEAD.sub("", line, count=1) if _LEAD.match(line) else line
    if bare != line and (found := _itself(bare)):
        return found
    opening = _opened(line)
    if opening:
        return opening
    unknown = _NO_ANSWER.search(line)
    if unknown:
        but = _BUT.search(line, unknown.end())
        return _said(line[but.end() :]) if but else None
    named = _NAMED.match(line)
    if named and not any(map(str.isdigit, named[1])):
        return spelling(named[1])
    sentences = list(_sentences(line))
    if sentences and sentences[0].endswith("?"):
        return None
    sentences = [s for s in sentences if not s.endswith("?") and not _SUPPOSES.match(s)]
    for sentence in sentences:
        if truth := _TRUTH.search(sentence):
            return truth[1]
    for sentence in sentences:
        if found := _said(sentence):
            return found
    return _text(bare) if alone else None


def _text(line: str) -> str | None:
    """Return a short line that is the answer as it stands, or what it says of it."""
    if line.endswith("?") or len(line) > _SHORT or len(line.split()) > _WORDS:
        return None
    if _LABELLED.match(line) or _TALK.match(line) or not re.search(r"\w", line):
        return None
    copula = _COPULA.fullmatch(line)
    said = copula[1] if copula else line
    return spelling(re.sub(r", not .*", "", said) or said)


def _sentences(line: str) -> Iterator[str]:
    """Yield the sentences of a line, the last first."""
    yield from (part.strip() for part in reversed(_SENTENCE.split(line)) if part.strip())


def _said(sentence: str) -> str | None:
    """Return the value that a sentence ends with, or that its verb leads to."""
    taken_back = _TAKEN_BACK.search(sentence)
    if taken_back:
        return _said(sentence[taken_back.end() :])
    bare = _LEAD.sub("", sentence, count=1) if _LEAD.match(sentence) else sentence
    if not _ASSIGNED.match(bare) and (found := _itself(bare)):
        return found
    only = _ONLY.search(sentence)
    if only:
        return only[1]
    code = _CODE_LAST.search(sentence)
    if code:
        return spelling(code[1])
    bare = _TRAILING_ASIDE.sub("", _CODE_SPAN.sub(" ", sentence)) or sentence
    bold = _bold(bare)
    if bold:
        return spelling(bold)
    bare = _QUOTED.sub(" ", bare) if '"' in bare or "\u201c" in bare else bare
    quantity = last_quantity(bare)
    if quantity:
        return spelling(quantity)
    return number_word(bare)


def _itself(line: str) -> str | None:
    """Return a line that is a value, all of it."""
    bare = spelling(line)
    if bare is None or len(bare) > 2 * _SHORT or not re.search(r"[\w∞π∅]", bare):
        return None
    if choices(bare) or (word(bare) and len(line) < _SHORT) or re.fullmatch(r"[A-J]", bare):
        return bare
    option = choice(line.strip("*_ !"))
    if option:
        return option[0] if not option[1] else bare
    if _VALUE.match(bare) and not isinstance(answer_key(bare), str):
        return bare
    return None


def _opened(line: str) -> str | None:
    """Return the yes or no that a reply begins with."""
    found = _OPENING.match(line)
    if found is None or (found[3] and _NO_OPENING.match(found[3])):
        return None
    if found[2] == "." and found[3] and found[3][0].isdigit() and "=" not in found[3]:
        return None  # No. 5
    return found[1]


def _bold(line: str) -> str | None:
    """Return what a line prints in bold, if that is a value or what it says."""
    if "**" not in line:
        return None
    found = _BOLD.findall(line)
    if not found:
        return None
    if any(map(str.isdigit, found[-1])):
        return last_quantity(found[-1]) if len(found[-1].split()) > 2 else str(found[-1])  # noqa: PLR2004
    said = _BOLD_SAID.findall(line)
    return str(said[-1]) if said else None


def _broken_off(line: str) -> bool:
    """Whether a line ends in the middle of a sentence or a formula."""
    return line.count("{") > line.count("}") or _UNFINISHED.search(line[-40:]) is not None


def _parts(lines: list[str]) -> str | None:
    """Return the answers to several parts of a question."""
    if not 1 < len(lines) <= 8:  # noqa: PLR2004
        return None
    found = [_PART.match(line) for line in lines]
    if not all(found):
        return None
    answers = [
        _one_line(line[part.end() :]) for line, part in zip(lines, found, strict=True) if part
    ]
    return ", ".join(filter(None, answers)) if all(answers) else None


def _verdict(lines: list[str]) -> str | None:
    """Return the option that alone is called right where they are gone through."""
    found = [match for line in lines if (match := _VERDICT.fullmatch(line))]
    if len(found) < 2:  # noqa: PLR2004
        return None
    right = [match[1].upper() for match in found if match[2].casefold() in _POSITIVE]
    return right[0] if len(right) == 1 else None


def _many(lines: list[str]) -> str | None:
    """Read a reply of several lines."""
    found = _parts(lines) or _verdict(lines)
    if found:
        return found
    if all(map(_ASSIGNED.fullmatch, lines)):
        return ", ".join(line.rstrip(".,;") for line in lines)
    first = lines[0]
    if word(first.strip("*_. ")) and len(first) <= _SHORT:
        return _opened(first) or _itself(first)
    if len(first) <= 2 * _SHORT and (truth := _TRUTH.search(first)):
        return truth[1]
    bullets = sum(bool(_BULLET.match(line)) for line in lines)
    listed = sum(bool(_OPTION_LINE.match(line)) for line in lines)
    option = _OPTION_LINE.match(lines[0])
    if option and listed == 1 and option[1].isupper() and len(lines[0]) <= _SHORT:
        return option[1]
    looked = 0
    for line in reversed(lines):
        if _REMARK.match(line) or line[0] == "|" or not re.search(r"\w", line):
            continue
        looked += 1
        if looked > _LINES:
            break
        if listed > 1 and _OPTION_LINE.match(line):
            break  # the options themselves, read out
        if _NO_ANSWER.search(line):
            return None
        if bullets > 1 and _BULLET.match(line) and not _WORKED.search(line):
            continue  # tips, steps, items: no result
        found = _line(line)
        if found:
            return found
    return _opened(first) or (_itself(first) if len(first) <= _SHORT else None)


def _line(line: str) -> str | None:
    """Read one of several lines."""
    marker = _BULLET.match(line)
    bare = line[marker.end() :] if marker else line
    bare = _REMARK_INSIDE.sub("", bare)
    if len(bare) <= _SHORT and (own := _itself(bare)):
        return own
    for sentence in _sentences(bare):
        if sentence.endswith("?") or _REMARK.match(sentence):
            continue
        if len(bare) > _LONG and not _CONCLUDES.match(sentence):
            continue
        if len(sentence) > _LONG and not re.search(r"[=$\\]|\*\*", sentence):
            continue
        found = _said(sentence)
        if found:
            return found
        if len(bare) > _LONG:
            break
    return None
