"""Rule on what steps send beyond the spec: a name that resembles a declared one is likely meant to be that."""

from collections.abc import Iterable, Iterator

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.contract import Step, StepVariant
from contracts_runner.model.spec import Operation, Placement
from contracts_runner.reading.places import Place
from contracts_runner.reading.suggest import find_similar

_LIKE = 0.8
_PLACES: tuple[tuple[str, Placement], ...] = (("query", "query"), ("headers", "header"))


def check_beyond(subject: Subject) -> Iterator[Problem]:
    """Yield the names in `query` and `headers` that the operation declares, or almost; beside a link, which takes no
    parameters, only those that it almost declares."""
    for step in subject.steps:
        if step.operation:
            for part, place in step.site.iter_parts():
                is_link = bool(part.url or step.site.step.url)
                yield from _check_part(step.operation, part, place, is_link=is_link)


def _check_part(operation: Operation, part: Step | StepVariant, place: Place, *, is_link: bool) -> Iterator[Problem]:
    for key, placement in _PLACES:
        declared = [each.name for each in operation.parameters if each.placement == placement]
        for name in getattr(part, key):
            found = _find_alike(name, declared)
            is_same = found.lower() == name.lower()
            if found and not (is_same and is_link):
                what = "declares" if is_same else "declares something like"
                message = f"{operation.label} {what} the {placement} parameter '{name}'"
                hint = f"write `parameters: {{{found}: …}}`: then it is checked against the spec"
                yield warn(place.at(key, name).location, message, hint, rule=Rule.BEYOND_SPEC)


def _find_alike(name: str, declared: Iterable[str]) -> str:
    """Return the declared name that is most like a name, which separators do not tell apart; "" for none."""
    plain = {each.replace("_", "-").lower(): each for each in declared}
    similar = find_similar(name.replace("_", "-"), plain, cutoff=_LIKE)
    return plain.get(similar, "")
