"""The pieces of a text as tokens: words, and what counts as it stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from a2r_graph.references.chunks import CODE
from a2r_graph.references.lexicon import KNOWN, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Scripts without spaces, or whose words change by a syllable: by characters.
_ALONE = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_MARKS = "“”‘’‚„«»‹›¿¡…–—。，、；：！？（）「」『』《》।،؛؟"
_ENDS = frozenset(".!?:…।")
_RUN = re.compile(rf"[{_ALONE}]|[^{_ALONE}]+")
_NUMERIC = re.compile(r"[\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209f\u2150-\u218f]")
_GLUE = re.compile(rf"[,;!?()\"{_MARKS}]+|(?<=[^\W\d_]{{2}})[.:]+(?=[A-Z])")
# Letters, and the marks that combine with them, are what is left.
_SYMBOL = re.compile(
    r"[\d_#$%&*+/<=>@\\^`|~\[\]{}.\u00a2-\u00a9\u00ac\u00ae-\u00b6\u00b9\u00bc-\u00be\u00d7"
    r"\u00f7\u2020-\u2022\u2030-\u2037\u2040-\u205e\u2070-\u209f\u20a0-\u20cf\u2100-\u2bff"
    r"\U0001f000-\U0001faff]"
)
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])’(?=[^\W\d_])")
_EDGES = f".,;:!?()\"'*{_MARKS}"
_QUOTED = re.compile(
    r"[(\[*]*(?:\"[^\"]+\"|“[^”]+”|„[^“”]+[“”]|«[^»]+»|「[^」]+」|'[^']+')"
)


class Token(NamedTuple):
    """A word, or what counts as it stands."""

    key: str
    """By which it is compared."""
    raw: str
    exact: bool = False
    """It isn't prose: any difference counts."""
    name: bool = False
    """It begins with a capital that no sentence asks for."""
    opening: bool = False
    """It begins a sentence with a capital, and may be a name or not."""


def tokens(pieces: Sequence[str], start: int, end: int) -> list[Token]:
    """Return the tokens of some of a text's pieces; punctuation of prose is none.

    Example:
        >>> [token.key for token in tokens(["So", "well-known:", "x<5."], 0, 3)]
        ['so', 'well', 'known', 'x<5']
    """
    found: list[Token] = []
    for at in range(start, end):
        piece = pieces[at]
        before = pieces[at - 1] if at else "."
        if piece.isascii() and piece.isalpha() and piece.islower():  # most are
            found.append(_plain(piece, before))
        elif piece[0] == CODE:
            found.append(Token(piece, piece, exact=True))
        elif not piece.strip("-–—"):
            after = pieces[at + 1] if at + 1 < len(pieces) else ""
            if _is_operand(before) and _is_operand(after):
                found.append(Token("-", piece, exact=True))
        else:
            last = before.rstrip("*_\"'”’)»")[-1:]
            opening = before[0] == CODE or last in _ENDS
            found += _split(piece, before, opening=opening)
    return found


def _plain(word: str, before: str) -> Token:
    return Token(word, word, exact=word in UNITS and bool(_NUMERIC.search(before)))


def _is_operand(piece: str) -> bool:
    return bool(_NUMERIC.search(piece)) or len(piece.strip(_EDGES)) == 1


def _split(piece: str, before: str, *, opening: bool) -> Iterator[Token]:
    if _QUOTED.match(piece):
        bare = piece.strip(_EDGES)
        yield Token(bare, bare, exact=True)
        return
    for part in _RUN.findall(_APOSTROPHE.sub("'", piece)):
        if _is_alone(part):
            if part not in _MARKS:
                yield Token(part, part)
            continue
        for glued in (part,) if _NUMERIC.search(part) else _GLUE.split(part):
            bare = _bare(glued)
            if _SYMBOL.search(bare) or bare[:1] == "-":
                yield Token(bare, bare, exact=True)
                continue
            for word in bare.split("-"):
                if word:
                    yield _word(word, before, opening=opening)
                    opening = False


def _is_alone(part: str) -> bool:
    return len(part) == 1 and ord(part) >= 0x0E00 and not _SYMBOL.match(part)  # noqa: PLR2004


def _bare(part: str) -> str:
    """Return a part without the punctuation around it."""
    if _NUMERIC.search(part):  # 5! and [2, 5) say more than 5 and (2, 5]
        return part.rstrip(".,;:…。，、；：।،").strip("*\"'“”")
    return part.strip(_EDGES) or ("*" if part.strip("*") != part else "")


def _word(word: str, before: str, *, opening: bool) -> Token:
    key = word.casefold()
    unit = word in UNITS and bool(_NUMERIC.search(before))
    capital = word[0].isupper()
    if capital and len(word) == 1 and not (opening or key in KNOWN):
        return Token(key, word, exact=True)  # an option, a variable
    return Token(key, word, unit, capital and not opening, capital and opening)
