"""`python -m a2r_graph.cli`."""

from a2r_graph.cli import main

main()
