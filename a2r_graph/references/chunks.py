"""A text as the pieces that are compared: words of prose, lines of code as they are."""

from __future__ import annotations

import re
import unicodedata

CODE = "\0"
"""Begins a piece that is a line of code."""

_LONGEST_LINE = 300  # of code outside a fence
_FENCE = ("```", "~~~")

# What keeps its white space: code, formulas and quotations inside a line.
_SPANS = (
    r"`[^`]{1,200}`|\$[^$]{1,200}\$|\\\(.{1,200}?\\\)"
    r"|\"[^\"]{1,80}\"|“[^”]{1,80}”|„[^“”]{1,80}[“”]|«[^»]{1,80}»|「[^」]{1,80}」"
    r"|(?<!\w)'[^'\s][^']{0,60}'(?!\w)"
)
_PIECE = re.compile(rf"(?:{_SPANS}|\S)+", re.DOTALL)
_SPANNING = ("`", "$", '"', "“", "„", "«", "「", "\\(")
_QUOTE = re.compile(r"(?<!\w)'[^'\s]")

# A line that is code by itself, without its indentation.
_LINE = re.compile(
    r"(?:(?:const|let|var|val|auto|int|float|double|char|bool|string)\s+)?"
    r"[\w.\[\]'\"]{1,60}\s?(?:[-+*/%|&^:]|<<|>>|\*\*|//)?=(?!=)\s*\S"
    r"|(?:\w+\s)?[\w.]{1,80}\(.*\)\s?[;:{]?$"
    r"|(?:if|elif|while|with|except|switch|case)\b.*:$|for\b.*\bin\b.*:$|for\b.*[;{]"
    r"|(?:else|try|finally|do|default|except)\s?:$"
    r"|(?:async )?def \w+\(|(?:class|struct|enum|interface) \w+(?:\(.*\))?\s?[:{]$"
    r"|(?:function|func|fn|sub) \w+\s?\(|import [\w.]+(?: as \w+)?;?$|from [\w.]+ import "
    r"|return\b.*[-+*/=()\[\]<>]"
    r"|#include|#!/|@\w+(?:\(|$)|\$ \S|>>> |\.\.\. "
    r"|(?i:select\b.*\bfrom\b|insert into\b|update \w+ set\b|delete from\b|create table\b)"
    r"|</?\w[^>]*>|\"[^\"]+\"\s?:|\\(?:begin|end)\b|\$\$|\\\["
)
_CALLED = frozenset("=()<>")
_FOLLOWING = re.compile(r"(?:pass|break|continue|end|fi|done|return\s\S+)$")
_INDENTED = re.compile(r"(?:\t| {2,})\S")
_KEYED = re.compile(r"\s+[\w.-]{1,60}:(?:\s\S{1,60})?$")

_OPENING = re.compile(
    r"\s*(?:[¡]?(?:sure(?: thing)?|certainly|of course|absolutely|definitely|great question"
    r"|good question|hello(?: there)?|hi(?: there)?|hey(?: there)?|good (?:morning|day)"
    r"|okay|ok|alright|all right|thanks(?: for (?:asking|your question))?|thank you"
    r"(?: for (?:asking|your question))?|no problem|happy to help|gladly|with pleasure"
    r"|i(?:'d|’d| would) be happy to help(?: you)?(?: with (?:that|this))?|gerne|natürlich"
    r"|klar|hallo|guten tag|selbstverständlich|bien sûr|bonjour|avec plaisir|volontiers"
    r"|claro(?: que sí)?|por supuesto|con gusto|hola|com certeza|olá|конечно|здравствуйте"
    r"|привет|当然(?:可以)?|好的|你好|您好|もちろん(?:です)?|こんにちは|물론(?:입니다|이죠)?"
    r"|안녕하세요|بالتأكيد|مرحبا|बिल्कुल|ज़रूर|नमस्ते)\s?[!.,:;！。，、—–-]+"
    r"|(?:here(?:'s|’s| is| are)|below is) (?:the|your|my|an?|one)"
    r"(?: (?:short|brief|full|complete|detailed|final|possible|step-by-step))?"
    r" (?:answer|solution|code|explanation|result|response|reply|summary|breakdown)"
    r"(?: to your question)?\s?[!.:]+|(?:hier ist|voici|aquí está|aqui está) (?:die|la|a)"
    r" (?:antwort|lösung|réponse|solution|respuesta|solución|resposta)\s?[!.:]+)",
    re.IGNORECASE,
)
_MOST_OPENINGS = 3


def without_greeting(text: str) -> str:
    """Return a text without the phrases of courtesy that it opens with.

    Example:
        >>> without_greeting("Sure! Here's the answer: It is 4.")
        ' It is 4.'
    """
    at = 0
    for _ in range(_MOST_OPENINGS):
        found = _OPENING.match(text, at)
        if found is None or not text[found.end() :].strip():
            break
        at = found.end()
    return text[at:]


def chunks(text: str) -> list[str]:
    r"""Return the words of a text's prose, with what is glued to them, and lines of code.

    A line of code is one piece, with its indentation, and begins with `CODE`.

    Example:
        >>> chunks("So, call it:\n```\nif a:\n    b()\n```")
        ['So,', 'call', 'it:', '\x00```', '\x00if a:', '\x00    b()', '\x00```']
    """
    pieces: list[str] = []
    prose: list[str] = []
    fenced = code = False
    for line in unicodedata.normalize("NFC", text).splitlines():
        bare = line.strip()
        if bare:
            fence = bare.startswith(_FENCE)
            fenced ^= fence
            code = fence or fenced or _is_code(line, bare, after_code=code)
            if not code:
                prose.append(line)
                continue
            pieces += _split(prose)
            prose.clear()
            pieces.append(CODE + line.rstrip())
    return pieces + _split(prose)


def _is_code(line: str, bare: str, *, after_code: bool) -> bool:
    if len(line) > _LONGEST_LINE:
        return False
    if bare[-1] in "{}" or (bare[-1] == ";" and not _CALLED.isdisjoint(bare)):
        return True
    if _LINE.match(bare):
        return True
    if after_code and (_INDENTED.match(line) or _FOLLOWING.match(bare)):
        return True
    return bool(_KEYED.match(line))


def _split(lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    spans = any(sign in text for sign in _SPANNING)
    if not spans and not ("'" in text and _QUOTE.search(text)):
        return text.split()
    return [" ".join(piece.split()) for piece in _PIECE.findall(text)]
