"""Makes scenarios of a document's operations: what it lists is read, what it makes is read and removed."""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from functools import cached_property

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import AuthorizationError, choose_credentials
from contracts_runner.maintenance.drafts.resources import Resources, is_last
from contracts_runner.maintenance.drafts.step_drafts import Invention, ScenarioSteps, UndraftableError
from contracts_runner.model.scenario_draft import GENERATED, ScenarioDraft, StepDraft
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.spec import Spec

_UNCERTAIN = (Evidence.UNKNOWN, Evidence.REFUTED)


@dataclass(frozen=True)
class OperationDrafts:
    """Makes the scenarios of one spec, for an environment that has credentials of these names; `aliases`: scheme -> its
    credential, where that has another name."""

    spec: Spec
    credentials: frozenset[str]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def iter_drafts(self) -> Iterator[tuple[Operation, ScenarioDraft]]:
        """Yield a scenario for each reading operation whose values are known, and one for each resource that can be
        made, read and removed; where there is none, for operations with values that are made up. Each comes with the
        operation that it is about."""
        found = list(self._iter_known())
        reading = [operation for operation in self._usable if operation.effect is Effect.READ]
        # An API of which nothing is known has a beginning, too.
        yield from found or self._iter_invented(reading) or self._iter_invented(self._usable)

    def draft(self, operation: Operation) -> ScenarioDraft:
        """Return a skeleton for an operation: what the document does not name is made up, or left to the author. Raises
        UndraftableError for one that cannot be read."""
        if operation.fault:
            raise UndraftableError(operation.fault)
        try:
            return self._draft_lifecycle(operation, self._begin(Invention.SKELETON))
        except UndraftableError:
            return self._draft_call(operation, self._begin(Invention.SKELETON))

    def _iter_known(self) -> Iterator[tuple[Operation, ScenarioDraft]]:
        for operation in self._usable:
            draft = self._draft_call if operation.effect is Effect.READ else self._draft_lifecycle
            with contextlib.suppress(UndraftableError):
                yield operation, draft(operation, self._begin())

    def _iter_invented(self, operations: Iterable[Operation]) -> list[tuple[Operation, ScenarioDraft]]:
        found: list[tuple[Operation, ScenarioDraft]] = []
        for operation in operations:
            with contextlib.suppress(UndraftableError):
                found.append((operation, self._draft_call(operation, self._begin(Invention.VALUES))))
        return found

    @cached_property
    def _usable(self) -> tuple[Operation, ...]:
        return tuple(each for each in self.spec.operations.values() if self._is_usable(each))

    @cached_property
    def _resources(self) -> Resources:
        return Resources(self.spec, self._usable)

    def _is_usable(self, operation: Operation) -> bool:
        if operation.fault or operation.evidence in _UNCERTAIN or operation.method == "TRACE":
            return False
        return operation.label in self._auths

    @cached_property
    def _auths(self) -> dict[str, str | None]:
        """Operation -> the credential to name, None where those that the document wants can be sent. What wants several
        together that cannot be is most often meant to want one of them."""

        def is_servable(operation: Operation, auth: str | None) -> bool:
            schemes, known = self.spec.security_schemes, self.credentials
            try:
                return bool(choose_credentials(auth, operation=operation, schemes=schemes, known=known))
            except AuthorizationError:
                return False

        auths: dict[str, str | None] = {}
        for operation in self.spec.operations.values():
            named = [self.aliases.get(name, name) for names in operation.security for name in names]
            wanted = [name for name in named if name in self.credentials]
            for auth in (None, *wanted):
                if operation.label not in auths and is_servable(operation, auth):
                    auths[operation.label] = auth
        return auths

    def _begin(self, invention: Invention = Invention.NOTHING) -> ScenarioSteps:
        return ScenarioSteps(
            spec=self.spec,
            resources=self._resources,
            auths=self._auths,
            aliases=self.aliases.values(),
            invention=invention,
        )

    def _draft_call(self, operation: Operation, flow: ScenarioSteps) -> ScenarioDraft:
        flow.add(operation, "read" if operation.method == "GET" else "")
        listed = "What is listed can be read: " if len(flow.steps) > 1 and operation.method == "GET" else ""
        return _finish(flow, operation.label, f"{listed}{operation.label} answers as the document says")

    def _draft_lifecycle(self, maker: Operation, flow: ScenarioSteps) -> ScenarioDraft:
        """Return a scenario that makes, reads and removes a resource."""
        members = [self._resources.find_on_path(method, f"{maker.path}/{{}}") for method in ("GET", "DELETE")]
        reader, remover = members
        if maker.method != "POST" or reader is None or remover is None:
            raise UndraftableError(f"{maker.label} makes nothing that can be read and removed")
        parameter = next((each for each in reader.parameters if is_last(reader.path, each.name)), None)
        place = self._resources.find_made(maker, reader, parameter) if parameter else None
        if parameter is None or place is None:
            raise UndraftableError(f"the answer of {maker.label} does not say what it made")
        flow.add_maker(maker, reader, parameter, place)
        removal = flow.build_removal(remover)
        title = f"What {maker.label} makes can be read and removed"
        return _finish(flow, f"{maker.label}.lifecycle", title, (removal,))


def _finish(flow: ScenarioSteps, identifier: str, title: str, cleanup: tuple[StepDraft, ...] = ()) -> ScenarioDraft:
    tags = (GENERATED, *flow.tags)
    return ScenarioDraft(id=identifier, title=title, tags=tags, steps=tuple(flow.steps), cleanup=cleanup)
