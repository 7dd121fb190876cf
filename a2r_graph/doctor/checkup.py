"""The questions of `a2r doctor` to one model; `diagnosis.py` judges the replies."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openai
from langchain_core.messages import HumanMessage

from a2r_graph.doctor import capacity, diagnosis
from a2r_graph.doctor.diagnosis import Finding, Load
from a2r_graph.errors import ReplyError
from a2r_graph.models.failures import failure_of, status_of
from a2r_graph.models.faults import silent
from a2r_graph.models.patience import Patience
from a2r_graph.models.protocol import result_of
from a2r_graph.models.retry import ask
from a2r_graph.models.wire import Address, parsed, request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from a2r_graph.models.resolve import Model
    from a2r_graph.models.vllm import ChatVLLM
    from a2r_graph.state import Failure, TokenUsage

_LOOK, _CALL = 10.0, 120.0  # seconds for a look at the server, and for a short reply
_QUESTION = "What is 6 x 7? Answer with the number alone."
_REFUSED, _NO_LISTING = {401, 403}, {404, 405, 501}
_FAULTS = (openai.APIError, ReplyError)
"""What a request raises: a bug of ours is none of these, and is seen as one."""


@dataclass(frozen=True)
class Subject:
    """One model, in one role or both."""

    model: Model
    role: str
    load: Load
    options: dict[str, Any]
    """Keywords of its calls: a run's, but for short replies."""
    told_by: str = "--base-url"
    """Which option names its address, of one that vLLM serves."""


async def any_model(subject: Subject) -> list[Finding]:
    """Ask a model of which nothing more is known than that it answers."""
    chat: Any = subject.model.chat
    try:
        if hasattr(chat, "ready"):
            await chat.ready()
    except Exception as error:  # noqa: BLE001  no file, no network, no memory
        return [Finding("error", "reach", failure_of(error, chat)["message"])]
    finding, told = await _ask(subject, "call", stream=False)
    calls = {} if told is None else {"whole": told}
    return [finding, *diagnosis.usage(calls, cached=False)]


async def server(subject: Subject, chat: ChatVLLM) -> list[Finding]:
    """Ask a vLLM server; nothing more of one that isn't there, or lacks the model."""
    at = await chat._address()  # noqa: SLF001  of a class of ours
    findings = await _reach(subject, chat, at)
    if any(finding.level == "error" for finding in findings):
        return findings
    findings.append(await _version(at.root))
    findings += await _window(subject.load, chat)
    findings += await _cache(subject.load, at.root)
    findings += await _calls(subject, chat)
    return [*findings, await _tokenizer(chat)]


async def _reach(subject: Subject, chat: ChatVLLM, at: Address) -> list[Finding]:
    began = time.monotonic()
    try:
        listing = parsed(await _fetch(at, "/models"), at.url)
    except (*_FAULTS, ValueError) as error:  # or a header that can't be sent
        return [_unreached(error, subject, chat, at)]
    took = f"{1000 * (time.monotonic() - began):.0f} ms"
    return diagnosis.listed(listing, chat.model_name, f"{at.url}/models", took)


def _unreached(error: Exception, subject: Subject, chat: ChatVLLM, at: Address) -> Finding:
    failure, status = failure_of(error, chat), status_of(error)
    text = failure["message"]
    if status in _NO_LISTING and at.url != at.root.url:
        # A gateway that passes completions alone, perhaps: the calls will tell.
        return Finding("warning", "reach", f"no list of models: {text}")
    if failure["kind"] in {"connection", "timeout"}:
        text += f"; is the server up, and is this its address ({subject.told_by})?"
    elif status in _REFUSED:
        text += " (VLLM_API_KEY holds the key)"
    return Finding("error", "reach", text)


async def _version(root: Address) -> Finding:
    try:
        told = parsed(await _fetch(root, "/version"), root.url)
        return Finding("ok", "version", f"vLLM {told['version']}")
    except (*_FAULTS, KeyError, TypeError) as error:  # or JSON of another kind
        text = f"/version {_why(error)}: not a vLLM server, or a gateway in front of it"
        return Finding("warning", "version", text)


async def _window(load: Load, chat: ChatVLLM) -> list[Finding]:
    try:
        async with asyncio.timeout(_LOOK):
            tokens = await chat.context_window()
    except (*_FAULTS, TimeoutError, ValueError):  # it is unknown to a run, too
        text = (
            "the server tells no max_model_len, so references aren't fitted to it; set "
            "max_tokens and reference_tokens so that they fit"
        )
        return [Finding("warning", "window", text)]
    return capacity.window(load, tokens)


async def _cache(load: Load, root: Address) -> list[Finding]:
    try:
        metrics = (await _fetch(root, "/metrics")).decode(errors="replace")
    except _FAULTS as error:  # a gateway's doing, mostly
        text = f"/metrics {_why(error)}: can't tell whether the KV cache is large enough"
        return [Finding("warning", "cache", text)]
    return capacity.cache(load, metrics)


async def _calls(subject: Subject, chat: ChatVLLM) -> list[Finding]:
    """Ask for a whole reply, past our own reading of it, and for a streamed one."""
    calls: dict[str, TokenUsage] = {}
    about: list[Finding] = []
    began = time.monotonic()
    try:
        reply, opened = await _whole(subject, chat)
    except _FAULTS as error:
        whole = Finding("error", "call", _in_words(failure_of(error, chat)))
    else:
        whole = diagnosis.answered(reply, time.monotonic() - began)
        calls["whole"] = diagnosis.tokens_in(reply)
        about = diagnosis.reasoning(subject.load, reply, opened=opened)
    streamed, told = await _ask(subject, "stream", stream=True)
    if told is not None:
        calls["streamed"] = told
    return [whole, streamed, *diagnosis.usage(calls, cached=True), *about]


async def _whole(subject: Subject, chat: ChatVLLM) -> tuple[dict[str, Any], bool]:
    """Return a reply as the server sends it, and whether the prompt opens a thought."""
    options = {**subject.model.keywords, **subject.options}
    payload = chat._get_request_payload([HumanMessage(_QUESTION)], **options)  # noqa: SLF001  ours
    at, body = await chat._addressed(payload)  # noqa: SLF001  ours
    content = await _fetch(at, "/chat/completions", body, _CALL)
    reply: dict[str, Any] = parsed(content, at.url)
    result_of(reply, at.url, chat._create_chat_result)  # noqa: SLF001  raises if unreadable
    return reply, bool(await chat._opens_thought(body))  # noqa: SLF001  ours


async def _tokenizer(chat: ChatVLLM) -> Finding:
    try:
        async with asyncio.timeout(_LOOK):
            await chat.count_texts([_QUESTION])
    except (*_FAULTS, TimeoutError) as error:  # a run estimates then
        text = f"/tokenize {_why(error)}: tokens are estimated, which wastes some room"
        return Finding("warning", "tokenizer", text)
    return Finding("ok", "tokenizer", "/tokenize counts exactly")


async def _fetch(
    at: Address,
    path: str,
    body: Mapping[str, Any] | None = None,
    seconds: float | None = None,
) -> bytes:
    """Post `body`, or get; a look at the server unless `seconds` give it more time."""
    seconds = seconds or _LOOK
    try:
        async with asyncio.timeout(seconds):  # for one that sends byte by byte, too
            return await request(at, path, body, Patience(_LOOK, seconds))
    except TimeoutError as error:
        raise silent(at.url + path, f"no whole reply in {seconds:g} s") from error


async def _ask(
    subject: Subject, check: str, *, stream: bool
) -> tuple[Finding, TokenUsage | None]:
    """Ask as a run does; return how that went, and the tokens if it went well."""
    began, model = time.monotonic(), subject.model
    failure: Failure | None
    try:
        async with asyncio.timeout(_CALL):
            reply = await ask(
                model,
                [HumanMessage(_QUESTION)],
                {},
                attempts=1,
                options={**subject.options, "stream": True} if stream else subject.options,
                stream=stream,
                extra={},
            )
        failure = reply.failure
    except TimeoutError:
        failure = {"kind": "timeout", "message": f"no whole reply in {_CALL:g} s"}
    if failure:
        return Finding("error", check, _in_words(failure)), None
    how = "streams a reply" if stream else "answers"
    text = f"{how}, {time.monotonic() - began:.1f} s"
    return Finding("ok", check, text), reply.usage


def _in_words(failure: Failure) -> str:
    return f"{failure['kind'].replace('_', ' ')}: {failure['message']}"


def _why(error: Exception) -> str:
    """Return in a few words why one of vLLM's own paths told nothing."""
    status = status_of(error)
    if status is not None:
        return f"answered {status}"
    if isinstance(error, TimeoutError | openai.APITimeoutError):
        return "gave no answer in time"
    if isinstance(error, openai.APIConnectionError):
        return "can't be reached"
    return "answered something else"
