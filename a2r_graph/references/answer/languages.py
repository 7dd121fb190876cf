"""The words that lead to a final answer, in the ten commonest languages and English."""

from __future__ import annotations

import re

from a2r_graph.references.answer.words import REASONS, any_of

# Behind these a final answer stands: after a colon, a verb, or on the next line.
NOUNS = any_of(
    *("[Aa]nswers?", "ANSWERS?", r"[Aa]ns(?=\s*[.:=])", r"ANS(?=\s*[.:=])"),
    *("[Ss]olutions?", "[Rr]esults?", "RESULT", "[Cc]onclusions?", "[Oo]ptions?"),
    *("[Cc]hoices?", "[Vv]erdict"),
    *("答案", "答(?=[:\uff1a])", "正确选项", "正解", "解答", "答え", "結論"),
    *("[Rr]espuestas?", "[Rr]espostas?", "[Rr]esultados?"),
    *("[Aa]ntwort(?:en)?", "(?:[Ee]nd)?[Ee]rgebnis", "[Ll]ösung"),
    *("[Rr]éponses?", "[Rr]ésultat", "[Оо]твет", "ОТВЕТ", "[Ии]того"),
    *("الإجابة", "الاجابة", "الجواب", "النتيجة", "उत्तर", "जवाब", "परिणाम"),
    *("정답", "답변", r"답(?=[은:\uff1a\s])"),
)
# Each anchor of a statement holds one of these, in small letters: they are quick to find.
ASCII_PARTS = (
    *("boxed", "fbox", "####", "nswer", "ns:", "ns.", "ns =", "olution", "esult"),
    *("onclusion", "ption", "hoice", "erdict", "correct", "right", "best", "hoose"),
    *("pick", "elect", "go with", "going with", "opt for"),
    *("espuesta", "esposta", "ntwort", "rgebnis"),
)
OTHER_PARTS = (
    *("答", "选", "正解", "結論", "ösung", "éponse", "ésultat", "твет", "того"),
    *("جابة", "الجواب", "النتيجة", "उत्तर", "जवाब", "परिणाम", "답"),
)
# What these lead to may be the way there as well: only a value counts behind them.
WEAK = re.compile(
    any_of(
        *("solutions?", "results?", "conclusions?", "options?", "choices?", "verdict"),
        *("resultados?", "(?:end)?ergebnis", "lösung", "résultat", "итого"),
        *("النتيجة", "परिणाम", "解答", "結論"),
    ),
    re.IGNORECASE,
)
OPTION = re.compile("(?:options?|choices?)", re.IGNORECASE)
ENGLISH = re.compile(
    any_of(
        *("answers?", "ans", "solutions?", "results?", "conclusions?", "options?"),
        *("choices?", "verdict"),
    ),
    re.IGNORECASE,
)
# A comma is a decimal one where these stand.
COMMA = re.compile(
    any_of(
        *("resposta", "antwort", "(?:end)?ergebnis", "lösung", "réponse", "résultat"),
        *("ответ", "итого"),
    ),
    re.IGNORECASE,
)
_BE = any_of(
    *("is", "are", "was", "equals?", "IS", "ARE"),
    *("(?:should|must|would|will|can only) be", "becomes", "(?:seems|appears)(?: to be)?"),
    *("comes? (?:out )?(?:to|as)", r"works? out (?:to|as)", "turns out to be", "remains"),
    "(?:therefore|thus|then|hence|indeed|simply) is",
    *("ist", "sind", "lautet", "beträgt", "es", "son", "est", "sont", "é", "são"),
    *("равен", "равно", "это", "है", "हैं", "होगा", "هو", "هي"),
)
# What denies an answer; "no" alone is one ("the answer is no, because ...").
_NOT = any_of(*("nicht", "not", "pas"), rf"(?:no|non)(?=\s+(?!{any_of(*REASONS)}\b)\w)")
# An adjective behind the noun, as some languages have it.
_WHICH = (
    r"(?:\s"
    + any_of(
        *("final", "finale", "finales", "correct[ae]?", "correta", "certa", "exact[ae]"),
        *("définitive", "النهائية", "النهائي", "الصحيحة", "الصحيح", "choice", "option"),
    )
    + ")?"
)
_OF = any_of(
    *("to", "for", "of", "in", "that", "which", "choice", "zu", "auf", "a", "à", "de"),
    *("da", "на"),
)
# What makes a label of a noun: a verb, ...
VERB = re.compile(
    rf"{_WHICH}(?:\s+{_OF}\s[^.\n:]{{1,80}}?)?"  # the answer to the question
    rf"[\s*_\"')]{{1,6}}{_BE}(?![\w'])(?!\s{_NOT}\b)[*_]{{0,2}}[ \t]*[:\uff1a]?"
    r"|\s*(?:是|为|為|は|が|은|는|이)\s*[:\uff1a]?(?=\s*\S)"
)
# ... a colon, an arrow or a dash, ...
SEPARATOR = re.compile(
    rf"{_WHICH}(?:\s?\([^()\n]{{1,60}}\)|\s\d{{1,2}}(?=:))?[ \t*_`'\"]{{0,8}}"
    r"(?:[:\uff1a](?!:)|[=-]>|[=\u2192\u21d2](?!=)|[\u3011\]]|\s[-\u2013\u2014]\s)"
)
# ... or the end of its line.
HEAD = re.compile(
    rf"{_WHICH}(?:\s?\([^()\n]{{1,40}}\))?[*_ \t:\uff1a]{{0,8}}$", re.MULTILINE
)
# The verb at the end of a value: "... is 12" in the order of some languages.
_TAIL = re.compile(
    r"\s*"
    + any_of(
        *("です", "だ", "である", "になります", "となります"),
        *("입니다", "이다", "이에요", "예요", "है", "हैं", "होगा"),
    )
    + r"\s*[.。।]?$"
)


def tail_off(value: str) -> str:
    """Return a value without the verb behind it, as some languages have it.

    Example:
        >>> tail_off("12です"), tail_off("12 है")
        ('12', '12')
    """
    return value if value.isascii() else _TAIL.sub("", value)
