"""Print the lower bounds of the dependencies and of the users' extras as constraints."""

import re
import sys
import tomllib
from pathlib import Path

REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(\[[\w,-]+\])?>=(?P<bound>[\w.]+)")

pyproject = Path(__file__).parents[1] / "pyproject.toml"
project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
requirements: list[str] = list(project["dependencies"])
for extra, needed in project["optional-dependencies"].items():
    requirements += [] if extra in {"dev", "test"} else needed
for requirement in requirements:
    found = REQUIREMENT.match(requirement)
    if found is None:
        sys.exit(f"{requirement!r} has no lower bound (name>=version) in {pyproject.name}")
    print(f"{found['name']}=={found['bound']}")
