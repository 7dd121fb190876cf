"""Pictures in HTML: elements without styles of their own, so that one sheet rules them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from a2r_graph.evals.report.texts import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

Element = ET.Element
_MARKERS: Mapping[str, str] = {  # by kind, so that none is told by its colour alone
    "pass1": "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z",  # a ring
    "cons": "M-4.5-4.5h9v9h-9z",  # a square
    "a2r": "M-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0-11 0z",  # a disc
    "passn": "M0-6L5.5 4.5h-11z",  # a triangle
    "monolith": "M0-6.5L6.5 0L0 6.5L-6.5 0z",  # a diamond
}


def picture(ident: str, width: float, height: float, title: str, text: str) -> Element:
    """Return an `<svg>` that a screen reader reads as one picture with these words."""
    root = ET.Element("svg", {"viewBox": f"0 0 {_fine(width)} {_fine(height)}"})
    root.set("role", "img")
    root.set("aria-labelledby", f"{ident}-title {ident}-desc")
    write(root, "title", title, id=f"{ident}-title")
    write(root, "desc", text, id=f"{ident}-desc")
    return root


def add(parent: Element, tag: str, kind: str = "", **attributes: float | str) -> Element:
    """Add an element of class `kind`; `_` in an attribute's name stands for `-`."""
    made = ET.SubElement(parent, tag)
    if kind:
        made.set("class", kind)
    for name, value in attributes.items():
        text = value if isinstance(value, str) else _fine(value)
        made.set(name.replace("_", "-"), text)
    return made


def write(
    parent: Element, tag: str, text: str, kind: str = "", **attributes: float | str
) -> Element:
    """Add an element with a text."""
    made = add(parent, tag, kind, **attributes)
    made.text = visible(text)
    return made


def marker(parent: Element, kind: str, x: float, y: float) -> Element:
    """Add the marker of a kind, its middle at (x, y)."""
    at = f"translate({_fine(x)} {_fine(y)})"
    return add(parent, "path", f"marker {kind}", d=_MARKERS[kind], transform=at)


def html(root: Element) -> str:
    """Return what stands in a page of HTML."""
    return ET.tostring(root, encoding="unicode")


def swatch(kind: str, *, line: bool = False, marked: bool = True) -> str:
    """Return a marker, a line or both, for a legend; the words stand beside it."""
    half = 14 if line else 8
    root = ET.Element(
        "svg", {"viewBox": f"{-half} -8 {2 * half} 16", "aria-hidden": "true"}
    )
    root.set("class", "swatch wide" if line else "swatch")
    if line:
        add(root, "line", f"line {kind}", x1=-half, x2=half, y1=0, y2=0)
    if marked:
        marker(root, kind, 0, 0)
    return html(root)


def strip(kind: str, value: float, low: float, high: float) -> str:
    """Return a share and its interval on a line from 0 to 1; the figures stand beside."""
    root = ET.Element("svg", {"class": "strip", "aria-hidden": "true"})
    add(root, "line", "track", x1="0%", x2="100%", y1="50%", y2="50%")
    ends = {"x1": f"{100 * low:.2f}%", "x2": f"{100 * high:.2f}%"}
    add(root, "line", f"range {kind}", y1="50%", y2="50%", **ends)
    spot = add(root, "svg", x=f"{100 * value:.2f}%", y="50%", overflow="visible")
    marker(spot, kind, 0, 0)
    return html(root)


def _fine(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
