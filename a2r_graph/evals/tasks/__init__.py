"""What can be evaluated: generators, files, and ready definitions of benchmarks."""

from a2r_graph.evals.tasks.find import load_task, task_names

__all__ = ["load_task", "task_names"]
