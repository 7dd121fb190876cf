from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2r_graph.evals.advice import MOST, advise, outcome
from a2r_graph.evals.results import (
    AtN,
    Diversity,
    Interval,
    LeftOut,
    Monolith,
    Orders,
    Results,
    Spent,
)


def at_n(n=8, **changes):
    found = {
        "n": n,
        "pass_1": Interval(0.6, 0.55, 0.65),
        "pass_n": Interval(0.85, 0.8, 0.9),
        "cons": Interval(0.7, 0.64, 0.76),
        "a2r": Interval(0.76, 0.7, 0.82),
        "gain": Interval(0.06, 0.02, 0.1),
        "p_value": 0.004,
        "rescued": 15,
        "broken": 3,
        "spent": {"explorer": Spent(800, 900, None, 700, 8, 0, 9.0)},
    }
    return AtN(**(found | changes))


def results():
    """Return the results of a run in which nothing is wrong."""
    return Results(
        run="1",
        task="gym:chain_sum",
        source="",
        created="2026-01-01T00:00:00+00:00",
        explorers=["vllm:small"],
        synthesizer="vllm:big",
        settings={},
        versions={},
        questions=200,
        wanted=200,
        at=[at_n()],
        curve=[],
        diversity=Diversity(3.4, 0.4, 2.1, 200),
        truncated=0.01,
    )


QUIET = results()
AT = QUIET.at[-1]
SPENT = Spent(100, 100, None, 0, 1, 0, 1.0)


def with_at(**changes):
    return replace(QUIET, at=[replace(AT, **changes)])


def told(found, words):
    """Return the sentences with these words; the verdict is never among them."""
    return [sentence for sentence in advise(found)[1:] if words in sentence]


def test_where_nothing_is_wrong_the_verdict_stands_alone():
    (verdict,) = advise(QUIET)
    assert verdict == (
        "At n = 8, A2R beat the vote: +6.0 points (95 % interval +2.0 to +10.0), "
        "p = 0.004, 200 questions; A2R 76.0 %, vote 70.0 %, any sample 85.0 %."
    )


@pytest.mark.parametrize(
    ("gain", "p_value", "said"),
    [
        (Interval(0.06, 0.02, 0.1), 0.004, "A2R beat the vote: +6.0 points"),
        (Interval(-0.06, -0.1, -0.02), 0.004, "A2R lost to the vote: -6.0 points"),
        (Interval(0.02, -0.02, 0.06), 0.004, "A2R and the vote can't be told apart"),
        (Interval(0.06, 0.02, 0.1), 0.05, "A2R and the vote can't be told apart"),
        (Interval(-0.06, -0.1, -0.02), 0.06, "A2R and the vote can't be told apart"),
        (Interval(0, 0, 0), 1.0, "A2R and the vote can't be told apart"),
    ],
)
def test_the_verdict_takes_both_the_interval_and_the_test(gain, p_value, said):
    assert said in advise(with_at(gain=gain, p_value=p_value))[0]


def test_the_verdict_is_of_the_largest_n():
    lost = at_n(2, gain=Interval(-0.06, -0.1, -0.02))
    assert advise(replace(QUIET, at=[lost, AT]))[0].startswith("At n = 8, A2R beat")
    assert outcome(lost) == -1


def test_where_no_question_is_counted_that_is_all_that_is_said():
    for empty in (replace(QUIET, at=[]), replace(QUIET, questions=0)):
        assert len(advise(empty)) == 1
        assert advise(empty)[0].startswith("None of 200 questions could be counted")


def test_a_synthesis_that_breaks_more_than_it_rescues_is_told_with_both_figures():
    (found,) = told(with_at(rescued=3, broken=9), "broke 9 right majorities and rescued 3")
    assert "skip_on_consensus=true" in found
    assert "keep_majority=true" in found
    assert "2509.06870" in found
    assert not told(with_at(rescued=9, broken=9), "broke")


def test_a_setting_that_is_set_already_is_not_advised():
    broken = with_at(rescued=3, broken=9, failed_syntheses=50)
    done = {"skip_on_consensus": True, "keep_majority": True, "fallback": "majority"}
    assert "skip_on_consensus" in " ".join(advise(broken))
    assert "fallback=majority" in " ".join(advise(broken))
    said = " ".join(advise(replace(broken, settings=done)))
    assert "skip_on_consensus" not in said
    assert "keep_majority" not in said
    assert "fallback" not in said


def test_syntheses_without_an_answer_are_told_from_five_per_cent_on():
    (found,) = told(with_at(failed_syntheses=11), "got no answer from the synthesizer")
    assert found.startswith("11 of 200 questions")
    assert not told(with_at(failed_syntheses=10), "got no answer")


def test_samples_that_were_cut_off_are_told_from_five_per_cent_on():
    cut = replace(QUIET, truncated=0.062, settings={"max_tokens": 512})
    assert told(cut, "cut off") == [
        "6.2 % of the samples were cut off: raise max_tokens (-c max_tokens=1024)."
    ]
    assert told(replace(cut, settings={}), "-c max_tokens=...")
    assert not told(replace(cut, truncated=0.05), "cut off")
    assert not told(replace(cut, truncated=None), "cut off")


def test_little_headroom_is_told_unless_a2r_won():
    apart = {"gain": Interval(0, -0.04, 0.04), "p_value": 1.0}
    near = {"cons": Interval(0.3, 0.2, 0.4), "pass_n": Interval(0.34, 0.3, 0.4)}
    (found,) = told(with_at(**apart, **near), "little to find")
    assert "34.0 %" in found
    assert "30.0 %" in found
    assert not told(with_at(**near), "little to find")
    assert not told(with_at(**apart), "little to find")


def test_an_easy_task_is_told_as_that_and_not_as_want_of_diversity():
    easy = replace(
        with_at(cons=Interval(0.97, 0.9, 1), pass_n=Interval(0.99, 0.9, 1)),
        diversity=Diversity(1.02, 0.9, 1.1, 200),
    )
    assert told(easy, "hardly anything to win")
    assert not told(easy, "hardly differ")


def test_explorers_that_hardly_differ_are_told():
    alike = replace(QUIET, diversity=Diversity(1.2, 0.9, 1.1, 200))
    (found,) = told(alike, "hardly differ: 1.2 distinct answers among 8 samples")
    assert "raise temperature (" in found
    assert told(replace(alike, settings={"temperature": 0.2}), "temperature, now 0.2,")
    assert not told(
        replace(alike, diversity=Diversity(1.5, 0.9, 1.1, 200)), "hardly differ"
    )
    assert not told(replace(alike, at=[at_n(1)]), "hardly differ")


def test_answers_that_hang_on_the_order_are_told():
    orders = replace(QUIET, orders=Orders([0.7, 0.6], 0.12))
    assert told(orders, "in another order, 12.0 % of the questions")
    assert not told(replace(orders, orders=Orders([0.7, 0.7], 0.05)), "order")


def test_a_wide_interval_takes_four_times_the_questions_to_halve():
    wide = replace(with_at(gain=Interval(0, -0.15, 0.15)), questions=30)
    assert told(wide, "30 points wide on 30 questions; about 120 would halve it")
    assert not told(with_at(gain=Interval(0, -0.1, 0.1)), "wide")


def test_too_few_differences_for_any_test_are_told_with_how_many_questions_it_takes():
    few = with_at(gain=Interval(0.02, 0, 0.04), p_value=0.125, rescued=4, broken=0)
    assert told(few, "differ on 4 of 200 questions, and under 6 no difference")
    assert told(few, "ask 300 or more")
    assert not told(with_at(rescued=6, broken=0), "under 6")
    assert not told(with_at(rescued=0, broken=0), "under 6")


BIGGER = Monolith(
    model="openai:gpt-5-mini",
    accuracy=Interval(0.8, 0.7, 0.9),
    gain=Interval(-0.06, -0.1, -0.02),
    p_value=0.01,
    spent=SPENT,
    cost_ratio=1.9,
    token_ratio=7.0,
    seconds_ratio=2.0,
)


def test_a_monolith_that_beat_a2r_is_told_with_what_it_costs():
    (found,) = told(replace(QUIET, monolith=BIGGER), "openai:gpt-5-mini beat A2R")
    assert "-6.0 points (95 % interval -10.0 to -2.0), p = 0.01" in found
    assert "1.9 times its dollars" in found
    unpriced = replace(QUIET, monolith=replace(BIGGER, cost_ratio=None))
    assert told(unpriced, "7 times its tokens")


def test_a_cheaper_monolith_that_is_no_worse_is_told():
    alike = replace(BIGGER, p_value=0.6)
    assert told(replace(QUIET, monolith=alike), "costs less and can't be told apart")
    for dearer in (replace(alike, cost_ratio=0.7), replace(alike, cost_ratio=None)):
        assert not told(replace(QUIET, monolith=dearer), "One call")
    worse = replace(BIGGER, gain=Interval(0.06, 0.02, 0.1))
    assert not told(replace(QUIET, monolith=worse), "One call")


def test_vllm_without_a_word_or_a_hit_of_its_prefix_cache_is_told():
    def cached(tokens, explorers=("vllm:m",)):
        spent = {"explorer": replace(SPENT, cached_tokens=tokens, dollars=0.01)}
        return replace(with_at(spent=spent), explorers=list(explorers))

    assert told(cached(None), "--enable-prompt-tokens-details")
    assert told(cached(0.0), "--enable-prefix-caching")
    assert not told(cached(12.5), "prefix")
    without = with_at(spent={"explorer": replace(SPENT, cached_tokens=None)})
    assert not told(replace(without, explorers=["vllm:m"]), "prefix"), "it costs nothing"
    assert not told(cached(0.0, ["openai:m"]), "prefix")
    assert not told(cached(0.0, ["vllm:m", "openai:m"]), "prefix")


def test_questions_that_are_left_out_are_told_from_one_per_cent_on():
    left_out = [LeftOut(str(i), "timeout") for i in range(3)]
    assert told(replace(QUIET, left_out=left_out), "3 of 200 questions are left out")
    assert told(replace(QUIET, left_out=left_out), "--retry-failed")
    assert not told(replace(QUIET, left_out=left_out[:2]), "left out")


def test_a_run_that_is_not_finished_is_told_first_with_why():
    half = replace(QUIET, finished=False, stopped="max_cost: $1 of $1", questions=90)
    assert advise(replace(half, truncated=0.5))[1] == (
        "The run isn't finished (max_cost: $1 of $1): 90 of 200 questions are counted; "
        "the same command goes on."
    )


SHARES = st.floats(0, 1)
INTERVALS = st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(
    lambda three: Interval(sorted(three)[1], min(three), max(three))
)
COUNTS = st.integers(0, 300)


@given(
    st.builds(
        at_n,
        st.integers(1, 4096),
        **dict.fromkeys(["pass_1", "pass_n", "cons", "a2r", "gain"], INTERVALS),
        p_value=SHARES,
        **dict.fromkeys(["rescued", "broken", "failed_syntheses"], COUNTS),
        spent=st.sampled_from([{}, {"explorer": SPENT}]),
    ),
    COUNTS,
    st.none() | SHARES,
    st.none() | st.builds(Diversity, st.floats(0, 99), SHARES, st.floats(1, 99), COUNTS),
    st.none() | st.just(BIGGER),
)
def test_whatever_was_found_it_is_a_verdict_and_at_most_five_whole_sentences(
    at, questions, truncated, diversity, monolith
):
    found = replace(
        QUIET,
        at=[at],
        questions=questions,
        truncated=truncated,
        diversity=diversity,
        monolith=monolith,
    )
    sentences = advise(found)
    assert 1 <= len(sentences) <= MOST
    assert len(set(sentences)) == len(sentences)
    assert all(one[0].isupper() or one[0].isdigit() for one in sentences)
    assert all(one.endswith(".") and "None," not in one for one in sentences)
