"""No mixture of the forms of an answer takes the reader down."""

from __future__ import annotations

import pytest
from fuzz_answers import run


@pytest.mark.slow
def test_no_mixture_of_forms_raises_hangs_or_is_read_in_two_ways():
    assert run(3_000, seed=0).startswith("3,000 mixtures")
