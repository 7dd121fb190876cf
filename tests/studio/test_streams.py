"""What the server streams of a run, in each of its modes."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest
from server import Server, completion, failing
from studio.dev import question
from studio.graphs import ANSWER, SECRET, N

TOLD = [
    *["explorer_started"] * N,
    *["explorer_ended"] * (N - 1),
    "explorer_failed",
    "reduced",
    "synthesis_started",
]


async def streamed(client, graph, *modes, **options):
    """Return a run's events by their names, and the part of the name after `|`."""
    events, spaces = {}, set()
    modes = modes[0] if len(modes) == 1 else list(modes)
    thread = (await client.threads.create())["thread_id"]  # without one: no checkpoints
    async for part in client.runs.stream(
        thread, graph, input=question(), stream_mode=modes, **options
    ):
        name, _, space = part.event.partition("|")
        events.setdefault(name, []).append(part.data)
        if name != "metadata":
            spaces.add(space)
    assert SECRET not in json.dumps(events)
    assert "error" not in events
    return events, spaces


def are_updates(updates):
    """Check that each branch's reference came by itself, then the others' work."""
    branches = [update["explorer"]["a2r"] for update in updates[:N]]
    assert [len(branch["references"]) for branch in branches] == [1] * N
    references = sorted((b["references"][0] for b in branches), key=lambda r: r["index"])
    assert [r["status"] for r in references] == ["ok"] * (N - 1) + ["failed"]
    assert references[0]["text"].startswith("Branch 0")
    assert references[-1]["error"] == {
        "kind": "bad_request",
        "message": "no such model for ***",
    }
    assert [list(update) for update in updates[N:]] == [["reduce"], ["synthesizer"]]
    assert updates[N]["reduce"]["a2r"]["votes"] == {"42": N - 1}


def are_custom(custom):
    assert sorted(told["event"] for told in custom) == sorted(TOLD)
    assert {told["type"] for told in custom} == {"a2r"}
    assert len({told["run"] for told in custom}) == 1


def are_tokens(tokens):
    """Check a `messages-tuple` stream: the synthesizer's, and nothing of the explorers'."""
    assert "".join(message["content"] for message, _ in tokens) == ANSWER
    assert len(tokens) >= len(ANSWER.split())
    assert {about["langgraph_node"] for _, about in tokens} == {"synthesizer"}


async def test_values_hold_the_references_and_then_the_answer(scripts):
    events, _ = await streamed(scripts, "scripted", "values")
    first, *_, explored, _, last = events["values"]
    assert list(first) == ["messages", "a2r"]
    assert len(explored["a2r"]["references"]) == N
    assert [m["type"] for m in last["messages"]] == ["human", "ai"]
    assert last["a2r"]["synthesis"] == "model"


async def test_several_modes_at_once_show_references_progress_and_tokens(scripts):
    modes = ("updates", "custom", "messages-tuple", "values")
    events, spaces = await streamed(scripts, "scripted", *modes)
    are_updates(events["updates"])
    are_custom(events["custom"])
    are_tokens(events["messages"])
    assert events["values"][-1]["messages"][-1]["content"] == ANSWER
    assert spaces == {""}


async def test_messages_accumulate_the_synthesizers_tokens_alone(scripts):
    events, _ = await streamed(scripts, "scripted", "messages")
    about = [v for found in events["messages/metadata"] for v in found.values()]
    assert [a["metadata"]["langgraph_node"] for a in about] == ["synthesizer"]
    partial = [message["content"] for (message,) in events["messages/partial"]]
    assert partial == sorted(partial, key=len)
    assert partial[0] == ANSWER.split()[0] + " "
    assert partial[-1] == ANSWER


async def test_the_other_modes_show_the_three_nodes(scripts):
    modes = ("events", "debug", "tasks", "checkpoints")
    shown = await asyncio.gather(*(streamed(scripts, "scripted", mode) for mode in modes))
    events, debug, tasks, checkpoints = (s[0][m] for s, m in zip(shown, modes, strict=True))
    asked = [e["metadata"] for e in events if e["event"] == "on_chat_model_start"]
    assert sorted(a.get("a2r_branch", -1) for a in asked) == [-1, *range(N)]
    ended = [e for e in events if e["event"] == "on_chain_end" and e["name"] == "explorer"]
    assert len(ended) == N
    nodes = [*["explorer"] * N, "reduce", "synthesizer"]
    results = [task["name"] for task in tasks if "result" in task]
    assert results == nodes
    assert [e["payload"]["name"] for e in debug if e["type"] == "task_result"] == nodes
    references = [c["values"].get("a2r", {}).get("references", []) for c in checkpoints]
    assert [len(r) for r in references][-3:] == [N, N, N]


async def test_from_a_parent_graph_all_of_it_comes_with_the_nodes_name(scripts):
    modes = ("updates", "custom", "messages-tuple", "tasks")
    events, spaces = await streamed(scripts, "parent", *modes, stream_subgraphs=True)
    *inside, last = events["updates"]
    are_updates(inside)
    assert [m["content"] for m in last["think"]["messages"][1:]] == [ANSWER]
    are_custom(events["custom"])
    are_tokens(events["messages"])
    within = {space.partition(":")[0] for space in spaces}
    assert within == {"", "think"}


async def test_a_parents_stream_has_progress_and_references_with_subgraphs_alone(scripts):
    modes = ("updates", "custom")
    events, spaces = await streamed(scripts, "parent", *modes)
    assert [list(update) for update in events["updates"]] == [["think"]]
    assert "custom" not in events
    assert spaces == {""}
    events, _ = await streamed(scripts, "parent", *modes, stream_subgraphs=True)
    are_custom(events["custom"])


@pytest.mark.parametrize(
    ("graph", "context"), [("scripted", {"n": 1}), ("parent", {"a2r": {"n": 1}})]
)
async def test_a_runs_settings_are_its_context_or_a_key_of_a_parents(
    scripts, graph, context
):
    options = {"stream_subgraphs": True, "context": context}
    events, _ = await streamed(scripts, graph, "custom", **options)
    told = [event["event"] for event in events["custom"]]
    assert told == ["explorer_started", "explorer_ended", "reduced", "synthesis_started"]


async def test_a_reference_is_seen_while_other_branches_are_still_at_work(client):
    seen = [threading.Event() for _ in range(N)]

    def plan(_number, path, body):
        if not path.endswith("/chat/completions"):
            return failing(404)
        index = body.get("seed", 0)
        # Branch i is answered once the client has branch i - 1's reference.
        if index and not seen[index - 1].wait(30):
            return failing(400, "the client saw nothing")
        return completion(f"Branch {index}. Answer: 42")

    with Server(plan) as server:
        context = {"explorer": f"vllm:m@{server.url}", "n": N, "seed": 0, "attempts": 1}
        async for part in client.runs.stream(
            None, "a2r", input=question(), context=context, stream_mode="updates"
        ):
            if "explorer" in part.data:
                (reference,) = part.data["explorer"]["a2r"]["references"]
                assert reference["error"] is None
                seen[reference["index"]].set()
    assert all(event.is_set() for event in seen)


async def test_an_error_ends_the_stream_in_words(scripts):
    modes = ["values", "updates", "custom", "messages"]
    stream = scripts.runs.stream(None, "failing", input=question(), stream_mode=modes)
    last = [part async for part in stream][-1]
    assert last.event == "error"
    assert last.data["error"] == "ExplorationError"
    assert "2 of 2: bad_request: wrong key ***" in last.data["message"]
