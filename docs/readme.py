"""Write the README's generated parts anew: the drawing and the table of settings.

    python docs/readme.py

A test compares them with the code.
"""

from __future__ import annotations

import re
from pathlib import Path

from langchain_core.language_models import FakeListChatModel

from a2r_graph import A2RContext, create_a2r

README = Path(__file__).parent.parent / "README.md"


def drawing() -> str:
    """Return the graph in Mermaid, as `a2r graph` prints it."""
    a2r = create_a2r(FakeListChatModel(responses=[""]))
    return a2r.get_graph().draw_mermaid().strip()


def settings() -> str:
    """Return the table of settings."""
    rows = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name, field in A2RContext.model_fields.items():
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        default = "none" if field.default is None else str(field.default).lower()
        rows.append(f"| `{name}` | {default} | {meaning} |")
    return "\n".join(rows)


def written(readme: str) -> str:
    """Return `readme` with both parts as the code has them."""
    mermaid = f"```mermaid\n{drawing()}\n```"
    readme = re.sub(r"```mermaid\n.*?\n```", lambda _: mermaid, readme, flags=re.DOTALL)
    return re.sub(
        r"(\| setting \|[^\n]*\n(\|[^\n]*\n)+|%%SETTINGS%%\n)",
        lambda _: settings() + "\n",
        readme,
    )


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), "utf-8")
