"""The words that lead to a final answer, in the ten commonest languages and English."""

from __future__ import annotations

import re

# Behind these a final answer stands: after a colon, a verb, or on the next line.
NOUNS = (
    r"[Aa]nswers?|ANSWERS?|[Aa]ns(?=\s*[.:=])|ANS(?=\s*[.:=])|"
    r"[Ss]olutions?|[Rr]esults?|RESULT|[Cc]onclusions?|[Oo]ptions?|[Cc]hoices?|[Vv]erdict|"
    r"答案|答(?=[:\uff1a])|正确选项|正解|解答|答え|結論|"
    r"[Rr]espuestas?|[Rr]espostas?|[Rr]esultados?|[Aa]ntwort(?:en)?|(?:[Ee]nd)?[Ee]rgebnis|[Ll]ösung|"
    r"[Rr]éponses?|[Rr]ésultat|[Оо]твет|ОТВЕТ|[Ии]того|"
    r"الإجابة|الاجابة|الجواب|النتيجة|उत्तर|जवाब|परिणाम|정답|답변|답(?=[은:\uff1a\s])"
)
# What these lead to may be the way there as well: only a value counts behind them.
WEAK = re.compile(
    r"(?i:solutions?|results?|conclusions?|options?|choices?|verdict|resultados?|(?:end)?ergebnis"
    r"|lösung|résultat|итого|النتيجة|परिणाम|解答|結論)"
)
OPTION = re.compile(r"(?i:options?|choices?)")
ENGLISH = re.compile(r"(?i:answers?|ans|solutions?|results?|conclusions?|options?|choices?|verdict)")
# A comma is a decimal one where these stand.
COMMA = re.compile(
    r"(?i:resposta|antwort|(?:end)?ergebnis|lösung|réponse|résultat|ответ|итого)"
)
_BE = (
    r"is|are|was|equals?|IS|ARE|(?:should|must|would|will|can only) be|becomes|(?:seems|appears)"
    r"(?: to be)?|comes? (?:out )?(?:to|as)|works? out (?:to|as)|turns out to be|remains|"
    r"ist|sind|lautet|beträgt|es|son|est|sont|é|são|равен|равно|это|है|हैं|होगा|هو|هي|"
    r"(?:therefore|thus|then|hence|indeed|simply) is"
)
_WHICH = (
    r"(?:\s(?:final|finale|finales|correct[ae]?|correta|certa|exact[ae]|définitive|النهائية|النهائي"
    r"|الصحيحة|الصحيح|choice|option))?"
)
VERB = re.compile(
    rf"{_WHICH}(?:\s+(?:to|for|of|in|that|which|choice|zu|auf|a|à|de|da|на)\s[^.\n:]{{1,80}}?)?"
    rf"[\s*_\"')]{{1,6}}(?:{_BE})(?![\w'])[*_]{{0,2}}\s*[:\uff1a]?"
    r"|\s*(?:是|为|為|は|が|은|는|이)\s*[:\uff1a]?(?=\s*\S)"
)
SEPARATOR = re.compile(
    rf"{_WHICH}(?:\s?\([^()\n]{{1,60}}\)|\s\d{{1,2}}(?=:))?[ \t*_`'\"]{{0,8}}(?:[:\uff1a](?!:)|[=-]>|[=\u2192\u21d2](?!=)|[\u3011\]]|\s[-\u2013\u2014]\s)"
)
HEAD = re.compile(
    rf"{_WHICH}(?:\s?\([^()\n]{{1,40}}\))?[*_ \t:\uff1a]{{0,8}}$", re.MULTILINE
)
# Tails that are no part of a value: "... is 12", with the verb at the end.
TAIL = re.compile(
    r"\s*(?:です|だ|である|になります|となります|입니다|이다|이에요|예요|है|हैं|होगा)\s*[.。।]?$"
)


def tail_off(value: str) -> str:
    """Return a value without the verb behind it, as some languages have it.

    Example:
        >>> tail_off("12です"), tail_off("12 है")
        ('12', '12')
    """
    return value if value.isascii() else TAIL.sub("", value)
