"""The three nodes: thin; each reads the state, calls one thing, returns an update."""
