#!/bin/sh
# langgraph 1.2.24: an interrupt whose schema takes {} can't be answered with {}.
#
# An interrupt may carry the schema of its answer, which a front end shows as a form. Where
# every field is optional, a form that is left empty is {}: it fits. `Command(resume=...)`
# also takes a map from interrupts' ids to answers, and reads {} as a map that answers none:
# the node stops again with the same interrupt and the same id, no error, as often as it is
# sent. The docs of `Command` tell of the map; not that an empty object can't be an answer.
#
# What it means for parallel sampling and synthesis: a person who looks at the references
# and changes nothing sends just that, and is asked the same question for ever, while the
# samples that are paid for wait. Wrap the answer ({"review": {}}), or send `true`.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --target "$folder" \
    "langgraph==1.2.24" "langgraph-checkpoint==4.3.2" "langchain-core==1.8.3"
PYTHONPATH=$folder python3 - <<'PYTHON'
import sys
from importlib.metadata import version
from typing import TypedDict

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command, interrupt
from pydantic import BaseModel


class State(TypedDict):
    answer: dict


class Review(BaseModel):
    guidance: str | None = None


def review(state):
    answer = interrupt("anything to change?", response_schema=Review)
    return {"answer": answer if isinstance(answer, dict) else answer.model_dump()}


builder = StateGraph(State)
builder.add_node("review", review)
builder.add_edge(START, "review")
builder.add_edge("review", END)
graph = builder.compile(InMemorySaver())

print("langgraph", version("langgraph"))
print("expected: {} is taken as the answer, since it fits the schema of the interrupt")


def asked(answer, thread):
    """Return the ids of the interrupts before and after an answer."""
    config = {"configurable": {"thread_id": thread}}
    before = graph.invoke({}, config)["__interrupt__"]
    after = graph.invoke(Command(resume=answer), config).get("__interrupt__", [])
    return [one.id for one in before], [one.id for one in after]


before, after = asked({"guidance": None}, "1")
print('sent {"guidance": null}: asked again:', bool(after))
control = not after
before, after = asked({}, "2")
print("sent {}: asked again:", bool(after), "- with the same id:", before == after)
sys.exit(0 if control and before == after else "it has changed")
PYTHON
