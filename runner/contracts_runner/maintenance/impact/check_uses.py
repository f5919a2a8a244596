"""What a warehouse check asks the API, and looks at in the items."""

from collections.abc import Iterator, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.answer_uses import AnswerUses, iter_item_walks
from contracts_runner.maintenance.impact.extension_changes import PAGING
from contracts_runner.maintenance.impact.request_uses import RequestUses, use_parameter
from contracts_runner.maintenance.impact.written_uses import find_written
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Paging
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.model.warehouse_kinds import AskingKind, Asks, SumOfItems
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.reading.places import Place, find_mappings


@dataclass(frozen=True, slots=True)
class ItemPath:
    """A JSONPath of an item, and where it is written, None where it is only meant."""

    text: str
    place: Place | None


def list_item_paths(check: TableCheck, asks: Asks, place: Place | None) -> list[ItemPath]:
    """Return the JSONPaths that a check looks for in an item; `place` is that of its kind."""
    paths = [*(check.kind.item_paths if isinstance(check.kind, AskingKind) else ()), *asks.times]
    found: list[ItemPath] = []
    for path in dict.fromkeys(paths):
        places = list(_iter_texts(place, path)) if place else []
        found += [ItemPath(path, at) for at in places] or [ItemPath(path, None)]
    if isinstance(check.kind, SumOfItems):
        found += [ItemPath(render_path([name]), None) for name, path in check.kind.by.items() if path is None]
    return found


def find_check(check: TableCheck, root: Place) -> Place | None:
    """Return the place of what a check says of its kind."""
    tables = root.at("tables", check.table)
    places = [*find_mappings(tables.at("checks")), tables]
    fitting = [at for at in places if at.find(check.word) is not None]
    exact = [at for at in fitting if check.location in (at.location, at.at(check.word).location)]
    return exact[0].at(check.word) if exact else None


def note_asked(
    request: RequestUses, asks: Asks, paths: Sequence[ItemPath], given: Sequence[str], place: Place | None
) -> None:
    """Note what is asked, which is written at a place, and the paths that are looked for in its items; `given` are the
    parameters."""
    request.uses.add(PAGING)
    if place is not None:
        request.note_name(place.at("operation"))
    for key in given:
        request.note_parameter(key, place.at("parameters", key) if place and place.find("parameters", key) else None)
    operations = [side.operation for side in request.sides if side]
    pagings = [operation.paging for operation in operations if operation.paging]
    for paging in pagings:
        names = [paging.name, *([paging.size[0]] if paging.size else [])]
        request.uses.update(use_parameter("query", name) for name in names if paging.placement == "query" and name)
    if (body := _build_body(asks, pagings)) is not None:
        request.note_sent(body, place and place.at("body"))
    answers = AnswerUses(request.pair, request.sides, Expectation(), request.uses)
    for walk, items in iter_item_walks(answers, asks.rows, place and place.at("rows")):
        for path in paths:
            walk.note_whole(walk.follow(path.text, items, find_written(path.place)))
    answers.note_expectation()
    for paging in pagings:
        _note_paging(answers, paging)


def _build_body(asks: Asks, pagings: Sequence[Paging]) -> Json:
    named = {paging.name: 1 for paging in pagings if paging.placement == "body" and paging.name}
    if asks.body is None:
        return named or None
    return {**named, **asks.body} if isinstance(asks.body, dict) else asks.body


def _iter_texts(place: Place, text: str) -> Iterator[Place]:
    """Yield where a text is, at or below a place, as a value."""
    value = place.find()
    if value == text:
        yield place
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        if key not in ("rows", "for_each", "operation"):
            yield from _iter_texts(place.at(key), text)


def _note_paging(answers: AnswerUses, paging: Paging) -> None:
    for place in filter(None, (paging.total, paging.next)):
        if place.header:
            answers.note_header(place.header)
    paths = [place.path for place in filter(None, (paging.total, paging.next)) if place.path] + [paging.more]
    answers.note_paths([path for path in paths if path])
