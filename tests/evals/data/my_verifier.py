"""A verifier of a user's, with a helper beside it."""

from my_words import SAME


def verify(answer, question):
    return float(SAME(answer, question.answer) <= question.metadata.get("tolerance", 0))


def one_argument(answer):
    return 1.0
