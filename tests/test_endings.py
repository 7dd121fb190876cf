"""How replies begin and end, through the graph: thoughts in front, cut off, broken off."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import Scripted, Streaming, Tooled, ask
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from pydantic import BaseModel, Field
from server import Server, completion, streamed

from a2r_graph import ChatVLLM, ExplorationError, SynthesisError, create_a2r

ASKED = ask("How do I strip a model's thought?")
STRIPPED = """Cut the text there:

```python
text = re.sub(r'^.*?</think>', '', text, flags=re.S)
```

It drops the thought."""
SHOWN = '{"open": "<think>", "close": "</think>"}'
CODE = "It begins so:\n\n```\n<think>\nSix sevens ...\n</think>\n```\n\nDrop that."
PROSE = "The tag <think> opens it and </think> closes it. Cut behind the latter."


def ended(text: str, reason: Any) -> AIMessage:
    return AIMessage(text, response_metadata={"finish_reason": reason})


@pytest.mark.parametrize("said", [STRIPPED, SHOWN, CODE, PROSE])
@pytest.mark.parametrize("thought", ["", "<think>They ask of `</think>`.</think>\n\n"])
async def test_a_user_who_asks_how_to_strip_a_thought_gets_the_whole_answer(said, thought):
    a2r = create_a2r(Scripted(script=thought + said), n=2)
    result = await a2r.ainvoke(ASKED)
    assert result["messages"][-1].content == said
    assert [r["text"] for r in result["a2r"]["references"]] == [said, said]


@pytest.mark.parametrize("said", [STRIPPED, SHOWN, CODE, PROSE])
async def test_chatvllm_streams_that_answer_as_it_is_returned(said):
    def plan(_number, path, body):
        if not path.endswith("/completions"):
            return 404, {}, b""
        if body.get("stream"):
            return streamed(*({"content": letter} for letter in said))
        return completion(said)

    with Server(plan) as server:
        a2r = create_a2r(ChatVLLM(model="m", base_url=server.url), n=2)
        tokens, values = "", {}
        async for mode, given in a2r.astream(ASKED, stream_mode=["messages", "values"]):
            if mode == "values":
                values = given
            elif given[1]["langgraph_node"] == "synthesizer" and given[0].type != "ai":
                tokens += given[0].text
    assert values["messages"][-1].content == tokens == said
    assert [r["text"] for r in values["a2r"]["references"]] == [said, said]


async def test_a_thought_in_a_block_of_the_answers_content_reaches_no_further_turn():
    blocks = [{"type": "text", "text": "<think>hm</think>42"}]
    result = await create_a2r(Scripted(), Scripted(script=AIMessage(blocks))).ainvoke(ask())
    answer = result["messages"][-1]
    assert answer.text == "42"
    assert answer.additional_kwargs["reasoning_content"] == "hm"


@pytest.mark.parametrize("reason", ["abort", {"type": "abort", "message": "lost"}, "error"])
async def test_replies_that_the_server_broke_off_do_not_outvote_the_right_one(reason):
    broken = ended("First 12 boxes, then 12 x 14 = 168, now add the 3", reason)
    explorer = Scripted(script=[broken, "Answer: 171", broken])
    a2r = create_a2r(explorer, Scripted(), n=3, attempts=1)
    report = (await a2r.ainvoke(ask()))["a2r"]
    assert report["votes"] == {"171": 1}
    kinds = [r["error"] and r["error"]["kind"] for r in report["references"]]
    assert kinds == ["server_error", None, "server_error"]
    assert report["majority"] == "171"


@pytest.mark.parametrize("retries", [None, 2])
async def test_a_reply_that_was_broken_off_is_asked_for_again_also_of_other_clients(
    retries,
):
    class Client(Scripted):
        max_retries: int | None = 0

    model = Client(script=[ended("It is 4", "abort"), "Answer: 42"], max_retries=retries)
    report = (await create_a2r(model, Scripted(), n=1, attempts=2).ainvoke(ask()))["a2r"]
    assert report["votes"] == {"42": 1}
    assert report["references"][0]["usage"]["calls"] == 2


async def test_a_synthesis_that_was_broken_off_is_asked_for_again_unless_it_streamed():
    script = [ended("It is 4", "network_error"), "It is 42."]
    result = await create_a2r(Scripted(), Scripted(script=script), n=1).ainvoke(ask())
    assert result["messages"][-1].content == "It is 42."
    assert result["a2r"]["usage"]["synthesizer"]["retries"] == 1

    class Breaking(Streaming):
        async def _astream(self, messages, stop=None, run_manager=None, **kwargs):
            self._next(messages, kwargs)
            for word, told in (("It ", {}), ("is", {"finish_reason": "abort"})):
                message = AIMessageChunk(word, response_metadata=told)
                chunk = ChatGenerationChunk(message=message)
                if run_manager:
                    await run_manager.on_llm_new_token(word, chunk=chunk)
                yield chunk

    big = Breaking()
    with pytest.raises(SynthesisError, match="server_error"):
        async for _ in create_a2r(Scripted(), big, n=1).astream(
            ask(), stream_mode="messages"
        ):
            pass
    assert len(big.calls) == 1


@pytest.mark.parametrize("reason", ["content_filter", "sensitive", "SAFETY"])
async def test_a_text_that_a_filter_ended_is_no_reference_and_is_not_asked_for_again(
    reason,
):
    model = Scripted(script=ended("Answer: 4", reason))
    with pytest.raises(ExplorationError) as caught:
        await create_a2r(model, Scripted(), n=1, attempts=3).ainvoke(ask())
    (reference,) = caught.value.references
    assert reference["error"]["kind"] == "refused"
    assert len(model.calls) == 1


@pytest.mark.parametrize("reason", ["length", "MAX_TOKENS", "max_output_tokens"])
async def test_a_text_that_was_cut_off_is_shown_as_such_and_votes_with_what_was_complete(
    reason,
):
    stump = ended("First 12 boxes, then 12 x 14 = 168, now add the 3", reason)
    done = ended("Answer: 171\nLet me che", reason)
    big = Scripted(script="It is 171.")
    a2r = create_a2r(Scripted(script=[stump, stump, done]), big, n=3)
    report = (await a2r.ainvoke(ask()))["a2r"]
    assert report["votes"] == {"171": 1}
    assert [r["status"] for r in report["references"]] == ["ok"] * 3
    prompt = "\n".join(str(message.content) for message in big.calls[0][0])
    assert "now add the 3 [cut off]\n</reference>" in prompt
    assert "Let me che [cut off]\n</reference>" in prompt


async def test_a_text_that_was_cut_off_stands_in_for_the_answer_only_if_all_were():
    explorers = Scripted(
        script=[ended("It is", "length"), ended("It is", "length"), "Yes."]
    )
    big = Scripted(script=RuntimeError("no"))
    a2r = create_a2r(explorers, big, n=3, fallback="majority", extract_answer=None)
    assert (await a2r.ainvoke(ask()))["messages"][-1].content == "Yes."


class Towns(BaseModel):
    names: list[str] = Field(min_length=1)


async def test_a_filled_schema_that_a_filter_ended_is_refused_at_once():
    big = Tooled(script=ended('{"names": ["Par"]}', "content_filter"))
    a2r = create_a2r(Scripted(), big, n=1, response_format=Towns, attempts=3)
    with pytest.raises(SynthesisError, match="refused"):
        await a2r.ainvoke(ask())
    assert len(big.calls) == 1
