"""Words and figures for people; what a model wrote, made safe for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from a2r_graph.state import Failure, Report

_CONTROLS = dict.fromkeys({*range(0x20), *range(0x7F, 0xA0)} - {ord("\n"), ord("\t")})
_MOST_VOTES = 8
_MOST_ALIKE, _MOST_SPELLINGS = 3, 4
_MOST_LINES = 20
_LONGEST, _VOTE = 200, 40


def clean(text: str) -> str:
    """Return `text` without control characters other than newline and tab."""
    return text.translate(_CONTROLS)


def line(text: str, longest: int = _LONGEST) -> str:
    """Return `text` as one line of at most `longest` characters."""
    words = clean(" ".join(text.split()))
    return words if len(words) <= longest else words[: longest - 3] + "..."


def figure(count: int | None) -> str:
    """Return a count, or "?" for what nobody knows."""
    return "?" if count is None else f"{count:,}"


def plural(count: int | None, word: str, words: str = "") -> str:
    """Return a count with its word."""
    return f"{figure(count)} {word if count == 1 else words or word + 's'}"


def time(seconds: float | None) -> str:
    """Return seconds as a person reads them."""
    return "? s" if seconds is None else f"{seconds:,.1f} s"


def model(name: str) -> str:
    """Return a model's name without the address where it is served."""
    return line(name.partition("@http")[0])


def read(answer: str | None) -> str:
    """Return the final answer of a branch, or that none was read."""
    return "-" if answer is None else line(answer)


def why(error: Failure) -> str:
    """Return a failure as one line."""
    return line(f"{error['kind'].replace('_', ' ')}: {error['message']}")


def ended(error: Failure) -> str:
    """Return how a branch without an answer ended: by itself, or with the others."""
    return "stopped" if error["kind"] == "cancelled" else "failed"


def votes(counts: Mapping[str, int], succeeded: int) -> list[str]:
    """Return each answer with its votes, most frequent first, then the rest."""
    first = list(counts.items())[:_MOST_VOTES]
    words = [f"{line(answer, _VOTE)} ({count})" for answer, count in first]
    rest = list(counts.values())[_MOST_VOTES:]
    if rest:
        words.append(f"{plural(len(rest), 'other')} ({sum(rest)})")
    unread = succeeded - sum(counts.values())
    if unread > 0:
        words.append(f"no final answer ({unread})")
    return words


def spellings(event: Mapping[str, Any]) -> str:
    """Return how answers were spelled that came in several spellings; empty if none did."""
    several = event["spellings"].values()
    one = "; ".join(_few([_one(counts) for counts in several], _MOST_ALIKE))
    return f"counted as one: {one}" if one else ""


def _one(counts: Mapping[str, int]) -> str:
    said = [f"{line(answer, _VOTE)} ({count})" for answer, count in counts.items()]
    return " = ".join(_few(said, _MOST_SPELLINGS))


def _few(words: list[str], most: int) -> list[str]:
    left = len(words) - most
    return [*words[:most], plural(left, "other")] if left > 0 else words


def shown(event: Mapping[str, Any]) -> str:
    """Return what the synthesizer reads and what ended the exploring, from `reduced`."""
    alike = event["duplicates"]
    collapsed = f", {alike} collapsed as near-identical" if alike else ""
    return f"{plural(event['shown'], 'reference')} shown{collapsed}{_early(event)}"


def _early(event: Mapping[str, Any]) -> str:
    reasons = {
        "quorum": "; the quorum was reached",
        "deadline": "; the deadline was over",
        "confidence": f"; after {event['explored']}, more would hardly change the vote",
    }
    return reasons.get(event["stopped_by"], "")


def skipped(event: Mapping[str, str]) -> str:
    """Return why nobody synthesized, from a `synthesis_skipped` event."""
    if event["synthesis"] == "majority":
        return "no synthesis could be asked for: the majority's answer"
    return "every branch agrees: no synthesis"


def summary(report: Report) -> str:
    """Return usage, time and cost in one line."""
    total, seconds = report["usage"]["total"], report["seconds"]
    parts = [plural(total["calls"], "call")]
    if total["retries"]:
        parts[0] += f" ({plural(total['retries'], 'retry', 'retries')})"
    read, written = _tokens(report, "input_tokens"), _tokens(report, "output_tokens")
    parts.append(f"{read} tokens in, {written} out")
    whole, exploring, synthesis = (
        time(seconds.get(stage)) for stage in ("total", "explorer", "synthesizer")
    )
    parts.append(f"{whole} (exploring {exploring}, synthesis {synthesis})")
    if report["synthesis"] == "majority":
        parts.insert(0, "the majority's answer, for want of a synthesis")
    cost = (report.get("cost") or {}).get("total")
    if cost is not None:
        parts.append(f"${cost:.4f}")
    return "; ".join(parts)


def _tokens(report: Report, key: Literal["input_tokens", "output_tokens"]) -> str:
    """Return a sum of tokens; of one that isn't known as a whole, what is known."""
    usage = report["usage"]
    if usage["total"][key] is not None:
        return figure(usage["total"][key])
    parts = [r["usage"][key] for r in report["references"]]
    known = sum(filter(None, [*parts, usage["synthesizer"][key]]))
    return f"at least {figure(known)}" if known else "?"


def bounded(text: str) -> str:
    """Return an error's text with at most a screenful of lines."""
    lines = clean(text).splitlines()
    if len(lines) > _MOST_LINES:
        lines[_MOST_LINES:] = [f"  ... and {len(lines) - _MOST_LINES} more"]
    return "\n".join(lines)
