"""Drives Schemathesis: but for case_transport.py and provenance.py the only module that imports it, so that a new
release breaks few files.

What is undocumented there and used here, for 4.32: `Engine`, `Phase` and events, the base classes `OpenApiSchema` and
`RequestsTransport`, `prepare_request`, a case's metadata, `requirements` of extra data. Our tests hold each fast.

Nothing of Schemathesis opens a connection: its transport is replaced by one that hands each request to a `Sender`, its
phases that send their own requests (probing, sign-up) are disabled, and it never learns of a failed connection, after
which it would check whether the service still answers.
"""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis.configuration import set_hypothesis_home_dir
from schemathesis import Config, GenerationMode
from schemathesis.checks import CHECKS, CheckContext
from schemathesis.config import CacheConfig, HealthCheck
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response as NativeResponse
from schemathesis.engine import events
from schemathesis.engine.core import Engine, EventStream
from schemathesis.engine.run import Phase, PhaseName, PhaseSkipReason
from schemathesis.generation.case import Case
from schemathesis.generation.meta import REQUEST_SHAPE_PROBES, coverage_scenario
from schemathesis.generation.stateful.state_machine import APIStateMachine, StepOutput, Transition
from schemathesis.resources import ExtraDataSource
from schemathesis.specs.openapi import checks as native_checks
from schemathesis.specs.openapi.extra_data_source import OpenApiExtraDataSource
from schemathesis.specs.openapi.schemas import OpenApiSchema

from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.exchange import Exchange
from contracts_runner.model.phase import GenerationPhase

# Hypothesis draws from the constants of modules that are not installed: these of ours are to be there whether the files
# of the project were read before or not.
from contracts_runner.openapi import spec_reading  # noqa: F401
from contracts_runner.properties.case_transport import Answer, CaseTransport
from contracts_runner.properties.cases import Complaint, GeneratedCase, Negation, OperationKey
from contracts_runner.properties.examination import Examination
from contracts_runner.properties.provenance import Makers, list_taken
from contracts_runner.reading import json_source, yaml_events  # noqa: F401 - likewise

CHECK = "contracts"
# Long enough for a thing's whole life: found, made, changed, removed, asked for again.
FLOW_STEPS = 10
_UNSENT_PHASES = (PhaseName.PROBING, PhaseName.AUTH_BOOTSTRAP)


class _Schema(OpenApiSchema):
    """A schema whose requests go by our transport and whose answers go to our examination."""

    own_transport: CaseTransport
    examination: Examination
    makers: Makers

    @property
    def transport(self) -> CaseTransport:
        return self.own_transport

    def create_extra_data_source(self) -> ExtraDataSource | None:
        """Use the ids of answers in later requests, and nothing else of them: a name or a time that the service has
        just given would make two runs differ, and would send a person's data elsewhere."""
        source = super().create_extra_data_source()
        if isinstance(source, OpenApiExtraDataSource):
            source.semantic_index = None
            names = {requirement.resource_field for requirement in source.requirements.values()}
            self.makers = Makers(names, self.examination.depth)
        return source

    def build_state_machine(self, **kwargs: Any) -> type[APIStateMachine]:
        base = super().build_state_machine(**kwargs)
        schema = self

        class Machine(base):  # type: ignore[valid-type,misc]  # a class that is made at run time
            def __init__(self) -> None:
                schema.transport.flows += 1
                super().__init__()

            def _get_target_for_result(self, result: StepOutput) -> str | None:
                """Follow no link from an error that has the status of a success."""
                exchange = getattr(result.response, "exchange", None)
                if exchange is None or schema.examination.is_hidden_error(exchange):
                    return None
                target: str | None = super()._get_target_for_result(result)
                return target

        return Machine


class _Engine(Engine):
    """Schemathesis's engine without the phases that send their own requests."""

    def get_phase_config(self, phase_name: PhaseName, **kwargs: Any) -> Phase:
        if phase_name in _UNSENT_PHASES:
            return Phase(name=phase_name, is_enabled=False, skip_reason=PhaseSkipReason.DISABLED)
        return super().get_phase_config(phase_name, **kwargs)


class _Found(Failure):
    """A complaint as Schemathesis's engine and Hypothesis's shrinking know it: equal for the same defect."""

    def __init__(self, complaint: Complaint, case: Case[Any]) -> None:
        label = case.operation.label
        super().__init__(operation=label, title=complaint.title, message=complaint.message, case_id=case.id)
        self._key = f"{complaint.check} {complaint.shape}"

    @property
    def _unique_key(self) -> str:
        return self._key


def _check(ctx: CheckContext, response: NativeResponse, case: Case[Any]) -> bool | None:
    """Examine the case; raises what a smaller example is wanted of."""
    schema = case.operation.schema
    if not isinstance(schema, _Schema) or not isinstance(response, Answer) or response.exchange is None:
        return True
    judged = _JudgedCase(ctx, response, case, schema.makers)
    described = judged.describe()
    schema.makers.add(case.operation.label, described, (case.path_parameters or {}).values())
    if complaints := schema.examination.examine(described, judged.ask):
        raise FailureGroup([_Found(each, case) for each in complaints])
    return None


_check.__name__ = CHECK


class _JudgedCase:
    """One case, and what Schemathesis's own checks report of it."""

    def __init__(self, ctx: CheckContext, answer: Answer, case: Case[Any], makers: Makers) -> None:
        self._ctx = ctx
        self._answer = answer
        self._case = case
        self._makers = makers

    def describe(self) -> GeneratedCase:
        meta, steps = self._case.meta, self._find_steps()
        is_negative = meta is not None and meta.generation.mode is GenerationMode.NEGATIVE
        return GeneratedCase(
            phase=GenerationPhase(meta.phase.name.value) if meta is not None else None,
            negation=_read_negation(meta.phase.data) if meta is not None and is_negative else None,
            is_probe=coverage_scenario(self._case) in REQUEST_SHAPE_PROBES,
            draft=self._answer.draft,
            exchange=steps[-1],
            steps=steps,
            makers=self._makers.list_for(self._list_chain()),
            history=self._find_history(),
            link=self._find_link(),
        )

    def ask(self, check: PropertyCheck) -> Complaint | None:
        try:
            getattr(native_checks, check)(self._ctx, self._answer, self._case)
        except Failure as failure:
            return Complaint(
                check=check,
                code=failure.code,
                title=failure.title,
                message=" ".join(failure.message.split()),
                steps=self._find_steps(failure.related_case_ids()),
            )
        return None

    def _find_steps(self, related: tuple[str, ...] = ()) -> tuple[Exchange, ...]:
        return tuple(
            replace(exchange, taken=list_taken(case, self._ctx.internals.recorder, self._makers))
            for case in self._list_chain(related)
            for exchange in _list_exchanges([self._find_answer(case)])
        )

    def _list_chain(self, related: tuple[str, ...] = ()) -> list[Case[Any]]:
        recorder = self._ctx.internals.recorder
        chain = recorder.iter_chain_cases(case_id=self._case.id, related_case_ids=related) if recorder else ()
        return [*(case for case in chain if case.id != self._case.id), self._case]

    def _find_answer(self, case: Case[Any]) -> NativeResponse | None:
        recorder = self._ctx.internals.recorder
        return recorder.find_response(case_id=case.id) if recorder and case is not self._case else self._answer

    def _find_history(self) -> tuple[Exchange, ...]:
        recorder = self._ctx.internals.recorder
        if recorder is None or self._ctx.phase is not PhaseName.STATEFUL_TESTING:
            return ()
        before = itertools.takewhile(lambda case: case.id != self._case.id, recorder.find_all_cases())
        return _list_exchanges(recorder.find_response(case_id=case.id) for case in before)

    def _find_link(self) -> str:
        """Return the name of the link that was followed to here with all of its values, "" if there is none."""
        recorder = self._ctx.internals.recorder
        node = recorder.cases.get(self._case.id) if recorder is not None else None
        transition = node.transition if node is not None and node.is_transition_applied else None
        return transition.id if transition is not None and _carries(self._case, transition) else ""


def _list_exchanges(answers: Iterable[NativeResponse | None]) -> tuple[Exchange, ...]:
    return tuple(each.exchange for each in answers if isinstance(each, Answer) and each.exchange is not None)


def _carries(case: Case[Any], transition: Transition) -> bool:
    """Tell whether the request has every value that the link took from the step before."""
    wanted = [
        ((getattr(case, container) or {}).get(name), extracted.value)
        for container, parameters in transition.parameters.items()
        for name, extracted in parameters.items()
    ]
    if transition.request_body is not None:
        body = transition.request_body.value
        fields = body.ok() if isinstance(body, Ok) else None
        if not isinstance(fields, dict) or not isinstance(case.body, dict):
            return False
        wanted += [(case.body.get(name), Ok(value)) for name, value in fields.items()]
    return all(isinstance(value, Ok) and str(sent) == str(value.ok()) for sent, value in wanted)


def _read_negation(data: Any) -> Negation:
    """Return what is invalid, from the metadata of any phase."""
    mutations = [(each.parameter_location, each.parameter, each.keywords) for each in data.mutations]
    parts = mutations or [(data.parameter_location, data.parameter, ())]
    return Negation(
        description=data.description or "",
        parts=tuple(
            (place.name.lower(), name or "", tuple(keywords)) for place, name, keywords in parts if place is not None
        ),
    )


class GenerationRun:
    """One run of the generator over a document: an iterator of what could not be generated, as (operation, message);
    an operation that the document does not have where it concerns all.

    `scratch` is a folder for Hypothesis's tables, which would otherwise be written into the current folder. It ends
    early, with what was running, after `stop` or an interrupt; `is_interrupted` is true after the latter.
    """

    def __init__(self, document: dict[str, Any], examination: Examination, *, seed: int, scratch: Path) -> None:
        self.is_interrupted = False
        self._is_stopped = False
        self._scratch = scratch
        self._schema = _build_schema(document, examination, seed)
        self._stream: EventStream = _Engine(schema=self._schema).execute()

    def find_fed_parameters(self) -> dict[OperationKey, list[str]]:
        """Return operation -> parameters, and members of its body, that take ids from answers."""
        source, found = self._schema.create_extra_data_source(), dict[OperationKey, list[str]]()
        for label, _, name in source.requirements if isinstance(source, OpenApiExtraDataSource) else ():
            method, _, path = label.partition(" ")
            found.setdefault((method.upper(), path), []).append(name)
        return found

    def stop(self) -> None:
        """Send nothing more; safe to call from any thread."""
        self._is_stopped = True
        self._stream.stop()

    def __iter__(self) -> Iterator[tuple[OperationKey, str]]:
        set_hypothesis_home_dir(self._scratch)
        try:
            for event in self._stream:
                if isinstance(event, events.Interrupted):
                    self.is_interrupted = not self._is_stopped
                elif isinstance(event, events.NonFatalError):
                    method, _, path = event.label.partition(" ")
                    yield (method.upper(), path), f"{event.info.title}: {event.info.message}".strip(": ")
        finally:
            set_hypothesis_home_dir(None)


def find_chained(document: dict[str, Any]) -> set[OperationKey]:
    """Return the operations of a document between which ids go: those that take them from answers, and those in whose
    answers they are. What is generated for one depends on what was tested before."""
    schema = _Schema(raw_schema=document, config=Config(cache=CacheConfig(enabled=False)).projects.get(document))
    source = OpenApiSchema.create_extra_data_source(schema)
    if not isinstance(source, OpenApiExtraDataSource):
        return set()
    wanted = {requirement.resource_name for requirement in source.requirements.values()}
    makers = {
        label
        for label, node in schema.analysis.dependency_graph.operations.items()
        if any(slot.resource.name in wanted for slot in node.outputs)
    }
    labels = makers | {label for label, _, _ in source.requirements}
    return {(method.upper(), path) for method, _, path in (label.partition(" ") for label in labels)}


def _build_schema(document: dict[str, Any], examination: Examination, seed: int) -> _Schema:
    settings, sender = examination.settings, examination.sender
    # Without a configuration it would look for a schemathesis.toml in the folders above. A slow machine is not a
    # finding, so the health of the generation is not checked.
    config = Config(seed=seed, cache=CacheConfig(enabled=False), suppress_health_check=[HealthCheck.all])
    schema = _Schema(raw_schema=document, config=config.projects.get(document))
    schema.examination, schema.makers = examination, Makers(set(), examination.depth)
    schema.own_transport = CaseTransport(sender)
    if CHECK not in CHECKS.get_all_names():
        CHECKS.register(_check)
    project = schema.config
    project.update(base_url=sender.base_url, workers=settings.workers, continue_on_failure=False)
    project.checks.update(included_check_names=[CHECK])
    project.phases.update(phases=list(settings.phases))
    project.phases.coverage.unexpected_methods = set()
    project.phases.stateful.max_steps = FLOW_STEPS
    if examination.links or examination.spec.key in settings.linked:
        # What the authors declare is better than what names suggest, and guesses would crowd it out.
        project.phases.stateful.inference.algorithms = []
    project.generation.update(
        modes=[GenerationMode.POSITIVE] if settings.is_safe else list(GenerationMode),
        max_examples=settings.max_examples,
        no_shrink=not settings.is_shrinking,
        database="none",
        # Credentials are ours alone: they are added when a request is sent.
        with_security_parameters=False,
        # A header with a NUL is refused before it is sent.
        allow_x00=False,
    )
    return schema
