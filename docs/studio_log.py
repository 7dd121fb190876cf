"""Writes what stands between the fences of `docs/studio.md`, as LangGraph's server has it.

Run it as `python docs/studio_log.py` when the graph or its events have changed; a test
compares.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from langchain_core.runnables.graph import Edge, Graph, Node

GUIDE = Path(__file__).parent / "studio.md"
QUESTION = {"messages": [{"role": "user", "content": "What is 6 x 7?"}]}

NOTES = {
    "explorer_started": "all branches are asked at once",
    "explorer_ended": "a branch ends: told in `custom`, and its reference is in `updates`",
    "explorer_failed": "a branch that fails doesn't end the run",
    "reduced": "voted, collapsed, fitted into the synthesizer's window",
    "synthesis_started": "the synthesizer's tokens, and nobody else's, are in `messages`",
}
"""What is said above the first event of a kind."""

_SHOWN = {
    *("a2r", "attempt", "answer", "content", "error", "event", "explorer", "index", "kind"),
    *("langgraph_node", "majority", "message", "messages", "model", "reduce", "references"),
    *("review", "status", "stopped_by", "synthesis", "synthesizer", "text", "votes"),
}
"""The keys that are shown; ids, times, token counts and the like aren't."""


async def drawing(client: Any) -> str:  # noqa: ANN401  the SDK's, or a test's
    """Return the drawing that the server gives to Studio, in Mermaid."""
    found = await client.assistants.search(graph_id="in_turn")
    told = await client.assistants.get_graph(found[0]["assistant_id"], xray=True)
    nodes = {
        node["id"]: Node(node["id"], node["id"], data=None, metadata=None)
        for node in told["nodes"]
    }
    edges = [
        Edge(edge["source"], edge["target"], conditional=edge.get("conditional", False))
        for edge in told["edges"]
    ]
    return Graph(nodes, edges).draw_mermaid().strip()


async def log(client: Any) -> str:  # noqa: ANN401  the SDK's, or a test's
    """Run the graph of `tests/studio` whose branches end in order; return its events."""
    modes = ["updates", "custom", "messages-tuple"]
    stream = client.runs.stream(None, "in_turn", input=QUESTION, stream_mode=modes)
    return "\n".join(_lines([(part.event, part.data) async for part in stream]))


def _lines(events: list[tuple[str, Any]]) -> Iterator[str]:
    noted = set()
    for name, data in events:
        kind = data.get("event") if isinstance(data, dict) else None
        if kind in NOTES and kind not in noted:
            noted.add(kind)
            yield f"\n# {NOTES[kind]}"
        yield f"{name:<9} {json.dumps(_shortened(data))}"


def _shortened(value: Any, key: str = "") -> Any:  # noqa: ANN401  JSON
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if not isinstance(value, dict) or key == "votes":
        return value
    if key == "reduce":  # its references have been seen
        value = {"a2r": {k: v for k, v in value["a2r"].items() if k != "references"}}
    return {k: _shortened(v, k) for k, v in value.items() if k in _SHOWN}


def written(guide: str, drawing: str, log: str) -> str:
    """Return `guide` with both parts as the server has them."""
    for kind, text in (("mermaid", drawing), ("text", log)):
        fenced = f"```{kind}\n{text}\n```"
        guide = re.sub(rf"```{kind}\n.*?```", lambda _, f=fenced: f, guide, flags=re.DOTALL)
    return guide


async def main() -> None:
    """Start the server of `tests/studio`, and write the guide anew."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    from studio.dev import TESTS, Dev  # noqa: PLC0415  found only now

    config = TESTS / "studio" / "langgraph.json"
    with tempfile.TemporaryDirectory() as folder, Dev(config, Path(folder)) as dev:
        async with dev.client() as client:
            parts = await drawing(client), await log(client)
    GUIDE.write_text(written(GUIDE.read_text("utf-8"), *parts), "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
