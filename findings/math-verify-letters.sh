#!/bin/sh
# math-verify 0.9.0: letters that differ are one variable, and some letters are none.
#
# `verify` says of its default, strict=True: "In strict mode: Variables matter". Yet
# - capitals and small letters are one symbol: R - r equals 0, and V/v equals 1;
# - c, h, l, o and t at an answer's end are dropped as units even where they stand at a
#   number as a factor does: s = 5t equals s = 5. So it isn't for x: s = 5x doesn't.
# Its README tells of units in text ("10 cm -> 10"), and of neither of these.
#
# What it means for parallel sampling: whoever pools the samples of one question by `verify`
# counts R - r and 0 as one vote, and takes s = 5 for the right answer where that is s = 5t;
# Pass@k, Cons@k and a reward believe it. The errors are on one side (wrong counts as
# right), so that more samples don't average them out.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --target "$folder" \
    "math-verify==0.9.0" "latex2sympy2_extended==1.11.0" \
    "antlr4-python3-runtime==4.13.2" "sympy==1.14.0" "mpmath==1.3.0"
PYTHONPATH=$folder python3 - <<'PYTHON'
import sys
from importlib.metadata import version

from math_verify import parse, verify

print("math-verify", version("math-verify"))
PAIRS = {  # valid LaTeX that differs: (the right answer, another), what is seen of it
    ("$R - r$", "$0$"): True,
    (r"$\frac{V}{v}$", "$1$"): True,
    ("$2R + r$", "$2r + R$"): True,
    ("$s = 5t$", "$s = 5$"): True,
    ("$5t$", "$5h$"): True,
    ("$s = 5x$", "$s = 5$"): False,  # as it should be
    ("$5x$", "$5y$"): False,
}
changed = False
for (right, other), known in PAIRS.items():
    seen = verify(parse(right), parse(other), strict=True)
    changed |= seen != known
    print(f"{right} and {other}: expected False, seen {seen}")
sys.exit("it has changed" if changed else 0)
PYTHON
