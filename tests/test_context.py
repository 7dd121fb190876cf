"""Settings: their bounds, and whose word counts."""

from __future__ import annotations

import pickle
from typing import get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph import A2RContext
from a2r_graph.context import Settings, settings_for

DEFAULTS = A2RContext(n=4, attempts=2)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("n", 1, 4096),
        ("temperature", 0.0, 2.0),
        ("top_p", 0.01, 1.0),
        ("near_duplicate", 0.01, 1.0),
        ("attempts", 1, 100),
        ("seed", 0, 2**31 - 1),
        ("max_tokens", 1, 10**9),
        ("reference_tokens", 1, 10**9),
        ("per_answer", 1, 10**9),
    ],
)
def test_the_bounds_themselves_are_allowed(name, least, most):
    assert getattr(A2RContext(**{name: least}), name) == least
    assert getattr(A2RContext(**{name: most}), name) == most


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n", 4097),
        ("n", 8.0),
        ("n", True),
        ("n", None),
        ("temperature", 2.1),
        ("temperature", float("nan")),
        ("top_p", 0),
        ("near_duplicate", 0),
        ("near_duplicate", 1.01),
        ("attempts", 101),
        ("seed", 2**31),
        ("max_tokens", 0),
        ("skip_on_consensus", "yes"),
        ("fallback", "none"),
        ("order", ""),
    ],
)
def test_what_is_beyond_them_is_refused_with_field_and_value(name, value):
    with pytest.raises(ValueError, match=f"^{name}: ") as caught:
        A2RContext(**{name: value})
    assert repr(value) in str(caught.value)


def test_every_wrong_field_is_named_at_once():
    with pytest.raises(ValueError, match="n: 0") as caught:
        A2RContext(n=0, attempts=0, wrong=1)
    assert len(str(caught.value).splitlines()) == 3


@given(st.integers(1, 4096), st.sampled_from(["support", "shuffle", "index"]))
def test_only_the_fields_that_a_run_sets_override_the_graphs(n, order):
    for own in ({"n": n, "order": order}, A2RContext(n=n, order=order)):
        merged = settings_for(DEFAULTS, {"a2r": own})
        assert (merged.n, merged.order, merged.attempts) == (n, order, 2)


@pytest.mark.parametrize("context", [None, {}, {"n": 9}, {"n": "nine"}, object(), 7])
def test_a_context_that_is_not_ours_is_none_of_our_business(context):
    assert settings_for(DEFAULTS, context) == DEFAULTS


def test_a_parents_wrong_setting_for_us_is_refused():
    with pytest.raises(ValueError, match="n: 0 is not allowed"):
        settings_for(DEFAULTS, {"a2r": {"n": 0}})
    with pytest.raises(ValueError, match="a2r: 7 in the context is not allowed"):
        settings_for(DEFAULTS, {"a2r": 7})


def test_setting_a_default_again_is_setting_it():
    assert settings_for(DEFAULTS, A2RContext(n=8)).n == 8


def test_settings_pickle_and_cannot_be_changed():
    assert pickle.loads(pickle.dumps(DEFAULTS)) == DEFAULTS  # noqa: S301  our own
    with pytest.raises(ValueError, match="frozen"):
        DEFAULTS.n = 5


def test_the_keywords_that_type_checkers_know_are_the_settings():
    known, types = get_type_hints(Settings), get_type_hints(A2RContext)
    assert known == {name: types[name] for name in A2RContext.model_fields}
    assert not Settings.__required_keys__
