"""`python -m a2r_graph`: the same as the command `a2r`."""

from a2r_graph.cli import main

main()
