"""Phrases that tell what a sentence is: a remark, a reason, talk; and how to join them."""

from __future__ import annotations


def any_of(*patterns: str) -> str:
    """Return a pattern that takes any of several.

    Example:
        >>> any_of("because", "since")
        '(?:because|since)'
    """
    return f"(?:{'|'.join(patterns)})"


# What a reply may open with, and be answered by.
OPENINGS = (
    *("yes", "no", "true", "false", "sí", "oui", "non", "ja", "nein", "sim", "não"),
    *("да", "нет", "vrai", "faux", "是的?", "不是", "对", "错", "はい", "いいえ"),
    *("نعم", "لا", "हाँ", "नहीं", "네", "아니요"),
)

# How a line begins that adds something to an answer already given.
REMARKS = (
    *("note", "nb", r"n\.b\.", "check", "checking", "verification", "verify", "confidence"),
    *(r"p\.?s\.?", "hope", "i hope", "let me know", "feel free", "if you"),
    *("let'?s (?:verify|check|double)", "to (?:verify|check)", "we can (?:verify|check)"),
    *("double-check", "sanity", "explanation", "reasoning", "source", "remark", "hint"),
    *("certainty", "question", "thanks", "thank you", "please", "tokens?"),
    *("bemerkung", "probe", "hinweis", "nota", "comprobación", "vérification"),
    *("注", "备注", "验证", "検算", "проверка", "참고"),
)

# Somebody who says that there is no answer.
UNKNOWN = (
    r"i(?:'m| am| was)? (?:not (?:sure|certain|able)|unable|sorry|stuck)",
    "i got stuck",
    r"i (?:do not|don't|cannot|can't|could not|couldn't|won't|will not) (?!need|think so)",
    *("不知道", "无法", r"no sé\b", "je ne sais", "ich weiß (?:es )?nicht", "não sei"),
    *("не знаю", "わかりません", "لا أعرف", "نہیں", "모르", "नहीं पता"),
    *("i have no (?:idea|information)", "yes and no", r"as of my last", "we do not know"),
    *("error:", "traceback", r"line \d+, in "),
)

# How a short line begins that is talk, or data, rather than an answer.
TALK = (
    *("sorry", "unfortunately", "unable", "hello", r"hi\b", "sure", "okay", r"ok\b"),
    *("let'?s", "let me", "we need", "here", "thank", "thanks", "done", "got it"),
    *("no problem", "of course", "absolutely", "certainly", "you're welcome", "i'll"),
    *("i will", "i hope", "select all", "great", "good", "welcome", "please", "not found"),
    *("error", r"null\b", r"\{", r"\[", "<", "#"),
)

# What a last sentence may begin with before it says its value.
CONCLUSIONS = (
    *("so", "therefore", "thus", "hence", "then", "and", "consequently", "finally"),
    *("i (?:think|believe|would say|guess)(?: that)?", "in conclusion", "that is"),
    *(r"(?:the )?(?:result|conclusion|verdict)\s*(?=:)", "that leaves", "which leaves"),
    *("it must be", "因此", "所以", "故", "also", "donc", "итак", "entonces"),
    *("por lo tanto", "إذن", "it(?:'s| is)", "it was", "that's", r"ans\.?(?=\W)"),
)
ARROWS = ("→", "->", "=>", "✅", r"\\Rightarrow", r"\\therefore", "∴", "⇒")

# What a label's value may begin with before the value itself.
LEADS = (
    *("simply", "just", "only", "indeed", "clearly", "definitely", "exactly", "precisely"),
    *("also", "likely", "probably", "therefore", "thus", "then", "hence", "actually"),
    *("now", "approximately", r"approx\.?", "about", "around", "roughly", "nearly"),
    *("equal to", "given by", "most likely", "most probably", "very likely"),
    r"the (?:number|value|integer|letter|word)(?=\s+[-\d(\"'*$])",
    *("presumably", "certainly", "found to be", "quite simple"),
    r"(?:la|le|el|die|der|a|o)(?=\s+\(?[A-J]\b)",
    *("donc", "alors", "así que", "por tanto", "daher", "portanto", "logo", "итак"),
    *("estimated (?:at|to be)", "going to be"),
    r"(?:option|choice)(?=\s+\(?[A-J]\b)",
    *("ungefähr", "etwa", "aproximadamente", "environ", "примерно", "около"),
    *("约", "约为", "大约", "約"),
)

# What begins a clause that is no part of a value, with and without a comma before it.
REASONS = ("because", "since", "weil", "porque", "parce que", "потому что", "perché")
CLAUSES = (
    *("car", "pois", "denn", "puisque", "da", "ya que", "так как", "поскольку"),
    *("which", "who", "where", "as", "so", "not", "and (?:the|this|so|not|it|we|that)"),
    *(r"i\.e\.", "that is", "meaning", "given", "assuming", "after", "when", "rounded"),
    *("or about", "or approximately", "obtained", "found", "with", "in total"),
    "altogether",
)

# Words whose full stop ends no sentence; the second ones may end one as well.
ABBREVIATIONS = frozenset(
    (
        *("dr", "mr", "mrs", "ms", "prof", "st", "ste", "mt", "ft", "vol", "fig", "eq"),
        *("sec", "ch", "approx", "ca", "c", "etc", "e.g", "i.e", "vs", "jr", "sr", "inc"),
        *("ltd", "co", "corp", "sq", "rs", "jan", "feb", "mar", "apr", "jun", "jul", "aug"),
        *("sep", "sept", "oct", "nov", "dec", "gen", "col", "sgt", "lt", "capt", "rev"),
        *("hon", "gov", "sen", "rep", "p", "pp", "cf", "al", "ed", "est", "max", "min"),
        *("z.b", "bzw", "sra", "sr.a", "dra", "т.е"),
    )
)
MAY_END = frozenset(("inc", "ltd", "co", "corp", "etc", "jr", "sr"))
