"""Of a file, the good rows are questions and the bad ones are marked; none is lost."""

from __future__ import annotations

import csv
import json
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from clock import PATIENCE
from hypothesis import given, settings
from hypothesis import strategies as st

from a2r_graph.evals import load_task
from a2r_graph.evals.tasks import rows
from a2r_graph.evals.verifiers import MathVerifier

GOOD = {"id": "a", "question": "What is 6 x 7?", "answer": "42"}


def write(path: Path, *lines: bytes | dict[str, object]) -> Path:
    path.write_bytes(
        b"\n".join(
            each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines
        )
    )
    return path


def pairs(task):
    return [(question.text, question.answer) for question in task.questions]


def test_each_row_is_a_question(tmp_path):
    task = load_task(write(tmp_path / "mine.jsonl", GOOD, {**GOOD, "id": 7, "answer": 2.5}))
    assert task.name == "mine"
    assert [question.id for question in task.questions] == ["a", "7"]
    assert [question.answer for question in task.questions] == ["42", "2.5"]
    assert task.verify == MathVerifier()
    assert task.put(task.questions[0]) == [("user", "What is 6 x 7?")]
    assert list(task.skipped) == []


def test_rows_without_ids_are_called_by_their_lines(tmp_path):
    row = {"question": "?", "answer": "1"}
    task = load_task(write(tmp_path / "mine.jsonl", row, b"", {**row, "id": None}))
    assert [question.id for question in task.questions] == ["1", "3"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b'{"question": "Caf\xe9?", "answer": "1"}', r"not UTF-8 (byte 0xe9)"),
        (b'{"question": "?", "answer"', "no JSON: "),
        (b"[" * 100_000, "no JSON: "),
        (b"[1, 2]", "a list, not an object"),
        (b'{"answer": "1"}', "question: missing; the row has answer"),
        (b'{"question": "?"}', "answer: missing"),
        (b'{"question": "  ", "answer": "1"}', "question: empty"),
        (b'{"question": "?", "answer": ""}', "answer: empty"),
        (b'{"question": "?", "answer": null}', "answer: empty"),
        (b'{"question": "?", "answer": NaN}', "answer: empty"),
        (b'{"question": "?", "answer": ["1"]}', "answer: a list; a text or a number"),
        (b'{"question": "\\ud800", "answer": "1"}', "question: 'utf-8' codec can't encode"),
        (b'{"id": "a", "question": "?", "answer": "1"}', "id: 'a' is that of line 1"),
    ],
)
def test_a_bad_row_is_marked_and_the_good_ones_are_there(tmp_path, bad, reason):
    task = load_task(write(tmp_path / "mine.jsonl", GOOD, bad, {**GOOD, "id": "c"}))
    assert [question.id for question in task.questions] == ["a", "c"]
    ((where, why),) = task.skipped
    assert where == "line 2"
    assert reason in why


def test_a_line_of_a_hundred_megabytes_costs_neither_memory_nor_the_other_rows(tmp_path):
    for name in ("mine.jsonl", "mine.csv"):
        path = tmp_path / name
        with path.open("wb") as file:
            head = b"question,answer\n" if name == "mine.csv" else b""
            first = b"?,1\n" if head else json.dumps(GOOD).encode() + b"\n"
            file.write(head + first + b'{"question": "')
            for _ in range(100):
                file.write(b"x" * 1_000_000)
            file.write(b"\n" + first.replace(b'"a"', b'"b"'))
        tracemalloc.start()
        start = time.perf_counter()
        task = load_task(path)
        assert time.perf_counter() - start < PATIENCE
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
        tracemalloc.stop()
        assert len(task.questions) == 2
        number = 3 if head else 2
        assert task.skipped == [
            (f"line {number}", "longer than 10 MB; leave it out, or split it")
        ]


def test_a_byte_order_mark_is_no_part_of_the_first_row(tmp_path):
    text = write(tmp_path / "mine.jsonl", b"\xef\xbb\xbf" + json.dumps(GOOD).encode())
    table = write(tmp_path / "mine.csv", b"\xef\xbb\xbfquestion,answer", b"?,1")
    assert pairs(load_task(text)) == [("What is 6 x 7?", "42")]
    assert pairs(load_task(table)) == [("?", "1")]


def test_a_limit_takes_the_first_good_rows_and_reads_no_further(tmp_path):
    path = write(tmp_path / "mine.jsonl", b"{", GOOD, {**GOOD, "id": 2}, b"{")
    task = load_task(path, limit=1)
    assert [question.id for question in task.questions] == ["a"]
    assert len(task.skipped) == 1


def test_columns_may_have_other_names(tmp_path):
    row = {"key": "k", "Problem": "?", "solution": 3}
    path = write(tmp_path / "mine.jsonl", row)
    fields = {"question_field": "Problem", "answer_field": "solution", "id_field": "key"}
    (question,) = load_task(path, **fields).questions
    assert (question.id, question.text, question.answer) == ("k", "?", "3")


def test_other_columns_are_there_for_a_verifier_of_the_users_alone(tmp_path):
    path = write(tmp_path / "mine.jsonl", {**GOOD, "tolerance": 0.1})
    assert load_task(path).questions[0].metadata == {}
    task = load_task(path, verifier=lambda answer, question: 1.0)
    assert task.questions[0].metadata == {"tolerance": 0.1}


@pytest.mark.parametrize(
    ("field", "row", "error"),
    [
        (
            "question",
            {"Question": "?", "answer": "1"},
            r"has Question, answer: give question_field \(--question-field\)",
        ),
        (
            "answer",
            {"question": "?", "zzz": "1"},
            "no column 'answer'; it has question, zzz",
        ),
    ],
)
def test_a_column_that_no_row_has_is_an_error_that_names_those_there_are(
    tmp_path, field, row, error
):
    with pytest.raises(ValueError, match=error):
        load_task(write(tmp_path / "mine.jsonl", row, row))


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("mine.jsonl", b"", "no questions in it"),
        ("mine.csv", b"question,answer\n", "no questions in it"),
        ("mine.jsonl", b"{\n{", "none of 2 rows is a question: line 1: no JSON"),
        ("mine.jsonl", '{"question": 1}'.encode("utf-16"), "none of 1 rows .* not UTF-8"),
        ("mine.json", b"{}", "a list of objects is wanted"),
        ("mine.json", b"{", "name it .jsonl"),
        ("mine.json", b'["\xe9"]', "not UTF-8"),
        ("mine.parquet", b"nothing", "no Parquet"),
        ("sub/mine.txt", b"?", r"unknown kind of file; known are \.jsonl"),
    ],
)
def test_a_file_without_a_question_is_an_error(tmp_path, name, content, error):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    with pytest.raises(ValueError, match=error):
        load_task(path)


def test_a_file_that_does_not_exist_is_an_error():
    with pytest.raises(ValueError, match=r"nowhere\.jsonl: no such file"):
        load_task("nowhere.jsonl")


def test_a_bad_row_of_a_table_is_marked_and_the_good_ones_are_there(tmp_path):
    path = write(
        tmp_path / "mine.csv",
        b"id,question,answer",
        b'a,"two',
        b'lines, and a comma",1',
        b"b,Caf\xe9?,2",
        b"c,too,many,fields",
        b"d,too few",
        b"",
        b'e,"quote"s,3',
        b"f,?,4",
        b'g,"never closed,5',
        b"x" * (rows.LONGEST + 1),
        b"h,?,6",
    )
    task = load_task(path)
    assert pairs(task) == [("two\nlines, and a comma", "1"), ("?", "4"), ("?", "6")]
    assert [(where, why.partition(";")[0]) for where, why in task.skipped] == [
        ("line 4", "not UTF-8 (byte 0xe9)"),
        ("line 5", "4 fields, where the header has 3"),
        ("line 6", "2 fields, where the header has 3"),
        ("line 8", "no CSV: ',' expected after '\"'"),
        ("line 10", "no CSV: unexpected end of data"),
        ("line 11", "longer than 10 MB"),
    ]


def test_a_long_field_is_read_and_the_limit_of_the_csv_module_is_as_before(tmp_path):
    before = csv.field_size_limit()
    long = b"x" * (before + 10)
    task = load_task(write(tmp_path / "mine.csv", b"question,answer", long + b",1"))
    assert len(task.questions[0].text) == before + 10
    assert csv.field_size_limit() == before


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)
texts = texts.filter(lambda text: text.strip())


@settings(deadline=None, max_examples=30)  # five files each
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=5))
def test_every_kind_of_file_gives_the_same_questions(tmp_path_factory, questions):
    import pyarrow as pa
    import pyarrow.parquet

    folder = tmp_path_factory.mktemp("kinds")
    table = [{"question": question, "answer": answer} for question, answer in questions]
    write(folder / "a.jsonl", *table)
    (folder / "a.json").write_text(json.dumps(table))
    for name, delimiter in (("a.csv", ","), ("a.tsv", "\t")):
        with (folder / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=delimiter)
            writer.writerows([("question", "answer"), *questions])
    pa.parquet.write_table(pa.Table.from_pylist(table), folder / "a.parquet")
    stripped = [(question.strip(), answer.strip()) for question, answer in questions]
    for suffix in rows.READERS:
        assert pairs(load_task(folder / f"a{suffix}")) == stripped


@pytest.fixture
def hub(monkeypatch):
    """Stand in for the hub; return what was asked of it."""
    import datasets

    asked = []

    def load(path, name, *, streaming):
        asked.append((path, name))
        if path == "no/such":
            msg = "Dataset 'no/such' doesn't exist on the Hub"
            raise FileNotFoundError(msg)
        parts = {"train": [{"question": "a?", "answer": 1}]}
        if path != "one/part":
            parts["validation"] = [{"question": "b?", "answer": 2}]
        if path == "with/test":
            parts["test"] = [{"question": "c?", "answer": 3}]
        return parts

    monkeypatch.setattr(datasets, "load_dataset", load)
    return asked


def test_a_dataset_of_the_hub_gives_its_test_part_or_its_only_one(hub):
    assert pairs(load_task("hf://with/test/main")) == [("c?", "3")]
    assert pairs(load_task("hf://one/part")) == [("a?", "1")]
    assert pairs(load_task("hf://two/parts", split="validation")) == [("b?", "2")]
    assert hub == [("with/test", "main"), ("one/part", None), ("two/parts", None)]
    assert load_task("hf://one/part").name == "one/part"


@pytest.mark.parametrize(
    ("spec", "split", "error"),
    [
        ("hf://two/parts", None, "which has train, validation"),
        ("hf://one/part", "dev", "split: 'dev' is not one of hf://one/part"),
        ("hf://no/such", None, "can't be loaded: FileNotFoundError: Dataset 'no/such'"),
        ("hf://alone", None, "hf://owner/name"),
    ],
)
def test_a_dataset_that_cannot_be_had_is_an_error(hub, spec, split, error):
    with pytest.raises(ValueError, match=error):
        load_task(spec, split=split)


@pytest.mark.parametrize(
    ("module", "spec", "what"),
    [("datasets", "hf://a/b", "datasets"), ("pyarrow.parquet", "a.parquet", "pyarrow")],
)
def test_what_is_not_installed_is_said(monkeypatch, tmp_path, module, spec, what):
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.parquet").write_bytes(b"")
    with pytest.raises(ImportError, match=f"pip install {what}"):
        load_task(spec)
