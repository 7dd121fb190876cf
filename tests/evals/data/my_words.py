"""What `my_verifier` imports."""


def SAME(one, other):  # noqa: N802  short
    return abs(float(one) - float(other))
