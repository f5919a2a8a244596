"""Writes XML, an element a line. The standard library does so by way of a DOM, which takes ten times the room of what
it writes, and escapes other characters in each version of Python: a report is the same on every machine."""

from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_IN_TEXT = {'"': "&quot;"}
_IN_ATTRIBUTE = {**_IN_TEXT, "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}


def render_xml(root: Any) -> str:
    """Return the text of a document whose elements, of `xml.etree` or of lxml, have a text or children."""
    return _DECLARATION + "".join(_iter_lines(root, ""))


def _iter_lines(element: Any, indent: str) -> Iterator[str]:
    attributes = "".join(f' {name}="{escape(value, _IN_ATTRIBUTE)}"' for name, value in element.items())
    begin, end = f"{indent}<{element.tag}{attributes}", f"</{element.tag}>\n"
    if len(element):
        yield f"{begin}>\n"
        for child in element:
            yield from _iter_lines(child, f"{indent}\t")
        yield indent + end
    elif element.text:
        yield f"{begin}>{escape(element.text, _IN_TEXT)}{end}"
    else:
        yield f"{begin}/>\n"
