"""The changes of one body or value, from the differences of its schemas."""

from collections.abc import Iterator

from contracts_runner.maintenance.impact.changes import Change, Content, Use
from contracts_runner.maintenance.impact.differences import Difference
from contracts_runner.maintenance.impact.schema_pairs import Edge, EdgeKind, Pair
from contracts_runner.openapi.dialect import Direction
from contracts_runner.openapi.explain_text import render_path

_OTHER: dict[Direction, Direction] = {"request": "response", "response": "request"}
# What messages of a direction do not hold.
_HIDDEN: dict[Direction, str] = {"request": "readOnly", "response": "writeOnly"}


def iter_content_changes(operation: str, content: Content) -> Iterator[Change]:
    """Yield what differs in the schemas of a body or value, each place once, the nearest to its root first."""
    pairs = content.pair.pairs
    opened: list[tuple[Pair, Direction, str]] = [(content.pair, content.direction, "$")]
    seen = {(content.pair, content.direction)}
    for pair, direction, place in opened:
        if not pairs.is_changing(pair):
            continue
        for difference in pair.differences:
            if difference.only in (None, direction):
                yield _build(operation, content, pair, direction, place, difference)
        for edge in pair.edges:
            below = _OTHER[direction] if edge.is_flipped else direction
            if (edge.pair, below) not in seen and not _is_hidden(edge, direction):
                seen.add((edge.pair, below))
                opened.append((edge.pair, below, place + _render(edge)))


def _is_hidden(edge: Edge, direction: Direction) -> bool:
    views = (edge.pair.old, edge.pair.new) if edge.kind is EdgeKind.PROPERTY else ()
    return any(view is not None and view.is_marked(_HIDDEN[direction]) for view in views)


def _render(edge: Edge) -> str:
    match edge.kind:
        case EdgeKind.PROPERTY:
            return render_path([str(edge.name)])[1:]
        case EdgeKind.ITEM:
            return "[*]" if edge.name is None else f"[{edge.name}]"
        case EdgeKind.EXTRA:
            return ".*"
        case EdgeKind.NAME:
            return "~"  # as JSONPath-Plus calls the names
        case _:
            return ""


def _build(
    operation: str, content: Content, pair: Pair, direction: Direction, place: str, difference: Difference
) -> Change:
    named = place + (render_path([difference.member])[1:] if difference.member is not None else "")
    subject = content.noun if content.use and named == "$" else f"{content.noun}: {named}"
    is_in_new = difference.new is not None
    pointer = difference.new if difference.new is not None else difference.old
    edits: dict[Use, str] = {}
    if difference.renamed is not None and content.use is None:
        edits = {("member", content, pair, difference.member): difference.renamed}
    return Change(
        operation=operation,
        kind=f"{content.area}-{difference.what}",
        is_breaking=difference.order.is_breaking(direction, is_parameter=content.area == "parameter"),
        pointer=pointer or (),
        is_in_new=is_in_new,
        message=f"{subject} {difference.text}",
        uses=frozenset([content.use] if content.use else _list_uses(content, pair, direction, difference)),
        edits=edits,
    )


def _list_uses(content: Content, pair: Pair, direction: Direction, difference: Difference) -> list[Use]:
    place = (content, pair)
    if difference.is_of_others:
        return [("extra", *place), ("whole", *place)]
    if difference.member is None:
        return [("node", *place), *([("passed", *place)] if difference.is_deep else [])]
    names = filter(None, (difference.member, difference.renamed))
    uses: list[Use] = [("whole", *place), *(("member", *place, name) for name in names)]
    return [*uses, ("node", *place)] if difference.is_of_parent and direction == "request" else uses
