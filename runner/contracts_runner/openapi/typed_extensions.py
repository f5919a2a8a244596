"""Builds what our extensions of OpenAPI say (docs/design.md, Spec extensions); their form was checked before."""

from collections.abc import Mapping

from contracts_runner.model.json import Json
from contracts_runner.model.spec import AnswerPlace, Evidence, Paging, PagingStyle, Total, TotalUnit


def build_paging(value: Json) -> Paging | None:
    if not value:
        return None
    page = value.get("page", value)  # the older form has a mapping there
    style, size = PagingStyle(value.get("style", PagingStyle.PAGE)), value.get("size")
    first = {PagingStyle.PAGE: 1, PagingStyle.OFFSET: 0}.get(style)
    return Paging(
        style=style,
        placement=page.get("in", "query"),
        name=page.get("name", ""),
        first=value.get("start", first),
        size=(size["name"], size["value"]) if size else None,
        total=_build_total(value["total"]) if "total" in value else None,
        next=_build_place(value["next"]) if "next" in value else None,
        more=value.get("more", ""),
    )


def _build_total(value: Json) -> Total:
    is_of_pages = isinstance(value, Mapping) and "pages" in value
    place = _build_place(value["pages"] if is_of_pages else value)
    return Total(unit=TotalUnit.PAGES if is_of_pages else TotalUnit.ITEMS, path=place.path, header=place.header)


def _build_place(value: Json) -> AnswerPlace:
    return AnswerPlace(path=value) if isinstance(value, str) else AnswerPlace(header=value["header"])


def read_evidence(value: Mapping[str, Json]) -> Evidence | None:
    """Return an object's own `x-evidence`."""
    return Evidence(value["x-evidence"]) if "x-evidence" in value else None
