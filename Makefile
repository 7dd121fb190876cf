# Every target is complete by itself: it makes what it needs, once, in .venv.
#   make demo QUESTION="..."        another question
#   make test PYTHON=python3.13     another Python (the venv is made anew for it)
#   make test WORKERS=0             the tests one after the other, as with plain pytest
#   make test-vllm ARGS="-k budget" pytest's options
#   make studio ARGS="--port 2025"  options of `langgraph dev`

PYTHON ?= python3
QUESTION ?= How many days are there in a week?
WORKERS ?= auto

# As typed: a dollar sign in a question stays one.
override QUESTION := $(value QUESTION)
export QUESTION

# A file's tests stay in one worker, and the files that tests/conftest.py puts first come
# first; "auto" is the CPUs that may be used, four at most (the memory).
SIDE_BY_SIDE := --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder

BIN := .venv/bin
PIP := -m pip --disable-pip-version-check --quiet install

.DEFAULT_GOAL := help
.NOTPARALLEL: # two pips in one venv would break each other
.SILENT:
.DELETE_ON_ERROR:
.PHONY: demo studio test test-browser test-vllm results lint format notebooks test-lowest bench bench-vllm \
    bench-peers clean help

demo: .venv/.installed-demo ## install, then ask the embedded model a question
	printf '$$ a2r ask "%s"\n' "$$QUESTION"
	$(BIN)/a2r ask -- "$$QUESTION"

studio: .venv/.installed-studio ## LangGraph Studio, on the embedded model (docs/studio.md)
	$(BIN)/langgraph dev --n-jobs-per-worker 4 $(ARGS)

test: lint ## install, then lint, types and all tests with coverage
	echo "== pytest"
	$(BIN)/python -m pytest --quiet --cov $(SIDE_BY_SIDE)

test-vllm: .venv/.installed-dev ## the tests on a real vLLM server on the CPU (Linux, 3.7 GB)
	echo "== pytest, on a vLLM server"
	$(BIN)/python tests/vllm/serve.py --quiet $(ARGS)

test-browser: .venv/.installed-dev ## the report's page in a Chromium on the path
	echo "== pytest, in Chromium"
	$(BIN)/python -m pytest --quiet -m browser tests/evals $(ARGS)

results: .venv/.installed-dev ## the tables of docs/evaluation.md, on a real vLLM server
	$(BIN)/python tests/vllm/serve.py --run docs/evaluate.py

lint: .venv/.installed-dev ## ruff and mypy
	echo "== ruff, mypy"
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --quiet --check
	$(BIN)/mypy --no-error-summary

format: .venv/.installed-dev ## put the code in shape
	$(BIN)/ruff check --quiet --fix --exit-zero
	$(BIN)/ruff format

notebooks: .venv/.installed-dev ## run each notebook and write its outputs into it
	$(BIN)/python docs/notebooks.py 01 02 03
	$(BIN)/python tests/vllm/serve.py --run docs/notebooks.py 04

# Inspect itself asks for newer versions.
INSPECT := tests/evals/test_solver.py $(addprefix a2r_graph/evals/,solver.py \
    inspect_model.py chat_inspect.py)

test-lowest: .venv-lowest/.installed ## the fast tests on the lowest versions allowed
	echo "== pytest, lowest versions"
	.venv-lowest/bin/python -m pytest --quiet -m "not slow and not vllm and not browser" \
	    $(SIDE_BY_SIDE) $(INSPECT:%=--ignore %)

# Neither what they share nor those that need a real server or others' packages.
BENCHMARKS := $(filter-out benchmarks/_% benchmarks/throughput.py \
    benchmarks/record_bank.py benchmarks/peers.py, $(sort $(wildcard benchmarks/*.py)))

bench: .venv/.installed-dev ## run each benchmark and write its table beside it
	set -e; for script in $(BENCHMARKS); do \
	    echo "== $$script"; $(BIN)/python "$$script"; \
	done

bench-vllm: .venv/.installed-dev ## tokens per second on a real vLLM server
	$(BIN)/python tests/vllm/serve.py --run benchmarks/throughput.py $(ARGS)

bench-peers: .venv/.installed-dev ## beside optillm and its-hub, in environments of their own
	$(BIN)/python benchmarks/peers.py $(ARGS)

clean: ## remove what make and the tools have made
	rm -rf .venv .venv-lowest build dist htmlcov .coverage .coverage.* \
	    .hypothesis .langgraph_api .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## list the targets
	sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

# The venv. One that has moved, has lost its Python, or was made by another one than now
# asked for by name, is made anew: `.made` holds its place and the Python it was made by.
MADE := $(shell test -x $(BIN)/python && cat .venv/.made 2>/dev/null)
ifeq ($(origin PYTHON),file)
MADE := $(firstword $(subst $(CURDIR)|,yes ,$(MADE)))
WANTED := yes
else
WANTED := $(CURDIR)|$(PYTHON)
endif
ifneq ($(MADE),$(WANTED))
.PHONY: .venv/.made
endif

define check_python
command -v "$(PYTHON)" >/dev/null || { \
    echo "a2r-graph needs Python 3.11 or newer, and there is no $(PYTHON) here." \
        "Name one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }; \
"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
    echo "a2r-graph needs Python 3.11 or newer; $(PYTHON) is $$("$(PYTHON)" --version 2>&1)." \
        "Name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
endef

.venv/.made:
	$(check_python)
	echo "== making .venv with $$("$(PYTHON)" --version)"
	"$(PYTHON)" -m venv --clear .venv
	printf '%s|%s\n' "$(CURDIR)" "$(PYTHON)" > $@

.venv/.installed-demo: pyproject.toml .venv/.made
	echo "== installing a2r-graph[cli,local] into .venv, which takes about a minute, once"
	$(BIN)/python $(PIP) --editable ".[cli,local]"
	touch $@

.venv/.installed-studio: pyproject.toml .venv/.made
	echo "== installing a2r-graph[langchain,local,studio] into .venv"
	$(BIN)/python $(PIP) --editable ".[langchain,local,studio]"
	touch $@

.venv/.installed-dev: pyproject.toml .venv/.made
	echo "== installing a2r-graph[dev] into .venv"
	$(BIN)/python $(PIP) --editable ".[dev]"
	touch .venv/.installed-demo .venv/.installed-studio $@

.venv-lowest/.installed: pyproject.toml .ci/lowest.py
	$(check_python)
	echo "== installing the lowest versions into .venv-lowest"
	"$(PYTHON)" -m venv --clear .venv-lowest
	.venv-lowest/bin/python .ci/lowest.py > .venv-lowest/lowest.txt
	.venv-lowest/bin/python $(PIP) --editable ".[test]" --constraint .venv-lowest/lowest.txt
	touch $@
