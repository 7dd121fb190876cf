"""What stands behind a label: the value on its line, or the block that it leads to."""

from __future__ import annotations

import re

from a2r_graph.references.answer.languages import tail_off
from a2r_graph.references.answer.spelling import spelling

LONGEST = 1_000  # characters of an answer behind a label; more is no final answer

_OPEN_BLOCK = re.compile(r"[{\[(]+")
_BLOCK_START = re.compile(r"\s*(?:[{\[](?![^\n]*[}\]])|\|.*\|\s*$|(?: {4}|\t)\S)")
_DRESS = " \t*_:=\uff1a`\u200b"
_LEAD_IN = re.compile(
    r"(?:[^.\n]{0,80}[:\uff1a]|(?:as follows|the following|(?:shown|given|listed)? ?below"
    r"|here (?:is|are)\b[^.\n]{0,40}|如下|wie folgt|la siguiente))[\s*_]*",
    re.IGNORECASE,
)
_FENCE = re.compile(r"```[\w+#.-]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_BULLET = re.compile(
    r"\s*(?:[-*•+]|\d{1,2}[.)]|\((?:[a-h]|[ivx]{1,4}|\d{1,2})\)|\**Part \d+:?\**:?)\s+(.+)"
)
_ASSIGNED = re.compile(r"\s*\$?\w{1,3}\s*=\s*[^=\n]{1,40}")
_DISPLAY = re.compile(r"\s*(?:\\\[|\$\$)\s*(.*?)\s*(?:\\\]|\$\$)", re.DOTALL)
_RULE = re.compile(r"\s*(?:[-=_*]{3,}|\\\[|\\\]|\$\$|[*_`]+)\s*")
_ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof st ste mt ft no nr vol fig eq sec ch approx ca c etc e.g i.e vs jr sr "
    "inc ltd co corp sq rs jan feb mar apr jun jul aug sep sept oct nov dec gen col sgt lt capt rev hon gov sen rep p pp cf al ed est max min z.b "
    "bzw sra sr.a dra т.е".split()
)
_ENDS = frozenset("inc ltd co corp etc jr sr".split())
_STOP = re.compile(r"(?<![.\s])[.!?](?=[\"'\u201d\u2019*_`)$\]]{0,4}(?:\s|$))|[。！？।](?!\s*$)|[。！？।]")  # noqa: RUF001
_NEW_SENTENCE = re.compile(r"(?:It|The|This|That|He|She|They|We|In|A|An|There|Its|His|Her)\s")
_LAST_WORD = re.compile(r"[\w.]+$")
_NAME_LIKE = re.compile(r"(?:[^\W\d_a-z][\w'-]*\.?\s*){1,3}[.*_`\"')]*$")
_CLAUSE = re.compile(
    r",?\s+(?:because|since|weil|porque|parce que|потому что|perché)\s|,\s+but (?!only|not|if)|,\s+(?:car|pois|denn|puisque|da|ya que|так как|поскольку|which|who|where|as|"
    r"so|not|and (?:the|this|so|not)|i\.e\.|that is|meaning|given|assuming|after|when|"
    r"rounded|or about|or approximately|obtained|found|with|in total|altogether)\b|\s*;\s|"
    r"(?<!\d)\s+[\u2013\u2014]{1,2}\s+|\s+--\s+|\s+[\u2013\u2014]\s+(?!\d)|,\s+(?:so|and) (?:it|we|the|that)\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"(.*\S)\s+\(([^()]*)\)[.*_]*", re.DOTALL)
_MEASURE = re.compile(r"[-+~≈$€£]?\s?\d[\d.,]*\s?(?:[%°a-zA-Z]|$)(?!.*\d{4}-)|0?\.\d+$")
_MODULUS = re.compile(r"\s*(?:mod|base)\b|[12]\d{3}$|\d+$")
_LEADS = re.compile(
    r"(?:#{2,}\s*|(?:simply|just|only|indeed|clearly|definitely|exactly|precisely|also|likely|probably"
    r"|therefore|thus|then|hence|actually|now|approximately|approx\.?|about|around|roughly|nearly"
    r"|equal to|given by|the (?:number|value|integer|letter|word)(?=\s+[-\d(\"'*$])|most likely|most probably|very likely|presumably|certainly|found to be|(?:la|le|el|die|der|a|o)(?=\s+\(?[A-J]\b)|quite simple|donc|alors|así que|por tanto|also|daher|portanto|logo|итак"
    r"|estimated (?:at|to be)|going to be|option(?=\s+\(?[A-J]\b)|choice(?=\s+\(?[A-J]\b)"
    r"|ungefähr|etwa|aproximadamente|environ|примерно|около|约|约为|大约|約)\b\s*[,:]?\s*"
    r"|\.{3}\s*|…\s*|≈\s*|~\s?(?=[\d$])|\\approx\s*)+",
    re.IGNORECASE,
)
# The way there, not the answer.
_LATER = re.compile(
    r"(?:let'?s\b|let (?:us|me)\b|first,|we (?:need|have|can|know|start|must|will)\b|see (?:above|below)"
    r"|as (?:above|stated|shown)|to (?:find|solve|get|determine|answer|compute|calculate)\b|step \d)",
    re.IGNORECASE,
)
# What may follow "the answer is" without being it.
_JUDGEMENT = re.compile(
    r"(?:(?i:not)\s+(?=[-\d$\\(\"'*A-Z]|the\b|an?\b|in\b|just\b|only\b|simply\b)|n't\b"
    r"|(?i:neither\b|(?:in)?correct\b|right\b(?! angle| triangle)|wrong\b|true\s+(?:that|to)"
    r"|unclear|unknown yet|helpful|clear\b|obvious|simple\b|straightforward"
    r"|consistent|reasonable|plausible|confirmed|verified|complete\b|final\b|based on|given (?:above|at|in|below)"
    r"|(?:stated|shown|presented|written|found|provided|explained|derived|calculated|obtained"
    r"|discussed|justified)\b(?: (?:above|at|in|below|here|by|as))?|above|below|at the top"
    r"|in the|what\b|(?-i:to (?:be )?\w+)|(?:too |very |quite |also )?(?:easy|hard|long|short|good|great"
    r"|nice|close)\b|there\b|here\b|supposed|expected|required|needed|dependent|depends"
    r"|determined|missing|ambiguous|unsatisfactory|off\b|same as|ready|up to you|yours"
    r"|in agreement|supported|sound\b))",
)
_TEMPLATE = re.compile(
    r"[\[<({]?(?:your|the|final|my|correct)?[ _]?(?:final[ _])?(?:answer|result|value|solution|number|letter|choice"
    r"|option|expression)(?: here| goes here| only)?[\])}>]?|[.…]{2,}|\\ldots|\\dots|X{2,}|#+|"
    r"(?:insert|put|write|enter|fill).{0,30}|[\[<](?=[a-z _]*(?:answer|value|number|here|your|insert|result|letter))[a-z _]{3,40}[\]>]|\\?text\{.{0,20}answer.{0,20}\}|\?+|_+",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?:the|it|there|she|he|they|we|this|that|so|thus|each|in|an?|both|its|their|his|her)\s.*?"
    r"\b(?:is|are|was|were|takes?|costs?|has|have|had|needs?|equals?|weighs?|gives?|pays?|"
    r"earns?|makes?|must be|will|can|gets?|comes? to|amounts? to|receives?|travels?|contains?)"
    r"\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_CHOICE_START = re.compile(r"\(?([A-J])\)?\.\s+(\S.*)", re.DOTALL)
_CLOSERS = re.compile(r"(?:[*_]{1,3}(?=\s|$)|[:=\uff1a\s]|[\"'`](?=\s))*")
_LEADING_WORDS = re.compile(r"(?!yes|no|true|false)[a-z][a-z' ]{1,40}:\s+(?=\S)")
_QUOTED = re.compile(r"[\"\u201c\u00ab][^\"\u201c\u201d\u00ab\u00bb\n]{1,300}[\"\u201d\u00bb]")
_SPACE = " \t:=\uff1a\u200b"
_BOLD = re.compile(r"\*\*([^*\n]{1,60})\*\*")
_BOLD_SAID = re.compile(r"\b(?:is|are|was|were|be|by|as|called)\s\*\*([^*\n]{1,60})\*\*")
_FEW = 4  # words
_MOST_ITEMS = 40


def template(text: str) -> bool:
    """Whether a text stands for the answer to come, as in `<answer>your answer</answer>`."""
    return _TEMPLATE.fullmatch(text.strip().strip("*_`$ ").strip()) is not None


def behind(text: str, start: int) -> tuple[str, int]:
    """Return the raw value that follows a label, and where it ends.

    Args:
        text: The whole text.
        start: Where the label ends.

    Returns:
        The value's text, as yet in its dress (empty if there is none), and its end.
    """
    part = text[start : start + LONGEST + 1]
    line, _, rest = part.partition("\n")
    bare = line.strip().strip("*_`$ ").strip()
    end = start + len(line)
    if not bare and line.strip() and line[0].isspace() and not rest.strip():
        return line.strip(), end  # a sign, as of an operator
    if _OPEN_BLOCK.fullmatch(bare):  # JSON, say, over several lines
        whole = part[: part.index("\n\n")] if "\n\n" in part else part
        return f"```\n{whole.strip()}\n```", start + len(whole)
    if bare.strip(_DRESS) and bare not in ("|", ">") and not _LEAD_IN.fullmatch(bare):
        return _bare(line), end
    if "```" in line:  # the fence begins on the label's line
        rest, end = part[part.index("```") :], start + part.index("```") - 1
    return _block(rest, end + 1)


def _block(rest: str, at: int) -> tuple[str, int]:
    """Return the block that begins with the first line that isn't empty."""
    while rest:
        line, _, more = rest.partition("\n")
        if line.strip() and not _RULE.fullmatch(line):
            break
        if line.strip() in ("\\[", "$$"):
            break
        at += len(line) + 1
        rest = more
    else:
        return "", at
    fence = _FENCE.match(rest)
    if fence:
        return f"```\n{fence[1]}\n```", at + fence.end()
    display = _DISPLAY.match(rest)
    if display:
        return display[1], at + display.end()
    items = []
    for line in rest.split("\n")[:_MOST_ITEMS]:
        bullet = _BULLET.fullmatch(line)
        if bullet is None:
            break
        items.append(bullet[1].strip().rstrip(".,;"))
        at += len(line) + 1
    if items:
        return ", ".join(items), at
    lines = rest.partition("\n\n")[0].rstrip("\n").split("\n")
    if 1 < len(lines) <= _MOST_ITEMS:
        if _BLOCK_START.match(lines[0]):
            whole = "\n".join(lines)
            return f"```\n{whole}\n```", at + len(whole)
        whole = "\n".join(lines)
        if all(_ASSIGNED.fullmatch(line) for line in lines):
            joined = ", ".join(line.strip().rstrip(",;") for line in lines)
            return joined, at + len("\n".join(lines))
        if lines[0].rstrip().endswith((",", ";", "(", "[", "{")):
            return f"```\n{whole}\n```", at + len("\n".join(lines))
    line = lines[0]
    return _bare(line), at + len(line)


def _bare(line: str) -> str:
    """Return a line without what closes the label's dress."""
    return _CLOSERS.sub("", line.strip(), count=1).strip()


def trimmed(value: str) -> str:
    """Return a value without the sentence, the clause or the remark behind it.

    Example:
        >>> trimmed("72, which is the total."), trimmed("No. 5"), trimmed("St. Louis. It is old.")
        ('72', 'No. 5', 'St. Louis')
    """
    value = value.lstrip(_SPACE)
    quoted = _QUOTED.match(value)
    if quoted and not re.match(r"\s*(?:is|are|and|or|,)\b", value[quoted.end() :]):
        return quoted[0]
    value = _LEADS.sub("", _said(value), count=1) if _LEADS.match(_said(value)) else _said(value)
    value = tail_off(_sentence(value))
    clause = _CLAUSE.search(value)
    if clause and clause.start():
        value = value[: clause.start()]
    aside = _ASIDE.fullmatch(value)
    if aside and re.match(r"(?:see|as|from|shown|or|≈|approx|about|i\.e)\b", aside[2], re.IGNORECASE):
        value = aside[1]
    elif aside and _MEASURE.match(aside[2]) and not _MODULUS.match(aside[2]):
        value = aside[1]
    elif aside and len(aside[2]) > 1 and re.search(r"\d|^\W*[A-J]\W*$|^\W*(?:yes|no|true|false)\W*$", aside[1], re.I) and re.search(r"[A-Za-z]{2}", aside[2]) and not re.match(r"\s*(?:mod|base)\b", aside[2]):
        value = aside[1]
    return value.strip()


def judged(value: str) -> bool:
    """Whether what follows "is" says something of the answer instead of giving it.

    Example:
        >>> judged("correct."), judged("not 7"), judged("12")
        (True, True, False)
    """
    return _JUDGEMENT.match(_said(value.lstrip(_DRESS + "'\""))) is not None


def later(value: str) -> bool:
    """Whether what follows a label is the way to the answer.

    Example:
        >>> later("Let me work it out."), later("correct")
        (True, False)
    """
    return _LATER.match(value) is not None


def _said(value: str) -> str:
    """Return what follows a remark such as "quite simple:"."""
    said = _LEADING_WORDS.match(value)
    return value[said.end() :] if said else value


def stated(value: str) -> str | None:
    """Return the final answer in what stands behind a label; None if there is none."""
    if value.startswith("```"):
        return spelling(value[3:-3].strip("\n")) if value[3:-3].strip() else None
    if template(value):
        return None
    found = spelling(_in_bold(trimmed(value)))
    if found is None or template(found):
        return None
    return _last_side(found)


def _in_bold(value: str) -> str:
    """Return what a sentence prints in bold, if that is a value."""
    bold = _BOLD.findall(value) if "**" in value and len(value.split()) > _FEW else ()
    if bold and any(map(str.isdigit, bold[-1])):
        return bold[-1]
    said = _BOLD_SAID.findall(value) if bold else ()
    return said[-1] if said else value


def in_sentence(value: str) -> str | None:
    """Return what a whole sentence says behind its verb; None if it is no sentence."""
    found = _SENTENCE.fullmatch(value)
    return found[1] if found else None


_EQUATION = re.compile(r"[^=<>≤≥≠]*[\d)]\s*=\s*[^=]+|(?:[^=<>]+=){2,}[^=]+")
_SUM = re.compile(r"[-+*/×^().\d\sx÷\w\\]*\d\s*[-+*/×x÷]\s*\d")


def _last_side(value: str) -> str:
    """Return where a sum that is shown ends: "3 x 3 = 9" is 9."""
    if "=" not in value or "\n" in value or not _EQUATION.fullmatch(value):
        return value
    *sides, last = value.split("=")
    if re.search(r"\d", last) and any(map(_SUM.search, sides)):
        return spelling(last.strip()) or value
    return value


def _sentence(value: str) -> str:
    """Return a text up to the end of its first sentence."""
    value = value.strip()
    option = _CHOICE_START.fullmatch(value)
    if option:
        # "B. Note that ...", but "B. Paris" and "J. K. Rowling".
        return value if _NAME_LIKE.match(_sentence(option[2])) else option[1]
    for stop in _STOP.finditer(value):
        if value[stop.start()] == "." and _goes_on(value, stop.start()):
            continue
        if value.count("(", 0, stop.start()) > value.count(")", 0, stop.start()):
            continue
        if value[stop.start()] == "!" and (value[stop.start() - 1 : stop.start()].isdigit() or stop.end() == len(value)):
            continue
        return value[: stop.start()]
    return value


def _goes_on(value: str, at: int) -> bool:
    """Whether the full stop at `at` ends a word and no sentence."""
    word = _LAST_WORD.search(value, max(0, at - 24), at)
    if word is None:
        return False
    last = word[0]
    rest = value[at + 1 :].lstrip("*_`\"') ")
    if not rest:
        return False
    if last.casefold() in ("no", "nr"):
        return rest[0].isdigit()
    if last.casefold() in _ABBREVIATIONS:
        return not (last.casefold() in _ENDS and _NEW_SENTENCE.match(rest))
    if len(last) == 1 and last.isalpha() and last.isupper():
        return rest[0].isupper() or rest[0].islower()  # an initial
    if "." not in last or not last.replace(".", "").isalpha():
        return False
    return not _NEW_SENTENCE.match(rest)  # U.S. dollar, but "... D.C. It has been"
