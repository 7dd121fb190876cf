#!/bin/sh
# math-verify 0.9.0: equality isn't transitive, so classes of answers depend on their order.
#
# 7 % equals 7, and 7 % equals 0.07, but 7 doesn't equal 0.07. The README tells of two cases
# in which `verify` isn't symmetric, and of percentages as "10% -> 0.1"; not of this.
#
# What it means for parallel sampling: samples are pooled by comparing each with the answers
# before it. The same five samples, 7, 7, 0.07, 0.07 and 7 %, then have the majority 7 or
# 0.07, by nothing but which branch came back first; and whether Cons@k is right depends on
# it. A vote needs a key that is made once an answer, not a comparison of pairs.
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


def majority(samples):
    """Pool each sample with the first class whose first answer it equals."""
    classes = []
    for sample in samples:
        for one in classes:
            if verify(parse(one[0]), parse(sample)):
                one.append(sample)
                break
        else:
            classes.append([sample])
    return max(classes, key=len)


print("math-verify", version("math-verify"))
same = {
    pair: verify(*map(parse, pair))
    for pair in (("7%", "7"), ("7%", "0.07"), ("7", "0.07"))
}
for (one, other), seen in same.items():
    print(f"{one} equals {other}: {seen}")
print("expected: if both of the first, the third too")
samples = ["7", "0.07", "7%", "7", "0.07"]
found = {}
for name, order in {"as they came": samples, "reversed": samples[::-1]}.items():
    found[name] = majority(order)
    print(f"{name}, {' '.join(order)}: the majority is {found[name]}")
print("expected: the same majority in both orders")
known = list(same.values()) == [True, True, False]
differ = sorted(found["as they came"]) != sorted(found["reversed"])
sys.exit(0 if known and differ else "it has changed")
PYTHON
