"""What an answer says of pages that come after it (docs/design.md, Spec extensions)."""

import re
from collections.abc import Collection, Iterator, Mapping

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.exchange import Response
from contracts_runner.model.json import Json

TOTAL_HEADER = "X-Total-Count"
LINK_HEADER = "Link"


def _write_forms(*names: str) -> tuple[str, ...]:
    """Return each name, then in camel case where that differs: `next_page`, `nextPage`."""
    forms = [form for name in names for form in (name, re.sub(r"(?<=[a-z])_([a-z])", lambda m: m[1].upper(), name))]
    return tuple(dict.fromkeys(forms))


# Members that hold more about the pages, beside the top.
CONTAINERS = _write_forms("meta", "paging", "pagination", "page_info", "links", "_links")
NEXT = _write_forms("next", "next_page", "next_cursor", "next_page_token", "next_url", "next_link")
MORE = _write_forms("has_more", "has_next")

# One link-value of RFC 8288 §3, and one of its parameters; possessive, because a service writes what they read.
_LINK = compile_late(r'<([^<>]*+)>((?:[^,"]++|"(?:[^"\\]|\\.)*+")*+)')
_PARAMETER = compile_late(r';\s*+([^\s;="]++)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s;,"]++))')


def find_sign(body: Json, response: Response, followed: Collection[str] = ()) -> str:
    """Return what says that another page follows, as in `$.meta.next_cursor is "c10"`; "" if nothing does. Of
    `followed`, JSONPaths as Python writes them and names of headers, the answer is asked elsewhere."""
    return next(_iter_body_signs(body, followed), "") or ("" if LINK_HEADER in followed else _find_link_sign(response))


def _iter_body_signs(body: Json, followed: Collection[str]) -> Iterator[str]:
    if not isinstance(body, Mapping):
        return
    for names, found in [((), body), *(((name,), body.get(name)) for name in CONTAINERS)]:
        if isinstance(found, Mapping):
            for member, says in (*((name, "is not empty") for name in NEXT), *((name, "is true") for name in MORE)):
                value = found.get(member)
                is_sign = value is True if member in MORE else _is_filled(value)
                if is_sign and "$" + "".join(f"['{name}']" for name in (*names, member)) not in followed:
                    yield f"{'.'.join(('$', *names, member))} {says}"


def _is_filled(value: Json) -> bool:
    """Tell whether a link, token or number names a page: a link object does by one of its members."""
    if isinstance(value, Mapping):
        return any(map(_is_filled, value.values()))
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def _find_link_sign(response: Response) -> str:
    return "the header Link has rel=next" if find_next_link(response) is not None else ""


def find_next_link(response: Response) -> str | None:
    """Return the target of the first link to the next page in the header Link (RFC 8288 §3), None without one."""
    text = response.header(LINK_HEADER) or ""
    return next((link[1] for link in _LINK.finditer(text) if "next" in _read_relations(link[2])), None)


def _read_relations(parameters: str) -> list[str]:
    """Return the relation types of a link: those of its first `rel` (RFC 8288 §3.3)."""
    for name, quoted, token in _PARAMETER.findall(parameters):
        if name.lower() == "rel":
            return str(quoted or token).lower().split()
    return []


def read_total_header(response: Response) -> int | None:
    """Return the number of items that X-Total-Count names, None without a number there."""
    return read_count(response.header(TOTAL_HEADER))


def read_count(value: Json) -> int | None:
    """Return a count of items or pages, also from a text or a float that holds one; None for anything else."""
    if isinstance(value, str) and value.strip().isdecimal() and value.isascii() and len(value) < 20:
        return int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
