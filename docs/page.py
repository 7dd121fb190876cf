"""Pictures the upper part of a report's page: desktop, light.

    python docs/page.py RESULTS.json PAGE.png

The JSON is what `a2r_graph.evals.report.as_json` wrote. It takes a Chromium on the path,
and `playwright` from the extra `dev`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

from a2r_graph.evals.report import as_html, from_json

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_QUIET = ("--disable-background-networking", "--disable-component-update")
_ARGUMENTS = (*_QUIET, "--no-sandbox", "--disable-gpu", "--disable-sync", "--no-first-run")
_SIZE = ViewportSize(width=1280, height=2000)


def chromium() -> str:
    """Return where Chromium is, or end with what to install."""
    for name in _NAMES:
        if found := shutil.which(name):
            return found
    sys.exit(f"no browser: none of {', '.join(_NAMES)} is on the path; install chromium")


def picture(html: str, target: Path) -> None:
    """Write the page as a PNG, as far as its verdict, tables and charts go."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder, "page.html")
        page_file.write_text(html, "utf-8")
        browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        page = browser.new_page(viewport=_SIZE, color_scheme="light")
        page.goto(page_file.as_uri())
        page.screenshot(path=target)
        browser.close()


def main() -> None:
    """Read the results, and write their page's picture."""
    if len(sys.argv) != 3:  # noqa: PLR2004  itself and two paths
        sys.exit("usage: python docs/page.py RESULTS.json PAGE.png")
    source, target = map(Path, sys.argv[1:])
    picture(as_html(from_json(source.read_text("utf-8"))), target)


if __name__ == "__main__":
    main()
