"""What Studio draws and the forms that it shows, as the server gives them out."""

from __future__ import annotations

import pytest
from studio.dev import assistant_of

from a2r_graph import A2RContext, create_a2r
from a2r_graph.studio import StudioContext

EDGES = {
    (edge.source, edge.target, edge.conditional)
    for edge in create_a2r("local:").get_graph().edges
}


@pytest.fixture
async def schemas(client):
    return await client.assistants.get_schemas(await assistant_of(client, "a2r"))


async def test_the_input_is_the_messages_alone_and_the_output_has_the_report(schemas):
    assert list(schemas["input_schema"]["properties"]) == ["messages"]
    assert list(schemas["output_schema"]["properties"]) == ["messages", "a2r"]
    report = schemas["output_schema"]["$defs"]["Report"]["properties"]
    assert {"references", "votes", "usage"} <= set(report)


async def test_every_setting_has_its_description_default_and_bounds(schemas):
    form = schemas["context_schema"]["properties"]
    ours = A2RContext.model_json_schema()["properties"]
    assert list(form) == [*A2RContext.model_fields, "explorer", "synthesizer"]
    assert form["n"].items() >= {"minimum": 1, "maximum": 4096, "default": 8}.items()
    assert form["order"]["enum"] == ["support", "shuffle", "index"]
    for name, field in form.items():
        assert field["description"].strip(), name
        assert "default" in field, name
        if name in ours:
            assert field == ours[name]


async def test_the_models_are_pickers_with_the_embedded_model_as_default(schemas):
    form = schemas["context_schema"]["properties"]
    for name, default in (("explorer", "local:"), ("synthesizer", "")):
        assert form[name]["type"] == "string"
        assert form[name]["default"] == default
        assert form[name]["__template_metadata__"] == {"kind": "llm"}
        assert form[name]["langgraph_nodes"] == [name]


async def test_a_graph_of_ones_own_shows_its_defaults_and_no_pickers(scripts):
    found = await scripts.assistants.get_schemas(await assistant_of(scripts, "scripted"))
    form = found["context_schema"]["properties"]
    assert list(form) == list(A2RContext.model_fields)
    assert (form["n"]["default"], form["seed"]["default"]) == (3, 0)


async def test_models_in_the_context_are_refused_by_a_graph_of_ones_own():
    assert not {"explorer", "synthesizer"} & set(A2RContext.model_fields)
    graph = create_a2r("local:", n=1)
    with pytest.raises(ValueError, match="explorer: unknown setting"):
        await graph.ainvoke({"messages": []}, context={"explorer": "vllm:m@http://x"})
    assert issubclass(StudioContext, A2RContext)


async def drawn(client, graph, **options):
    found = await client.assistants.get_graph(await assistant_of(client, graph), **options)
    return {
        (edge["source"], edge["target"], edge.get("conditional", False))
        for edge in found["edges"]
    }


@pytest.mark.parametrize("xray", [False, True])
async def test_the_drawing_is_the_graphs_own(client, xray):
    assert await drawn(client, "a2r", xray=xray) == EDGES


async def test_within_a_parent_xray_draws_its_nodes(scripts):
    assert await drawn(scripts, "parent") == {
        ("__start__", "think", False),
        ("think", "__end__", False),
    }
    assert len(EDGES) > 5
    inside = {(f"think:{a}", f"think:{b}", c) for a, b, c in EDGES}
    outside = {("__start__", "think:__start__", False), ("think:__end__", "__end__", False)}
    assert await drawn(scripts, "parent", xray=True) == inside | outside
