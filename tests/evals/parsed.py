"""A page's elements and text, and results with other leaves; for the report's tests."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Parsed(HTMLParser):
    """The page's elements, in order, and its text; fails where tags don't match."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.words, self._open = [], [], []
        self.feed(html)
        self.close()
        assert not self._open
        self.text = " ".join("".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if not self._open or self._open[-1] != "style":
            cell = self._open and self._open[-1] in {"td", "th", "dt", "dd", "small"}
            self.words.append(f" {data} " if cell else data)


def changed(data, change, name=""):
    """Return `data` with every leaf as `change(name of its field, leaf)` has it."""
    if is_dataclass(data):
        new = {f.name: changed(getattr(data, f.name), change, f.name) for f in fields(data)}
        return replace(data, **new)
    if isinstance(data, list):
        return [changed(each, change, name) for each in data]
    if isinstance(data, dict):
        return {key: changed(each, change, name) for key, each in data.items()}
    return change(name, data)
