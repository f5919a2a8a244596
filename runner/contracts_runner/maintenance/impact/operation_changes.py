"""The changes of one operation that both documents have."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from contracts_runner.maintenance.impact.changes import BODY, OPERATION, Change, Content, Use
from contracts_runner.maintenance.impact.content_changes import iter_content_changes
from contracts_runner.maintenance.impact.described import Described, read_headers
from contracts_runner.maintenance.impact.extension_changes import iter_link_changes
from contracts_runner.maintenance.impact.operation_subject import OperationSubject
from contracts_runner.maintenance.impact.parameter_changes import iter_parameter_changes
from contracts_runner.maintenance.impact.security_changes import iter_security_changes
from contracts_runner.model.http import strip_parameters
from contracts_runner.openapi.dialect import Direction


class OperationComparison(OperationSubject):
    """Compares an operation of both documents."""

    def run(self) -> list[Change]:
        """Return the changes; `contents` then has the bodies of both."""
        changes = [*iter_parameter_changes(self), *self._iter_body_changes(), *self._iter_response_changes()]
        changes += self._iter_own_changes()
        for content in self.contents:
            changes += iter_content_changes(self.label, content)
        return changes

    def _iter_own_changes(self) -> Iterator[Change]:
        old, new = self.old, self.new
        if old.is_deprecated != new.is_deprecated:
            kind, words = ("operation-deprecated", "is deprecated")
            if old.is_deprecated:
                kind, words = ("operation-no-longer-deprecated", "is no longer deprecated")
            yield self.build(kind, words, [OPERATION], is_breaking=False, new=new, key="deprecated")
        if not self.is_inbound:
            yield from iter_security_changes(old, new, self.build)
        yield from self._iter_callback_changes()

    def _iter_callback_changes(self) -> Iterator[Change]:
        before, after = self.old.callbacks, self.new.callbacks
        for name in dict.fromkeys([*before, *after]):
            old, new = before.get(name), after.get(name)
            build = partial(self.build, uses=[OPERATION])
            if new is None:
                yield build("callback-removed", f"the callback {name} is removed", is_breaking=True, old=old)
            elif old is None:
                yield build("callback-added", f"the callback {name} is added", is_breaking=False, new=new)
            else:
                inner = OperationComparison(
                    self.label, old, new, self.pairs, is_inbound=True, noun=f"the callback {name}: "
                )
                yield from (_use_operation(change) for change in inner.run())

    def _iter_body_changes(self) -> Iterator[Change]:
        old, new = self.old.body, self.new.body
        if old is None and new is not None:
            kind, text, uses = "request-body-added", "a request body is added", [BODY]
            if new.is_required:
                kind, text, uses = "required-request-body-added", "a request body is required", [OPERATION]
            yield self.build(kind, text, uses, is_breaking=new.is_required and not self.is_inbound, new=new)
        if old is not None and new is None:
            yield self.build("request-body-removed", "the request body is removed", [BODY], is_breaking=True, old=old)
        if old is None or new is None:
            return
        if old.is_required != new.is_required:
            kind, text, uses = "request-body-became-optional", "is no longer required", [BODY]
            if new.is_required:
                kind, text, uses = "request-body-became-required", "is required", [OPERATION]
            is_breaking = new.is_required is not self.is_inbound
            yield self.build(kind, f"the request body {text}", uses, is_breaking=is_breaking, new=new, key="required")
        yield from self._compare_contents(old, new, "request", "the request body", (None, None), self.sent)

    def _iter_response_changes(self) -> Iterator[Change]:
        before, after = self.old.responses, self.new.responses
        matched = match_statuses(before, after)
        for status, old in before.items():
            found = matched.get(status)
            if found is None:
                text = f"the answer {status} is removed"
                is_breaking = status.startswith("2") or self.is_inbound
                uses: list[Use] = [("status", status)]
                yield self.build("response-status-removed", text, uses, is_breaking=is_breaking, old=old)
                continue
            if found not in (status, f"{status[0]}XX"):
                edits: dict[Use, str] = {("status", status): found}
                text = f"the answer is {found}, not {status} as before"
                uses = [("status", status), ("status", found)]
                yield self.build("response-status-changed", text, uses, is_breaking=True, new=after[found], edits=edits)
            yield from self._compare_responses(status, found, old, after[found])
        for status, new in after.items():
            if status not in matched.values():
                text = f"an answer {status} is added"
                yield self.build(
                    "response-status-added", text, [("status", status)], is_breaking=self.is_inbound, new=new
                )

    def _compare_responses(self, status: str, found: str, old: Described, new: Described) -> Iterator[Change]:
        noun = f"the answer {found}"
        before, after = read_headers(old), read_headers(new)
        for name in dict.fromkeys([*before, *after]):
            yield from self._compare_headers(
                name, f"{noun}: the header {name}", (status, found), before.get(name), after.get(name)
            )
        yield from self._compare_contents(old, new, "response", noun, (status, found), self.received)
        yield from iter_link_changes(self, noun, old, new)

    def _compare_headers(
        self, name: str, noun: str, statuses: tuple[str, str], old: Described | None, new: Described | None
    ) -> Iterator[Change]:
        use: Use = ("header", statuses, name)
        if new is None:
            yield self.build("response-header-removed", f"{noun} is removed", [use], is_breaking=True, old=old)
        elif old is None:
            yield self.build("response-header-added", f"{noun} is added", [use], is_breaking=False, new=new)
        else:
            if old.is_required != new.is_required:
                kind, text = "response-header-became-optional", f"{noun} is no longer required"
                if new.is_required:
                    kind, text = "response-header-became-required", f"{noun} is required"
                is_breaking = old.is_required is not self.is_inbound
                yield self.build(kind, text, [use], is_breaking=is_breaking, new=new, key="required")
            pair = self.pairs.get(old.schemas, new.schemas)
            self.contents.append(Content("response-header", f"{self.noun}{noun}", self.received, pair, use=use))

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
                yield self.build(
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
                yield self.build(f"{area}-media-type-added", text, [use], is_breaking=False, new=described)

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
        return self.build(kind, text, uses, is_breaking=not is_within, new=new, edits=edits)

    def _compare_encodings(self, content: Content, old: Described, new: Described) -> Iterator[Change]:
        before, after = (dict(each.iter_named("encoding")) for each in (old, new))
        for name in dict.fromkeys([*before, *after]):
            was, is_now = before.get(name), after.get(name)
            said = [_read_encoding(each) for each in (was, is_now)]
            if said[0] != said[1]:
                use: Use = ("member", content, content.pair, name)
                text = f"{content.noun}: $.{name} is written in another way (encoding)"
                yield self.build("request-encoding-changed", text, [use], is_breaking=True, old=was, new=is_now)


def _read_encoding(described: Described | None) -> dict[str, object]:
    value = described.value if described else {}
    return {key: value.get(key) for key in ("contentType", "style", "explode", "allowReserved")}


def _use_operation(change: Change) -> Change:
    return replace(change, uses=frozenset([OPERATION]), edits={})


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
