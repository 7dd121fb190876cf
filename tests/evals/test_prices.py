import json
import socket
from datetime import UTC, datetime
from decimal import Decimal

import genai_prices
import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.evals.list_prices import list_price
from a2r_graph.evals.prices import (
    GpuHour,
    Price,
    busy_seconds,
    dollars,
    parse_gpu_hour,
    parse_price,
    prices_for,
    read_prices,
)

WHEN = datetime(2026, 6, 15, 12, 30, tzinfo=UTC)
TOKENS = st.integers(0, 10**7)
FIGURES = st.floats(0, 1000)


def test_a_call_costs_its_tokens_at_their_prices():
    price = Price(input=2, output=10, cached=0.5)
    assert dollars(price, 1_000_000, 100_000, 400_000) == pytest.approx(1.2 + 0.2 + 1.0)


def test_what_is_cached_costs_as_input_where_no_price_of_it_is_given():
    assert dollars(Price(2, 10), 1000, 0, 1000) == dollars(Price(2, 10), 1000, 0, 0)


def test_unknown_cached_tokens_count_as_not_cached():
    price = Price(2, 10, 0.5)
    assert dollars(price, 1000, 10, None) == dollars(price, 1000, 10, 0)


@pytest.mark.parametrize("tokens", [(None, 5, 0), (5, None, 0), (None, None, None)])
def test_an_unknown_figure_that_is_needed_makes_the_dollars_unknown(tokens):
    assert dollars(Price(1, 1), *tokens) is None


def test_an_unknown_price_makes_the_dollars_unknown():
    assert dollars(None, 0, 0, 0) is None


def test_what_is_free_is_so_without_any_figure():
    assert dollars(Price(0, 0), None, None, None) == 0.0


def test_a_call_beyond_the_length_that_a_price_holds_for_is_unknown():
    price = Price(1, 1, up_to=1000)
    assert dollars(price, 1000, 1, 0) is not None
    assert dollars(price, 1001, 1, 0) is None


PRICES = st.builds(
    lambda read, written, share: Price(read, written, read * share),
    FIGURES,
    FIGURES,
    st.floats(0, 1),
)


@given(PRICES, TOKENS, TOKENS, st.none() | TOKENS)
def test_dollars_lie_between_those_of_all_cached_and_of_none(price, read, out, cached):
    known = dollars(price, read, out, cached)
    least, most = dollars(price, read, out, read), dollars(price, read, out, 0)
    assert known is not None
    assert least is not None
    assert most is not None
    assert least <= known * (1 + 1e-9) + 1e-9
    assert known <= most * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        ((-1, 1), "input: -1 is not allowed: dollars per million tokens, 0 or more"),
        ((1, float("nan")), "output: nan is not allowed"),
        ((1, float("inf")), "output: inf is not allowed"),
        ((True, 1), "input: True is not allowed"),
        (("1", 1), "input: '1' is not allowed"),
        ((0.25, 0.025, 2), "cached: 2 is not allowed: at most input, which is 0.25"),
    ],
)
def test_a_price_that_cannot_be_is_refused(figures, message):
    with pytest.raises(ValueError, match=message):
        Price(*figures)


INTERVALS = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)))


@given(INTERVALS)
def test_busy_seconds_are_those_in_which_a_call_ran(intervals):
    covered = {second for start, end in intervals for second in range(start, end)}
    assert busy_seconds(intervals) == len(covered)


def test_no_calls_are_no_busy_time():
    assert busy_seconds([]) == 0.0


def test_a_gpu_hour_is_paid_for_every_gpu():
    assert GpuHour(3.6, 4).second == pytest.approx(0.004)


def test_a_price_is_read_from_the_command_line():
    assert parse_price("explorer=0.25,2") == {"explorer": Price(0.25, 2)}
    assert parse_price("monolith=0.25,2,0.025") == {"monolith": Price(0.25, 2, 0.025)}


def test_two_roles_on_one_server_share_one_gpu_hour():
    shared = GpuHour(2.49, 2, ("explorer", "synthesizer"))
    assert parse_gpu_hour("explorer+synthesizer=2.49x2") == {
        "explorer": shared,
        "synthesizer": shared,
    }
    assert parse_gpu_hour("explorer=2.49") == {"explorer": GpuHour(2.49, 1, ("explorer",))}


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (parse_price, "explorer", "'explorer' is not ROLE=INPUT,OUTPUT"),
        (parse_price, "explorer=1", "has 1 figures: INPUT,OUTPUT"),
        (parse_price, "explorer=1,2,3,4", "has 4 figures"),
        (parse_price, "explorer=1,two", "'two' is not a number"),
        (parse_price, "explorer=1,-2", "output: -2.0 is not allowed"),
        (parse_price, "reader=1,2", "'reader' is not a role: explorer, synthesizer, mono"),
        (parse_gpu_hour, "explorer", "'explorer' is not ROLE=DOLLARS"),
        (parse_gpu_hour, "explorer=x2", "'' is not a number"),
        (parse_gpu_hour, "explorer=2x", "gpus: '' is not allowed: a whole number"),
        (parse_gpu_hour, "explorer=2x0", "gpus: 0 is not allowed"),
        (parse_gpu_hour, "explorer=2x1.5", "gpus: '1.5' is not allowed"),
        (parse_gpu_hour, "explorer=-2", "dollars: -2.0 is not allowed"),
    ],
)
def test_what_is_wrong_on_the_command_line_is_named(parse, text, message):
    option = "--price" if parse is parse_price else "--gpu-hour"
    with pytest.raises(ValueError, match=message) as raised:
        parse(text)
    assert str(raised.value).startswith(f"{option}: ")


TABLES = {
    "explorer": {"input": 0.25, "output": 2, "cached": 0.025},
    "synthesizer+monolith": {"gpu_hour": 2.5, "gpus": 8},
}
TOML = """
[explorer]
input = 0.25
output = 2
cached = 0.025

["synthesizer+monolith"]
gpu_hour = 2.5
gpus = 8
"""


@pytest.mark.parametrize("name", ["prices.toml", "prices.json"])
def test_prices_are_read_from_a_file(tmp_path, name):
    path = tmp_path / name
    path.write_text(TOML if name.endswith("toml") else json.dumps(TABLES), "utf-8")
    served = GpuHour(2.5, 8, ("synthesizer", "monolith"))
    assert read_prices(path) == {
        "explorer": Price(0.25, 2, 0.025),
        "synthesizer": served,
        "monolith": served,
    }


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("p.toml", "[explorer", "no valid TOML: "),
        ("p.json", "{", "no valid JSON: "),
        ("p.json", "[" * 100_000, "no valid JSON: "),
        ("p.json", "[]", "no prices: a table for each role"),
        ("p.toml", "", "no prices: a table for each role"),
        ("p.yaml", "", "'.yaml' is not a format of prices: .toml or .json"),
        ("p.toml", "[reader]\ninput = 1", "reader: 'reader' is not a role: explorer"),
        ("p.toml", "explorer = 1", "explorer: 1 is no table: input and output"),
        ("p.toml", "[explorer]\ninput = 1", "explorer.output: missing: give input and"),
        (
            "p.toml",
            "[explorer]\ninput = 1\noutput = '2'",
            "explorer.output: '2' is not all",
        ),
        ("p.toml", "[explorer]\nprice = 1", "explorer.price: 1: unknown key; known here"),
        ("p.toml", "[explorer]\ngpu_hour = -1", "explorer.gpu_hour: -1 is not allowed"),
        ("p.toml", "[explorer]\ngpu_hour = 1\ngpus = 0", "explorer.gpus: 0 is not allowed"),
        (
            "p.json",
            '{"explorer": {"input": NaN, "output": 1}}',
            "explorer.input: nan is not",
        ),
        (
            "p.toml",
            "[explorer]\ngpu_hour = 1\n['explorer+monolith']\ngpu_hour = 2",
            "explorer has a price already",
        ),
    ],
)
def test_what_is_wrong_in_a_file_is_named_with_file_key_and_value(
    tmp_path, name, text, message
):
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"p\.\w+: ") as raised:
        read_prices(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert message in str(raised.value)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.toml: can't be read: No such file"):
        read_prices(tmp_path / "none.toml")
    path = tmp_path / "p.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"p\.toml: not UTF-8"):
        read_prices(path)


HOSTED = [
    "openai:gpt-5-mini",
    "anthropic:claude-opus-5",
    "azure_openai:gpt-4o",
    "google_genai:gemini-2.5-flash",
]


@pytest.mark.parametrize("model", HOSTED)
def test_a_hosted_model_costs_what_the_library_says_of_a_call(model):
    price = list_price(model, WHEN)
    assert price is not None
    provider, name = model.split(":")
    usage = Usage(input_tokens=9000, output_tokens=800, cache_read_tokens=7000)
    theirs = genai_prices.calc_price(
        usage,
        name,
        provider_id=provider.replace("azure_openai", "azure"),
        genai_request_timestamp=WHEN,
    )
    assert dollars(price, 9000, 800, 7000) == pytest.approx(float(theirs.total_price))


def test_a_list_price_cites_the_version_the_model_and_the_day():
    price = list_price("openai:gpt-5-mini", WHEN)
    assert price is not None
    version = genai_prices.__version__
    assert price.source == f"genai-prices {version}, openai/gpt-5-mini, 2026-06-15"


def test_the_price_is_that_of_the_day_of_the_calls():
    before, after = (
        list_price("openai:o3", datetime(2025, 6, day, tzinfo=UTC)) for day in (9, 10)
    )
    assert before is not None
    assert after is not None
    assert (before.input, after.input) == (10, 2)


@pytest.mark.parametrize(
    "model",
    [
        "vllm:gpt-4o",
        "local:gpt-4o",
        "local:",
        "gpt-4o",
        "openai:",
        "openai:gpt-of-tomorrow",
        "openai:Qwen/Qwen3-4B",
        "nobody:gpt-4o",
        "ollama:gpt-oss:20b",
        "perplexity:sonar",  # by the request, too
    ],
)
def test_where_no_price_is_known_for_sure_there_is_none(model):
    assert list_price(model, WHEN) is None


def test_a_price_that_differs_by_the_hour_is_unknown(monkeypatch):
    found = genai_prices.calc_price(Usage(), "gpt-4o", provider_id="openai")
    dear = type(found.model_price)(input_mtok=Decimal(5), output_mtok=Decimal(5))

    def calc_price(usage, model, *, provider_id, genai_request_timestamp):
        if genai_request_timestamp.hour >= 16:
            found.model_price = dear
        found.total_price = Decimal(str(found.model_price.calc_price(usage)["total_price"]))
        return found

    monkeypatch.setattr(genai_prices, "calc_price", calc_price)
    assert list_price("openai:gpt-4o", WHEN) is None


def test_a_price_by_the_length_of_the_prompt_holds_up_to_that_length():
    price = list_price("anthropic:claude-sonnet-4-5", WHEN)
    assert price is not None
    assert price.up_to == 200_000
    assert dollars(price, 200_001, 1, 0) is None


def test_looking_up_reaches_no_network(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert list_price("openai:gpt-5-mini", WHEN) is not None
    assert get_snapshot().from_auto_update is False


def test_without_the_library_a_hosted_model_is_an_error_and_a_local_one_is_none(
    monkeypatch,
):
    monkeypatch.setitem(__import__("sys").modules, "genai_prices", None)
    assert list_price("vllm:m", WHEN) is None
    with pytest.raises(ImportError, match=r"openai:m.*\[evals\]"):
        list_price("openai:m", WHEN)


def test_a_given_price_holds_for_every_model_of_its_role_and_the_others_are_looked_up():
    models = {
        "explorer": ["openai:gpt-5-mini", "vllm:m"],
        "synthesizer": ["openai:gpt-5-mini", "vllm:m"],
    }
    known = prices_for(models, {"explorer": Price(1, 2)}, WHEN)
    assert known["explorer", "openai:gpt-5-mini"] == Price(1, 2)
    assert known["explorer", "vllm:m"] == Price(1, 2)
    assert known["synthesizer", "openai:gpt-5-mini"] == Price(0.25, 2, 0.025)
    assert known["synthesizer", "vllm:m"] is None
