"""A2R in the shapes that others take."""
