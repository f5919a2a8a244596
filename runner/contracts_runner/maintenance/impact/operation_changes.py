"""The changes of one operation that both documents have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType

from contracts_runner.maintenance.impact.changes import BODY, OPERATION, Change, Content, Use
from contracts_runner.maintenance.impact.content_changes import iter_content_changes
from contracts_runner.maintenance.impact.described import Described, DescribedOperation, read_headers, read_style
from contracts_runner.maintenance.impact.likeness import match_renamed, read_print
from contracts_runner.maintenance.impact.schema_pairs import SchemaPairs
from contracts_runner.maintenance.impact.security_changes import iter_security_changes
from contracts_runner.model.http import strip_parameters
from contracts_runner.openapi.dialect import Direction

_Placed = tuple[str, str]


@dataclass(eq=False)
class OperationComparison:
    """An operation in both documents. `is_inbound`: the service sends it, as a webhook or a callback: then what it
    sends is for us to read."""

    label: str
    old: DescribedOperation
    new: DescribedOperation
    pairs: SchemaPairs
    is_inbound: bool = False
    noun: str = ""  # what is before each message
    contents: list[Content] = field(default_factory=list)

    def run(self) -> list[Change]:
        """Return the changes; `contents` then has the bodies of both."""
        changes = [*self._iter_parameter_changes(), *self._iter_body_changes(), *self._iter_response_changes()]
        changes += self._iter_own_changes()
        for content in self.contents:
            changes += iter_content_changes(self.label, content)
        return changes

    @property
    def _sent(self) -> Direction:
        return "response" if self.is_inbound else "request"

    @property
    def _received(self) -> Direction:
        return "request" if self.is_inbound else "response"

    def _build(
        self,
        kind: str,
        message: str,
        uses: list[Use],
        *,
        is_breaking: bool,
        old: Described | None = None,
        new: Described | None = None,
        key: str = "",
        edits: Mapping[Use, str] = MappingProxyType({}),
    ) -> Change:
        """Return a change of a part, or of a key of it that is there."""
        part = new if new is not None else old
        assert part is not None
        pointer = (*part.place, key) if key and key in part.value else part.place
        return Change(
            operation=self.label,
            kind=kind,
            is_breaking=is_breaking,
            pointer=pointer,
            is_in_new=new is not None,
            message=f"{self.noun}{message}",
            uses=frozenset(uses),
            edits=edits,
        )

    def _iter_own_changes(self) -> Iterator[Change]:
        old, new = self.old, self.new
        if old.is_deprecated != new.is_deprecated:
            kind, words = ("operation-deprecated", "is deprecated")
            if old.is_deprecated:
                kind, words = ("operation-no-longer-deprecated", "is no longer deprecated")
            yield self._build(kind, words, [OPERATION], is_breaking=False, new=new, key="deprecated")
        if not self.is_inbound:
            yield from iter_security_changes(old, new, self._build)
        yield from self._iter_callback_changes()

    def _iter_callback_changes(self) -> Iterator[Change]:
        before, after = self.old.callbacks, self.new.callbacks
        for name in dict.fromkeys([*before, *after]):
            old, new = before.get(name), after.get(name)
            build = partial(self._build, uses=[OPERATION])
            if new is None:
                yield build("callback-removed", f"the callback {name} is removed", is_breaking=True, old=old)
            elif old is None:
                yield build("callback-added", f"the callback {name} is added", is_breaking=False, new=new)
            else:
                inner = OperationComparison(
                    self.label, old, new, self.pairs, is_inbound=True, noun=f"the callback {name}: "
                )
                yield from (_use_operation(change) for change in inner.run())

    def _iter_parameter_changes(self) -> Iterator[Change]:
        before, after = self.old.parameters, self.new.parameters
        renamed = self._match_parameters(before, after)
        for key, old in before.items():
            found = renamed.get(key, key)
            if found not in after:
                kind = "parameter-removed"
                yield self._build(
                    kind, f"{_name(key)} is removed", [_use(key)], is_breaking=not self.is_inbound, old=old
                )
                continue
            yield from self._compare_parameters(key, found, old, after[found])
        for key, new in after.items():
            if key in before or key in renamed.values():
                continue
            is_required = new.is_required or key[0] == "path"
            kind = "required-parameter-added" if is_required else "parameter-added"
            text = f"{_name(key)} is added{' and required' if is_required else ''}"
            uses = [OPERATION, _use(key)] if is_required else [_use(key)]
            yield self._build(kind, text, uses, is_breaking=is_required and not self.is_inbound, new=new)

    def _match_parameters(
        self, before: Mapping[_Placed, Described], after: Mapping[_Placed, Described]
    ) -> dict[_Placed, _Placed]:
        """Return the parameters that have another name: in the path by their order, elsewhere by what is said."""
        gone, came = [key for key in before if key not in after], [key for key in after if key not in before]
        renamed: dict[_Placed, _Placed] = {}
        if find_shape(self.old.path) == find_shape(self.new.path):
            names = zip(list_names(self.old.path), list_names(self.new.path), strict=True)
            found = ((("path", old), ("path", new)) for old, new in names if old != new)
            renamed |= {old: new for old, new in found if old in before and new in after}
        for placement in ("query", "header", "cookie"):
            olds, news = ([name for where, name in keys if where == placement] for keys in (gone, came))
            same = partial(_is_same_parameter, before, after, placement)
            matched = match_renamed(olds, news, same, partial(_has_same_place, before, after, placement))
            renamed |= {(placement, old): (placement, new) for old, new in matched.items()}
        return renamed

    def _compare_parameters(self, key: _Placed, found: _Placed, old: Described, new: Described) -> Iterator[Change]:
        name, use = _name(found), _use(key)
        uses = [use, _use(found)]
        if key != found:
            edits = {use: _written(new)}
            text = f"{_name(key)} is called '{_written(new)}' now"
            yield self._build("parameter-renamed", text, uses, is_breaking=True, new=new, key="name", edits=edits)
        was, is_now = (each.is_required or key[0] == "path" for each in (old, new))
        if was != is_now:
            kind, text = ("parameter-became-required", "is required")
            if was:
                kind, text = ("parameter-became-optional", "is no longer required")
            concerned = [OPERATION, *uses] if is_now else uses
            is_breaking = is_now is not self.is_inbound
            yield self._build(kind, f"{name} {text}", concerned, is_breaking=is_breaking, new=new, key="required")
        if self._has_other_style(old, new):
            yield self._build(
                "parameter-style-changed", f"{name} is written in another style", uses, is_breaking=True, new=new
            )
        if old.is_deprecated != new.is_deprecated:
            text = f"{name} is {'no longer ' if old.is_deprecated else ''}deprecated"
            kind = "parameter-no-longer-deprecated" if old.is_deprecated else "parameter-deprecated"
            yield self._build(kind, text, uses, is_breaking=False, new=new, key="deprecated")
        pair = self.pairs.get(old.schemas, new.schemas)
        self.contents.append(Content("parameter", f"{self.noun}{name}", self._sent, pair, use=use))

    def _has_other_style(self, old: Described, new: Described) -> bool:
        before, after = read_style(old), read_style(new)
        types = self.pairs.old_reader.open(*old.schemas).types & {"array", "object"}
        is_typed = self.pairs.old_reader.open(*old.schemas).is_typed
        if (types and is_typed) or before[0] in ("label", "matrix") or after[0] in ("label", "matrix"):
            return before != after
        # Of a single value the style says nothing.
        return before[2:] != after[2:]

    def _iter_body_changes(self) -> Iterator[Change]:
        old, new = self.old.body, self.new.body
        if old is None and new is not None:
            kind, text, uses = "request-body-added", "a request body is added", [BODY]
            if new.is_required:
                kind, text, uses = "required-request-body-added", "a request body is required", [OPERATION]
            yield self._build(kind, text, uses, is_breaking=new.is_required and not self.is_inbound, new=new)
        if old is not None and new is None:
            yield self._build("request-body-removed", "the request body is removed", [BODY], is_breaking=True, old=old)
        if old is None or new is None:
            return
        if old.is_required != new.is_required:
            kind, text, uses = "request-body-became-optional", "is no longer required", [BODY]
            if new.is_required:
                kind, text, uses = "request-body-became-required", "is required", [OPERATION]
            is_breaking = new.is_required is not self.is_inbound
            yield self._build(kind, f"the request body {text}", uses, is_breaking=is_breaking, new=new, key="required")
        yield from self._compare_contents(old, new, "request", "the request body", (None, None), self._sent)

    def _iter_response_changes(self) -> Iterator[Change]:
        before, after = self.old.responses, self.new.responses
        matched = match_statuses(before, after)
        for status, old in before.items():
            found = matched.get(status)
            if found is None:
                text = f"the answer {status} is removed"
                is_breaking = status.startswith("2") or self.is_inbound
                uses: list[Use] = [("status", status)]
                yield self._build("response-status-removed", text, uses, is_breaking=is_breaking, old=old)
                continue
            if found not in (status, f"{status[0]}XX"):
                edits: dict[Use, str] = {("status", status): found}
                text = f"the answer is {found}, not {status} as before"
                uses = [("status", status), ("status", found)]
                yield self._build(
                    "response-status-changed", text, uses, is_breaking=True, new=after[found], edits=edits
                )
            yield from self._compare_responses(status, found, old, after[found])
        for status, new in after.items():
            if status not in matched.values():
                text = f"an answer {status} is added"
                yield self._build(
                    "response-status-added", text, [("status", status)], is_breaking=self.is_inbound, new=new
                )

    def _compare_responses(self, status: str, found: str, old: Described, new: Described) -> Iterator[Change]:
        noun = f"the answer {found}"
        before, after = read_headers(old), read_headers(new)
        for name in dict.fromkeys([*before, *after]):
            yield from self._compare_headers(
                name, f"{noun}: the header {name}", (status, found), before.get(name), after.get(name)
            )
        yield from self._compare_contents(old, new, "response", noun, (status, found), self._received)

    def _compare_headers(
        self, name: str, noun: str, statuses: tuple[str, str], old: Described | None, new: Described | None
    ) -> Iterator[Change]:
        use: Use = ("header", statuses, name)
        if new is None:
            yield self._build("response-header-removed", f"{noun} is removed", [use], is_breaking=True, old=old)
        elif old is None:
            yield self._build("response-header-added", f"{noun} is added", [use], is_breaking=False, new=new)
        else:
            if old.is_required != new.is_required:
                kind, text = "response-header-became-optional", f"{noun} is no longer required"
                if new.is_required:
                    kind, text = "response-header-became-required", f"{noun} is required"
                is_breaking = old.is_required is not self.is_inbound
                yield self._build(kind, text, [use], is_breaking=is_breaking, new=new, key="required")
            pair = self.pairs.get(old.schemas, new.schemas)
            self.contents.append(Content("response-header", f"{self.noun}{noun}", self._received, pair, use=use))

    def _compare_contents(
        self,
        old: Described,
        new: Described,
        area: str,
        noun: str,
        statuses: tuple[str | None, str | None],
        direction: Direction,
    ) -> Iterator[Change]:
        before, after = old.content, new.content
        matched = match_media_types(before, after)
        for name, described in before.items():
            found = matched.get(name)
            if found is None:
                text = f"{noun} is no longer {name}"
                yield self._build(
                    f"{area}-media-type-removed",
                    text,
                    [("media type", area, statuses, name)],
                    is_breaking=True,
                    old=described,
                )
                continue
            if found.lower() != name.lower():
                yield self._change_media_type(area, noun, statuses, name, found, after[found])
            pair = self.pairs.get(described.schemas, after[found].schemas)
            content = Content(area, f"{self.noun}{noun}", direction, pair, statuses, (name, found))
            self.contents.append(content)
            yield from self._compare_encodings(content, described, after[found])
        for name, described in after.items():
            if name not in matched.values():
                text = f"{noun} may be {name}"
                use: Use = ("media type", area, statuses, name)
                yield self._build(f"{area}-media-type-added", text, [use], is_breaking=False, new=described)

    def _change_media_type(
        self, area: str, noun: str, statuses: tuple[str | None, str | None], name: str, found: str, new: Described
    ) -> Change:
        essences = [strip_parameters(each) for each in (name, found)]
        is_within = (
            essences[0] == essences[1] or (area == "response" and "*" in name) or (area == "request" and "*" in found)
        )
        uses: list[Use] = [("media type", area, statuses, each) for each in (name, found)]
        edits = {} if is_within else {uses[0]: found}
        text = f"{noun} is {found}, not {name} as before"
        kind = f"{area}-media-type-changed"
        return self._build(kind, text, uses, is_breaking=not is_within, new=new, edits=edits)

    def _compare_encodings(self, content: Content, old: Described, new: Described) -> Iterator[Change]:
        before, after = (dict(each.iter_named("encoding")) for each in (old, new))
        for name in dict.fromkeys([*before, *after]):
            was, is_now = before.get(name), after.get(name)
            said = [_read_encoding(each) for each in (was, is_now)]
            if said[0] != said[1]:
                use: Use = ("member", content, content.pair, name)
                text = f"{content.noun}: $.{name} is written in another way (encoding)"
                yield self._build("request-encoding-changed", text, [use], is_breaking=True, old=was, new=is_now)


def _read_encoding(described: Described | None) -> dict[str, object]:
    value = described.value if described else {}
    return {key: value.get(key) for key in ("contentType", "style", "explode", "allowReserved")}


def _use_operation(change: Change) -> Change:
    return replace(change, uses=frozenset([OPERATION]), edits={})


def _use(key: _Placed) -> Use:
    return ("parameter", *key)


def _name(key: _Placed) -> str:
    return f"the {key[0]} parameter '{key[1]}'"


def _written(parameter: Described) -> str:
    return str(parameter.value.get("name"))


def _is_same_parameter(
    before: Mapping[_Placed, Described], after: Mapping[_Placed, Described], placement: str, name: str, other: str
) -> bool:
    kept = [
        {key: value for key, value in parameter.value.items() if key not in ("name", "description", "example")}
        for parameter in (before[placement, name], after[placement, other])
    ]
    return read_print(kept[0]) == read_print(kept[1])


def _has_same_place(
    before: Mapping[_Placed, Described], after: Mapping[_Placed, Described], placement: str, name: str, other: str
) -> bool:
    return list(before).index((placement, name)) == list(after).index((placement, other))


def list_names(path: str) -> list[str]:
    """Return the names in a path template."""
    return [piece.partition("}")[0] for piece in path.split("{")[1:]]


def find_shape(path: str) -> str:
    """Return a path template without the names in it."""
    for name in list_names(path):
        path = path.replace(f"{{{name}}}", "{}")
    return path


def match_statuses(before: Mapping[str, Described], after: Mapping[str, Described]) -> dict[str, str]:
    """Return status -> the one that it is now: the same, or the class that it is in; of successes, the other one where
    one went and one came."""
    matched = {status: status for status in before if status in after}
    for status in before:
        if status not in matched and status.isdecimal() and f"{status[0]}XX" in after:
            matched[status] = f"{status[0]}XX"
    gone = [status for status in before if status.startswith("2") and status not in matched]
    came = [
        status for status in after if status.startswith("2") and status not in before and status not in matched.values()
    ]
    return matched | ({gone[0]: came[0]} if len(gone) == len(came) == 1 else {})


def match_media_types(before: Mapping[str, Described], after: Mapping[str, Described]) -> dict[str, str]:
    """Return media type -> the one that it is now: the same, one with other parameters, or the other one where one went
    and one came."""
    matched: dict[str, str] = {}
    for read in (str.lower, strip_parameters):
        for name in before:
            fitting = [other for other in after if other not in matched.values() and read(other) == read(name)]
            if name not in matched and fitting:
                matched[name] = fitting[0]
    gone, came = (
        [name for name in before if name not in matched],
        [name for name in after if name not in matched.values()],
    )
    return matched | ({gone[0]: came[0]} if len(gone) == len(came) == 1 else {})
