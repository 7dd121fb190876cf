"""`a2r eval` on the command line. Needs the extras `cli` and `evals`."""
