"""The form of a contract file: its scenarios with what they inherit (docs/design.md, Contract file)."""

import re
from collections.abc import Iterable
from dataclasses import replace

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Contract, Scenario, Step
from contracts_runner.model.spec import Source
from contracts_runner.project.contract.known import KNOWN, PropertySectionForm, build_known_properties
from contracts_runner.project.contract.steps import STEPS
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.expressions import BUILTINS
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.readers import IDENTIFIER, TEXT, TEXTS, Names, items, mapping, named
from contracts_runner.reading.value_readers import VALUE, VARIABLE_NAMES
from contracts_runner.reading.yaml_source import Pointer, YamlDocument

# Ids are typed on command lines beside globs and files, and name folders of a run.
_NOT_IN_ID = r"\s/\\*?\[\]\u0000-\u001f"


def _parse_id(text: str) -> str:
    if found := re.search(f"[{_NOT_IN_ID}]", text):
        raise FormError(f"the id '{text}' cannot hold {found[0]!r}; use letters, digits, dots, - and _")
    return text


# A number is not an id: 6.10 and 6.1 would be the same.
ID = named(
    Reader(
        lambda value: value.read_parsed(_parse_id) if value.read_text() else None,
        {
            "type": "string",
            "pattern": f"^[^{_NOT_IN_ID}]+$",
            "patternErrorMessage": "use letters, digits, dots, - and _",
        },
        "id",
    ),
    "id",
)

NEED_NAMES = Names(
    "a needed scenario", str.isidentifier, "use letters, digits and _", IDENTIFIER, reserved=sorted(BUILTINS | {"row"})
)


class SourceForm(Form):
    """Where the claim comes from; each key overrides the contract's."""

    noun = "a source"
    document = Key(
        TEXT, "The document with the promise; that of the contract if left out.", example="shop-requirements.md"
    )
    section = Key(TEXT, 'Section of the document, in quotes: "6.10" is not a number.', example='"6.10"')


class ContractSourceForm(SourceForm, rules={"required": ["document"]}):
    """The document that the scenarios of a file come from."""

    document = Key(TEXT, "The document that makes the promise.", example="shop-requirements.md")


class ScenarioForm(Form):
    """An ordered flow that checks one claim."""

    noun = "a scenario"
    id = Key(
        ID,
        "The key of every report, unique in the project; in quotes where it looks like a number.",
        required=True,
        example='"6.1"',
    )
    title = Key(TEXT, "The claim in one line.", required=True, example="Add one ticket")
    tags = Key(TEXTS, "Tags beside those of the contract, for `--tag`.", example="[write, smoke]")
    source = Key(
        SourceForm.reader(), "Source of the claim; each key overrides the contract's.", example='{section: "6.1"}'
    )
    steps = Key(STEPS, "The requests, in order.", required=True, example="[{operation: listOrders}]")
    cleanup = Key(
        STEPS,
        "Requests that are always sent at the end; one that fails is shown.",
        example='[{operation: deleteOrder, parameters: {order_id: "${order_id}"}}]',
    )
    known = Key(
        KNOWN,
        "Deviations that the team has accepted, each with its reason and its end.",
        example="[{environments: [prod], observed: {status: 404}, because: It is moved., until: 2027-06-30}]",
    )
    needs = Key(
        mapping(TEXT, NEED_NAMES),
        "Scenarios that are run before, once for all that need them: alias -> id; `${alias.name}` is a capture.",
        example="{login: S.login}",
    )
    exclusive = Key(TEXT, "A word; scenarios with the same one never run at the same time.", example="stock")
    tables = Key(
        TEXTS, "Warehouse tables that are counted around the scenario under `snapshot: each`.", example="[orders]"
    )


class ContractFileForm(Form, rules={"anyOf": [{"required": ["scenarios"]}, {"required": ["properties"]}]}):
    """A file with scenarios: what is relied on, of the operations of one spec."""

    noun = "a contract file"
    contract = Key(TEXT, "Name of the contract, as reports show it.", required=True, example="partners-tickets")
    title = Key(TEXT, "What the contract is about; its name if left out.", example="Partners API, tickets")
    spec = Key(TEXT, "Key in `specs` of contracts.yaml; the steps name its operations.", required=True, example="shop")
    source = Key(
        ContractSourceForm.reader(),
        "The document that all scenarios come from.",
        example='{document: shop-requirements.md, section: "6"}',
    )
    tags = Key(TEXTS, "Tags of every scenario of the file.", example="[orders]")
    variables = Key(
        mapping(VALUE, VARIABLE_NAMES, has_null=True),
        "Values by name, for the scenarios of the file; `${…}` in one is evaluated once for each scenario. "
        "The environment's variable of the same name counts.",
        example='{city: Vladimir, login: "u-${random.8}"}',
    )
    scenarios = Key(
        items(ScenarioForm.reader()),
        "Ordered flows, each with an id that is unique in the project.",
        example='[{id: "6.1", title: Orders are listed, steps: [{operation: listOrders}]}]',
    )
    properties = Key(
        PropertySectionForm.reader(),
        "What the team accepts of generated tests.",
        example="{known: [{operation: listOrders, check: ignored_auth, because: It is so., until: 2027-06-30}]}",
    )


def read_contract(document: YamlDocument) -> tuple[Contract | None, list[Problem]]:
    """Return the contract as far as it can be read, and every mistake in it."""
    reading = Reading(document, find_entry=_find_entry)
    form = ContractFileForm.take(reading.start())
    return (None if form is None else _build_contract(form)), reading.problems


def _find_entry(pointer: Pointer) -> Pointer | None:
    """Return the scenario, or the accepted finding, that a place is in."""
    depth = {"scenarios": 2, "properties": 3}.get(str(pointer[0]), 0) if pointer else 0
    return pointer[:depth] if 0 < depth <= len(pointer) else None


def _build_contract(form: ContractFileForm) -> Contract:
    if ContractFileForm.scenarios not in form and ContractFileForm.properties not in form:
        form.place.report("a contract file needs the key 'scenarios'")
    source = _build_source(form.source, inherited=None)
    return Contract(
        name=form.contract or "",
        title=form.title or form.contract or "",
        spec=form.spec or "",
        scenarios=tuple(_build_scenario(scenario, form, source) for scenario in form.scenarios or ()),
        known_properties=build_known_properties(form.properties, form.spec or ""),
        variables=form.variables or {},
        location=form.location,
    )


def _build_scenario(form: ScenarioForm, contract: ContractFileForm, source: Source | None) -> Scenario:
    return Scenario(
        id=form.id or "",
        title=form.title or "",
        contract=contract.contract or "",
        spec=contract.spec or "",
        tags=tuple(dict.fromkeys((*(contract.tags or ()), *(form.tags or ())))),
        source=_build_source(form.source, inherited=source),
        steps=_fill_spec(form.steps or (), contract),
        cleanup=_fill_spec(form.cleanup or (), contract),
        known=form.known or (),
        needs=form.needs or {},
        exclusive=form.exclusive,
        tables=form.tables or (),
        variables=contract.variables or {},
        location=form.location,
    )


def _fill_spec(steps: Iterable[Step], contract: ContractFileForm) -> tuple[Step, ...]:
    return tuple(replace(step, spec=step.spec or contract.spec or "") for step in steps)


def _build_source(form: SourceForm | None, *, inherited: Source | None) -> Source | None:
    """Return the source; a scenario's own keys override those of its contract."""
    if form is None:
        return inherited
    document = form.document or (inherited.document if inherited else "")
    if not document and SourceForm.document not in form:
        form.place.report("the source names no document", "give 'document' here or in the source of the contract")
    return Source(document=document, section=form.section or "")
