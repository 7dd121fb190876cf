"""What stands behind a label: the value on its line, or the block that it leads to."""

from __future__ import annotations

import re

from a2r_graph.references.answer.words import any_of

_LONGEST = 1_000  # characters of an answer behind a label; more is no final answer
_MOST_ITEMS = 40
_DRESS = " \t*_:=\uff1a`\u200b"

# A line that only says that the answer follows.
_LEAD_IN = re.compile(
    any_of(
        r"[^.\n]{0,80}[:\uff1a]",
        *("as follows", "the following", "(?:shown|given|listed)? ?below"),
        r"here (?:is|are)\b[^.\n]{0,40}",
        *("如下", "wie folgt", "la siguiente"),
    )
    + r"[\s*_]*",
    re.IGNORECASE,
)
# A line that is only a rule, or closes the label's dress.
_RULE = re.compile(r"\s*(?:[-=_*]{3,}|\\\[|\\\]|\$\$|[*_`]+)\s*")
_CLOSERS = re.compile(r"(?:[*_]{1,3}(?=\s|$)|[:=\uff1a\s]|[\"'`](?=\s))*")
# How a block begins: JSON, a table, code.
_OPEN_BLOCK = re.compile(r"[{\[(]+")
_BLOCK_START = re.compile(r"\s*(?:[{\[](?![^\n]*[}\]])|\|.*\|\s*$|(?: {4}|\t)\S)")
_FENCE = re.compile(r"```[\w+#.-]*[ \t]*\n(.*?)(?:\n```|\Z)", re.DOTALL)
_DISPLAY = re.compile(r"\s*(?:\\\[|\$\$)\s*(.*?)\s*(?:\\\]|\$\$)", re.DOTALL)
_ITEM = re.compile(
    r"\s*(?:[-*•+]|\d{1,2}[.)]|\((?:[a-h]|[ivx]{1,4}|\d{1,2})\)|\**Part \d+:?\**:?)\s+(.+)"
)
_ASSIGNED = re.compile(r"\s*\$?\w{1,3}\s*=\s*[^=\n]{1,40}")


def behind(text: str, start: int) -> tuple[str, int]:
    r"""Return the raw value that follows a label, and where it ends.

    Args:
        text: The whole text.
        start: Where the label ends.

    Returns:
        The value's text, as yet in its dress (empty if there is none; a block that counts
        line by line between fences), and its end.

    Example:
        >>> behind("Answer: **12**\nbye", 7)
        ('**12**', 14)
        >>> behind("Answer:\n\n- red\n- blue\n", 7)
        ('red, blue', 22)
    """
    part = text[start : start + _LONGEST + 1]
    line, _, rest = part.partition("\n")
    bare = line.strip().strip("*_`$ ").strip()
    end = start + len(line)
    if not bare and line.strip() and line[0].isspace() and not rest.strip():
        return line.strip(), end  # a sign, as of an operator
    if _OPEN_BLOCK.fullmatch(bare):
        whole = part.partition("\n\n")[0]
        return _fenced(whole.strip()), start + len(whole)
    if bare.strip(_DRESS) and bare not in ("|", ">") and not _LEAD_IN.fullmatch(bare):
        return _bare(line), end
    if "```" in line:  # the fence begins on the label's line
        fence = part.index("```")
        return _block(part[fence:], start + fence)
    return _block(rest, end + 1)


def _block(text: str, at: int) -> tuple[str, int]:
    """Return the block that begins with the first line that isn't empty."""
    while True:
        line, _, more = text.partition("\n")
        bare = line.strip()
        if bare in ("\\[", "$$") or (bare and not _RULE.fullmatch(line)):
            break
        if not more:
            return "", at
        at += len(line) + 1
        text = more
    for form in (_FENCE, _DISPLAY):
        found = form.match(text)
        if found:
            inside = _fenced(found[1]) if form is _FENCE else found[1]
            return inside, at + found.end()
    items, end = _items(text)
    if items:
        return ", ".join(items), at + end
    return _paragraph(text.partition("\n\n")[0].rstrip("\n"), at)


def _items(text: str) -> tuple[list[str], int]:
    """Return the items of the list that a text begins with, and where they end."""
    items, end = [], 0
    for line in text.split("\n")[:_MOST_ITEMS]:
        item = _ITEM.fullmatch(line)
        if item is None:
            break
        items.append(item[1].strip().rstrip(".,;"))
        end += len(line) + 1
    return items, end


def _paragraph(text: str, at: int) -> tuple[str, int]:
    """Return a paragraph that is one value, else its first line."""
    lines = text.split("\n")
    if 1 < len(lines) <= _MOST_ITEMS:
        first = lines[0]
        if not _BLOCK_START.match(first) and all(map(_ASSIGNED.fullmatch, lines)):
            return ", ".join(line.strip().rstrip(",;") for line in lines), at + len(text)
        if _BLOCK_START.match(first) or first.rstrip().endswith((",", ";", "(", "[", "{")):
            return _fenced(text), at + len(text)
    return _bare(lines[0]), at + len(lines[0])


def _fenced(text: str) -> str:
    return f"```\n{text}\n```"


def _bare(line: str) -> str:
    """Return a line without what closes the label's dress."""
    return _CLOSERS.sub("", line.strip(), count=1).strip()
