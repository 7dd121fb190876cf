"""A2R runs on the server: reasoning, usage, the window, the cache, cancelling."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from fakes import Scripted
from langchain_core.messages import HumanMessage

from a2r_graph import EmptyReplyError, create_a2r

pytestmark = pytest.mark.vllm

QUESTION = {"messages": [("user", "A box holds 3 red and 4 blue balls. How many balls?")]}
PROMPT, GENERATED = "vllm:prompt_tokens_total", "vllm:generation_tokens_total"
RUNNING = "vllm:num_requests_running"
PLAIN = {"enable_thinking": False}


async def settled(metrics):
    """Return the figures once nothing runs any more."""
    for _ in range(600):
        figures = metrics()
        if figures[RUNNING] == figures["vllm:num_requests_waiting"] == 0:
            return figures
        await asyncio.sleep(0.1)
    return pytest.fail(f"still running: {figures[RUNNING]}")


async def all_running(metrics, n):
    """Wait until the server generates `n` replies."""
    for _ in range(300):
        if metrics()[RUNNING] >= n:
            return
        await asyncio.sleep(0.1)
    pytest.fail(f"the server never ran {n} requests at once")


def tokens(after, before):
    return tuple(int(after[name] - before[name]) for name in (PROMPT, GENERATED))


async def test_reasoning_and_usage_of_both_roles_are_the_servers_own(vllm, metrics):
    thinking = vllm(thinking_token_budget=24, extra_body={"ignore_eos": True})
    endless = vllm(extra_body={"ignore_eos": True})
    a2r = create_a2r(
        [thinking, endless],
        vllm(chat_template_kwargs=PLAIN),
        n=8,
        seed=5,
        max_tokens=40,
        synthesizer_max_tokens=32,
        synthesizer_temperature=0.2,
    )
    before = await settled(metrics)
    report, explored = {}, None
    async for mode, update in a2r.astream(QUESTION, stream_mode=["custom", "values"]):
        if mode == "values":
            report = update.get("a2r") or report
        elif update["event"] == "reduced":
            explored = await settled(metrics)
    after = await settled(metrics)

    usage = report["usage"]
    by_role = {"explorer": tokens(explored, before), "synthesizer": tokens(after, explored)}
    for role, told in by_role.items():
        assert (usage[role]["input_tokens"], usage[role]["output_tokens"]) == told
        assert usage[role]["cached_tokens"] is not None
    assert usage["explorer"]["calls"] == 8
    assert usage["explorer"]["reasoning_tokens"] > 4 * 40
    assert report["prompt"]["prompt_tokens"] == usage["synthesizer"]["input_tokens"]
    for reference in report["references"]:
        assert reference["reasoning"]
        assert "<think>" not in reference["text"]
        if reference["index"] % 2:  # its thought never ends
            assert (reference["error"]["kind"], reference["text"]) == ("truncated", "")
        else:
            assert reference["status"] == "ok"
            assert reference["usage"]["reasoning_tokens"] <= 24


@pytest.mark.parametrize(
    "fields",
    [{"thinking_token_budget": 12}, {"chat_template_kwargs": PLAIN}],
    ids=["thinking", "plain"],
)
async def test_streamed_and_whole_agree(vllm, fields):
    model = vllm(temperature=0, max_tokens=40, seed=1, **fields)
    whole = await model.ainvoke("What is 2 + 3?")
    streamed = None
    async for chunk in model.astream("What is 2 + 3?"):
        streamed = chunk if streamed is None else streamed + chunk
    assert streamed.content == whole.content
    assert streamed.additional_kwargs.get("reasoning_content") == (
        whole.additional_kwargs.get("reasoning_content")
    )
    for told in ("input_tokens", "output_tokens"):
        assert streamed.usage_metadata[told] == whole.usage_metadata[told]
    assert (
        streamed.response_metadata["finish_reason"]
        == (whole.response_metadata["finish_reason"])
    )
    assert model.invoke("What is 2 + 3?").content == whole.content


async def test_a_thought_cut_off_raises_with_all_that_came(vllm):
    with pytest.raises(EmptyReplyError) as caught:
        await vllm(max_tokens=6, extra_body={"ignore_eos": True}).ainvoke("What is 2 + 3?")
    reply = caught.value.reply
    assert caught.value.kind == "truncated"
    assert reply.usage_metadata["output_tokens"] == 6
    assert 0 < reply.usage_metadata["output_token_details"]["reasoning"] <= 6
    assert reply.additional_kwargs["reasoning_content"]


WORDS = [
    "sum",
    "12",
    "x^2",
    "naïve",
    "Größe",
    "東京",
    "🙂",
    "```",
    "<|im_end|>",
    "</reference>",
    "<think>",
    "</think>",
    "ok",
    "\n\t",
]


def references(dice, most):
    """Return texts of many sizes, from a word to several thousand."""
    return [
        " ".join(dice.choice(WORDS) for _ in range(dice.randint(10, most)))
        + f" Answer: {i}"
        for i in range(dice.randint(2, 12))
    ]


async def test_the_count_is_the_servers_and_a_window_filled_to_its_end_is_taken(vllm):
    """50 cases: each prompt's own count, then `max_tokens` up to the last token."""
    dice = random.Random(7)  # noqa: S311  cases that can be had again
    brief = vllm(chat_template_kwargs=PLAIN, structured_outputs={"choice": ["ok"]})
    window, filled = await vllm().context_window(), 0
    for case in range(50):
        texts = references(dice, 2000 if case % 10 == 0 else dice.choice([20, 40, 150]))
        limits = {"synthesizer_max_tokens": dice.choice([2, 64, 700])}
        if case % 3 == 0:
            limits["reference_tokens"] = dice.randint(100, 900)
        a2r = create_a2r(Scripted(script=texts), brief, n=len(texts))
        for _ in range(2):
            report = (await a2r.ainvoke(QUESTION, context=limits))["a2r"]
            size, asked = report["prompt"], report["usage"]["synthesizer"]
            assert not size["estimated"]
            assert asked["input_tokens"] == size["prompt_tokens"], (case, limits)
            total = size["prompt_tokens"] + limits["synthesizer_max_tokens"]
            assert total <= window
            filled += total == window
            if size["reference_tokens"] < 64:
                break  # less than the reduce step keeps free for references
            limits["synthesizer_max_tokens"] = window - size["prompt_tokens"]
    # Where the parts count a token more than the block, its last one stays free.
    assert filled >= 40


LONG = "The following numbers were drawn: " + ", ".join(str(i * 37) for i in range(200))


async def test_explorers_and_synthesizer_hit_the_prefix_cache(vllm):
    model = vllm(chat_template_kwargs=PLAIN, max_tokens=16)
    salt = f" {time.time()}"  # nothing of an earlier run
    question = {"messages": [("user", salt + LONG + " Which one is the largest?")]}
    report = (await create_a2r(model, n=8, fallback="majority").ainvoke(question))["a2r"]
    cached = [r["usage"]["cached_tokens"] for r in report["references"]]
    prompt = report["references"][0]["usage"]["input_tokens"]
    assert sum(count > prompt * 0.7 for count in cached) >= 5, cached
    assert report["usage"]["explorer"]["cached_tokens"] == sum(cached)
    assert report["usage"]["synthesizer"]["cached_tokens"] > prompt * 0.7


@pytest.mark.parametrize("how", ["ainvoke", "astream"])
async def test_cancelling_a_run_stops_the_server(vllm, metrics, how):
    model = vllm(chat_template_kwargs=PLAIN, extra_body={"ignore_eos": True})
    a2r = create_a2r(model, n=8, max_tokens=3000)

    async def follow():
        if how == "ainvoke":
            await a2r.ainvoke(QUESTION)
        async for _ in a2r.astream(QUESTION, stream_mode="messages"):
            pass

    await settled(metrics)
    run = asyncio.ensure_future(follow())
    await all_running(metrics, 8)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    await asyncio.sleep(1)
    first = metrics()
    await asyncio.sleep(1)
    assert first[RUNNING] == 0
    assert metrics()[GENERATED] == first[GENERATED]


async def test_a_synthesis_that_is_left_stops_the_server(vllm, metrics):
    model = vllm(chat_template_kwargs=PLAIN, extra_body={"ignore_eos": True})
    stream = model.astream([HumanMessage("Count.")], max_tokens=3000)
    async for chunk in stream:
        if chunk.content:
            break
    await stream.aclose()
    await asyncio.sleep(1)
    assert metrics()[RUNNING] == 0


async def test_vllms_own_options_are_obeyed(vllm):
    model = vllm(
        chat_template_kwargs=PLAIN,
        structured_outputs={"choice": ["north", "south"]},
        top_k=5,
        min_p=0.05,
        repetition_penalty=1.1,
        priority=0,
        seed=3,
        max_tokens=8,
    )
    assert (await model.ainvoke("Where to?")).content in {"north", "south"}
    again = await model.bind(structured_outputs={"choice": ["left"]}).ainvoke("Where to?")
    assert again.content == "left"


async def test_replicas_serve_one_run(vllm, vllm_url):
    here = [vllm(chat_template_kwargs=PLAIN, max_tokens=8)]
    other = vllm_url.replace("127.0.0.1", "localhost")
    away = [
        vllm(chat_template_kwargs=PLAIN, max_tokens=8, base_url="http://127.0.0.1:9/v1")
    ]
    for others in (away, [vllm(chat_template_kwargs=PLAIN, max_tokens=8, base_url=other)]):
        a2r = create_a2r(others + here, n=4, fallback="majority")
        report = (await a2r.ainvoke(QUESTION))["a2r"]
        assert [r["status"] for r in report["references"]] == ["ok"] * 4
        assert report["usage"]["explorer"]["retries"] == (2 if others is away else 0)
