"""What LangGraph keeps from its nodes: the private keys that A2R leans on, all here.

A branch gets the payload of its `Send`, and there is no public way from it to the state
or to what its checkpointer holds. The keys are those of `langgraph._internal._constants`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import BaseCheckpointSaver

    from a2r_graph.state import Report

SAVER = "__pregel_checkpointer"
_READ = "__pregel_read"


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
    reports = [read(config, "a2r")]
    ours = config["configurable"]
    saver: BaseCheckpointSaver[Any] | None = ours.get(SAVER)
    if saver is not None:
        namespace = ours["checkpoint_ns"].rpartition("|")[0]  # the branch's own, cut off
        place = {
            "thread_id": ours["thread_id"],
            "checkpoint_ns": namespace,
            "checkpoint_id": ours["checkpoint_map"][namespace],
        }
        saved = await saver.aget_tuple({"configurable": place})
        pending = (saved and saved.pending_writes) or ()
        reports += [value for _, channel, value in pending if channel == "a2r"]
    return [report for report in reports if report]
