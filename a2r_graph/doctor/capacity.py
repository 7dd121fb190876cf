"""Whether a run fits a server's window and KV cache: the arithmetic of `a2r doctor`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from a2r_graph.doctor.diagnosis import ANSWER, Finding, Load, plural

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_QUESTION, _INSTRUCTIONS = 512, 200
"""Tokens taken for a conversation, and for our words around the references."""

_LEAST = 64  # of references, and of a useful part of one: as in room.py and fit.py
_CONFIG = re.compile(r"^vllm:cache_config_info\{(.*)\} ", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def window(load: Load, tokens: int) -> list[Finding]:
    """Hold what a run needs against the model's window of `tokens`."""
    findings = []
    if load.explorers:
        findings.append(_exploring(load, tokens))
    if load.references:
        findings.append(_synthesizing(load, tokens))
    return findings


def _exploring(load: Load, tokens: int) -> Finding:
    left = tokens - _QUESTION
    if left < (load.max_tokens or 1):
        limit = f" and max_tokens {load.max_tokens:,}" if load.max_tokens else ""
        lower = "lower max_tokens, or " if load.max_tokens else ""
        text = (
            f"explorer: a question of {_QUESTION} tokens{limit} exceed the window of "
            f"{tokens:,}, and the server refuses such calls; {lower}raise --max-model-len"
        )
        return Finding("error", "window", text)
    text = (
        f"explorer: a question of {_QUESTION} tokens and an answer of {load.max_tokens:,} "
        f"fit in {tokens:,}"
        if load.max_tokens
        else f"explorer: {left:,} of {tokens:,} tokens are left for an answer "
        "(max_tokens is unset)"
    )
    return Finding("ok", "window", text)


def _synthesizing(load: Load, tokens: int) -> Finding:
    reserved = load.answer or tokens // 4
    left = tokens - _QUESTION - _INSTRUCTIONS - reserved
    budget = min(left, load.reference_tokens or left)
    one, each = load.reference or ANSWER, budget // load.references
    kept = f"{reserved:,} of {tokens:,} tokens are kept for the synthesis"
    if left < _LEAST:
        text = (
            f"synthesizer: {kept}, so no reference fits; lower synthesizer_max_tokens, "
            "or raise --max-model-len"
        )
        return Finding("error", "window", text)
    taken = "" if load.reference else " (taken where max_tokens is unset)"
    refs = f"{plural(load.references, 'reference')} of {one:,} tokens{taken}"
    if load.references * one <= budget:
        return Finding("ok", "window", f"synthesizer: {refs} fit; {kept}")
    fate = (
        "longer ones are cut"
        if each >= _LEAST
        else f"that is less than a useful {_LEAST}, so the least supported are dropped"
    )
    share = f"{budget:,} tokens are left for {refs}, {each:,} each; {fate}"
    if budget < left:
        return Finding("ok", "window", f"synthesizer: as reference_tokens says, {share}")
    text = (
        f"synthesizer: {kept}; {share}. Raise --max-model-len, lower n or max_tokens, "
        "or set reference_tokens to what is enough"
    )
    return Finding("warning", "window", text)


def cache(load: Load, metrics: str) -> list[Finding]:
    """Hold the explorers against the KV cache that `/metrics` tells of."""
    engines = [dict(_LABEL.findall(labels)) for labels in _CONFIG.findall(metrics)]
    if not engines:
        text = "/metrics tells nothing of the KV cache: can't tell if the explorers fit"
        return [Finding("warning", "cache", text)]
    sizes = [engine.get("kv_cache_size_tokens", "") for engine in engines]
    findings = []
    if load.explorers and all(size.isdecimal() for size in sizes):
        findings.append(_room_at_once(load, sum(map(int, sizes))))
    elif load.explorers:
        text = "/metrics tells no kv_cache_size_tokens: can't tell if the explorers fit"
        findings.append(Finding("warning", "cache", text))
    return [*findings, _prefixes(load, engines)]


def _room_at_once(load: Load, size: int) -> Finding:
    answer = load.max_tokens or ANSWER
    one = _QUESTION + answer
    needed = f"{plural(load.explorers, 'explorer')} of {_QUESTION} + {answer:,} tokens"
    if load.explorers * one <= size:
        return Finding("ok", "cache", f"{needed} run at once in {size:,}")
    text = (
        f"{needed} exceed the KV cache of {size:,}: about {max(1, size // one):,} run at "
        "once, the others queue; lower n or max_tokens, raise "
        "--gpu-memory-utilization, or add a server (-e MODEL@URL)"
    )
    return Finding("warning", "cache", text)


def _prefixes(load: Load, engines: Sequence[Mapping[str, str]]) -> Finding:
    told = {engine.get("enable_prefix_caching") for engine in engines}
    if told == {"True"}:
        return Finding("ok", "cache", "prefix caching is on")
    if "False" not in told:
        text = "/metrics doesn't say whether prefix caching is on"
        return Finding("warning", "cache", text)
    if load.explorers < 2:  # noqa: PLR2004  nobody else reads the same prompt
        return Finding("ok", "cache", "prefix caching is off, and not needed here")
    text = (
        f"prefix caching is off, so each of {load.explorers:,} explorers reads the prompt "
        "anew; start the server with --enable-prefix-caching"
    )
    return Finding("warning", "cache", text)
