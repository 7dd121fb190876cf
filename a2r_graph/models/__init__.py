"""From a name to a model, and from a model to a reply or a failure."""
