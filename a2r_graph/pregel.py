"""What LangGraph keeps from its nodes: the private keys that A2R leans on, all here.

A branch gets the payload of its `Send`, and there is no public way from it to the state
or to what its checkpointer holds. The keys are those of `langgraph._internal._constants`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver, PendingWrite

    from a2r_graph.state import Report

SAVER = "__pregel_checkpointer"
_READ = "__pregel_read"
_ANSWERS = "__pregel_resume_map"
_TASK = "__pregel_task_id"
_INTERRUPT = "__interrupt__"


def check_thread(*configs: RunnableConfig | None) -> None:
    """Refuse what a checkpointer couldn't keep, in LangGraph's words.

    Raises:
        ValueError: None of the configs names a thread.
    """
    if not any("thread_id" in (config or {}).get("configurable", {}) for config in configs):
        msg = (
            "Checkpointer requires one or more of the following 'configurable' keys: "
            "thread_id, checkpoint_ns, checkpoint_id"
        )
        raise ValueError(msg)


def read(config: RunnableConfig, channel: str) -> Any:  # noqa: ANN401  as the channel has it
    """Return what a channel of the state holds, to a node that got a `Send`."""
    return config["configurable"][_READ](channel, False)  # noqa: FBT003  LangGraph's own


def has_saver(config: RunnableConfig) -> bool:
    """Return whether a checkpointer keeps the run, the graph's own or a parent's."""
    return config["configurable"].get(SAVER) is not None


async def reports_so_far(config: RunnableConfig) -> list[Report]:
    """Return the updates of the `a2r` channel that a branch's superstep stands on.

    The state's own comes first; its checkpoint may still be on its way to the disk. Of a
    superstep that was broken off the state knows nothing yet: its finished branches are
    writes that are still pending, under a checkpoint that is there.
    """
    writes = await _pending_writes(config)
    reports = [
        read(config, "a2r"),
        *(value for _, channel, value in writes if channel == "a2r"),
    ]
    return [report for report in reports if report]


async def left_empty(config: RunnableConfig) -> bool:
    """Return whether a node's interrupt is answered by an object with nothing in it.

    LangGraph takes `Command(resume={})` for answers by interrupt, of which there are none:
    it gives no answer to anybody, at any depth, and each interrupt would be raised again.
    """
    ours = config["configurable"]
    if ours.get(_ANSWERS) != {}:
        return False
    writes = await _pending_writes(config)  # an interrupt yet to come isn't answered by it
    return any(write[:2] == (ours[_TASK], _INTERRUPT) for write in writes)


async def _pending_writes(config: RunnableConfig) -> Sequence[PendingWrite]:
    """Return what is written of a node's superstep, under the checkpoint it stands on."""
    ours = config["configurable"]
    saver: BaseCheckpointSaver[Any] | None = ours.get(SAVER)
    if saver is None:
        return ()
    namespace = ours["checkpoint_ns"].rpartition("|")[0]  # the node's own, cut off
    place = {
        "thread_id": ours["thread_id"],
        "checkpoint_ns": namespace,
        "checkpoint_id": ours["checkpoint_map"][namespace],
    }
    saved = await saver.aget_tuple({"configurable": place})
    return (saved and saved.pending_writes) or ()
