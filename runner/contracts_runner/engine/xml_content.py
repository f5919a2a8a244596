"""Looks into bodies of XML, which are hostile until proven otherwise: no entity is read, nothing is fetched, and what
an expression may visit is bounded."""

import json
import math
import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from lxml import etree

from contracts_runner.engine.jsonpath import NoNodeError, NothingFoundError
from contracts_runner.errors import UndecidedError
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import find_charset, find_codec, find_xml_charset
from contracts_runner.model.json import Json
from contracts_runner.openapi.explain_text import shorten
from contracts_runner.reading.xpaths import blank_literals, compile_xpath

# What the library needs for them grows with the cube of the nodes, and with their square.
_ACROSS = re.compile(r"(?:following|preceding)(?:-sibling)?\s*::")
_DOWN = re.compile(r"//|(?:ancestor|descendant)(?:-or-self)?\s*::")
_MOST_ACROSS, _MOST_DOWN = 2_000, 10_000
_RESOURCE_LIMIT = 114  # XML_ERR_RESOURCE_LIMIT, which older releases of the library do not name
_STRING = etree.XPath("string()", smart_strings=False)
_SIZE = etree.XPath("count(//node()) + count(//@*)")
_HEAD_BYTES = 1_000
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class XmlContent:
    """The body of one response as XML, read when it is first looked at."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def find(self, path: str, namespaces: Mapping[str, str], *, is_list: bool = False) -> Json:
        """Return the value of an expression: a number, a boolean, a text; of nodes the text of the first one, in the
        order of the document, or the list of all, which may be empty.

        Raises NoNodeError where there is none, NothingFoundError where there is no number or no XML, UndecidedError for
        XML that is not read.
        """
        tree = self._tree
        _check_size(path, tree)
        found = compile_xpath(path, tuple(namespaces.items()))(tree)
        if isinstance(found, list):
            if is_list:
                return list(map(_render_node, found))
            if not found:
                raise NoNodeError(f"nothing is found at {path}; the root is {shorten(tree.getroot().tag)}")
            return _render_node(found[0])
        if isinstance(found, float):
            if not math.isfinite(found):
                raise NothingFoundError(f"{path} gives no number")
            return int(found) if found.is_integer() else found
        return found

    @cached_property
    def _tree(self) -> Any:
        try:
            tree = etree.ElementTree(etree.fromstring(self._response.body, self._build_parser()))
        except etree.XMLSyntaxError as error:
            if error.code == _RESOURCE_LIMIT:
                raise UndecidedError(f"the XML is not read: {error.msg}") from None
            line, column = error.position
            reason = (error.msg or "").rpartition(", line ")[0] or error.msg
            raise NothingFoundError(f"the body is not XML: {reason}, in line {line}, column {column}") from None
        dtd = tree.docinfo.internalDTD
        if dtd is not None and (dtd.entities() or next(tree.iter(etree.Entity), None) is not None):
            raise UndecidedError("the XML has entities of its own, which are not read")
        return tree

    def _build_parser(self) -> Any:
        return etree.XMLParser(encoding=self._choose_charset(), resolve_entities=False, no_network=True, load_dtd=False)

    def _choose_charset(self) -> str | None:
        """Return the charset in which the library is to read, None for that of the byte order mark, or of UTF-16.

        The library knows more of them than anything else here, which must see what it sees (RFC 7303 §3.2).
        """
        body, content_type = self._response.body, self._response.content_type
        if body.startswith(_BYTE_ORDER_MARKS):
            return None
        charset = find_charset(content_type)
        stated = charset or find_xml_charset("text/xml", body[:_HEAD_BYTES].decode("ascii", "replace"))
        if stated is None:
            return "utf-8" if json.detect_encoding(body) == "utf-8" else None
        if find_codec(stated) is None:
            raise UndecidedError(f"the charset '{shorten(stated)}' is not one of those that are read")
        return charset


def _render_node(node: Any) -> str:
    if isinstance(node, tuple):
        return str(node[1])  # a namespace: its URI
    return node if isinstance(node, str) else str(_STRING(node))


def _check_size(path: str, tree: Any) -> None:
    code = blank_literals(path)
    most = _MOST_ACROSS if _ACROSS.search(code) else _MOST_DOWN if len(_DOWN.findall(code)) > 1 else None
    if most is not None and _SIZE(tree) > most:
        raise UndecidedError(f"{path} may visit each node of the document for each other: {most:,} nodes are the most")
