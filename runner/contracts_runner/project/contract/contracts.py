"""The form of a contract file: its scenarios with what they inherit (docs/design.md, Contract file)."""

import dataclasses
import re
from collections.abc import Iterable
from pathlib import Path

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Contract, Scenario, Skip, Step
from contracts_runner.model.spec import Source
from contracts_runner.project.contract.each import EACH
from contracts_runner.project.contract.flow import COOKIES, NEEDS, QUARANTINE, SKIP, DefaultsForm, build_defaults
from contracts_runner.project.contract.known import KNOWN, PropertySectionForm, build_known_properties
from contracts_runner.project.contract.load_form import LoadForm, build_thresholds
from contracts_runner.project.contract.steps import STEPS
from contracts_runner.project.names import SPEC, TAGS
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Reading
from contracts_runner.reading.readers import TEXT, TEXTS, items, mapping, named
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
    tags = Key(TAGS, "Tags beside those of the contract, for `--tag`.", example="[write, smoke]")
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
        NEEDS,
        "Scenarios that are run before, once for all that need them: alias -> id; `${alias.name}` is a capture.",
        example="{login: S.login}",
    )
    each = Key(
        EACH,
        "A table: the scenario is run once for each item, as `ID[name]`, or `ID[1]` without a `name`; `${row.age}` is "
        "a value.",
        example="[{name: adult, age: 18}, {name: child, age: 7}]",
    )
    skip = Key(SKIP, "Why it is not run, where and until when.", example="{because: The vendor mends it.}")
    quarantine = Key(
        QUARANTINE,
        "Of a flaky scenario: who mends it, until when; meanwhile it is run, told apart, and decides nothing.",
        example="{owner: orders team, because: It times out now and then., until: 2027-01-31}",
    )
    cookies = Key(COOKIES, "`keep` sends back the cookies that the scenario's own answers set.", example="keep")
    exclusive = Key(TEXT, "A word; scenarios with the same one never run at the same time.", example="stock")
    tables = Key(
        TEXTS, "Warehouse tables that are counted around the scenario under `snapshot: each`.", example="[orders]"
    )
    load = Key(LoadForm.reader(), "What must hold of it under `contracts load`.", example="{latency: {p95: 300ms}}")


class ContractFileForm(
    Form, rules={"anyOf": [{"required": ["scenarios"]}, {"required": ["properties"]}]}, has_extensions=True
):
    """A file with scenarios: what is relied on, of the operations of one spec."""

    noun = "a contract file"
    contract = Key(TEXT, "Name of the contract, as reports show it.", required=True, example="partners-tickets")
    title = Key(TEXT, "What the contract is about; its name if left out.", example="Partners API, tickets")
    spec = Key(SPEC, "Key in `specs` of contracts.yaml; the steps name its operations.", required=True, example="shop")
    source = Key(
        ContractSourceForm.reader(),
        "The document that all scenarios come from.",
        example='{document: shop-requirements.md, section: "6"}',
    )
    tags = Key(TAGS, "Tags of every scenario of the file.", example="[orders]")
    defaults = Key(
        DefaultsForm.reader(), "What holds for every step that does not say otherwise.", example="{latency: 3s}"
    )
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
    load = Key(
        LoadForm.reader(),
        "What must hold of all scenarios of the file together under `contracts load`.",
        example="{rate: 50/s, error_share: 0.5%}",
    )
    properties = Key(
        PropertySectionForm.reader(),
        "What the team accepts of generated tests.",
        example="{known: [{operation: listOrders, check: ignored_auth, because: It is so., until: 2027-06-30}]}",
    )


def read_contract(document: YamlDocument, root: Path | None = None) -> tuple[Contract | None, list[Problem]]:
    """Return the contract as far as it can be read, and every mistake in it. Files that it names are below the root;
    without one they are not read."""
    reading = Reading(document, root=root, find_entry=_find_entry)
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
        scenarios=tuple(
            found
            for number, scenario in enumerate(form.scenarios or ())
            for found in _expand(scenario, _build_scenario(scenario, form, source, number))
        ),
        known_properties=build_known_properties(form.properties, form.spec or ""),
        files=form.place.reading.files,
        variables=form.variables or {},
        load=build_thresholds(form.load),
        location=form.location,
    )


def _expand(form: ScenarioForm, scenario: Scenario) -> list[Scenario]:
    """Return the scenario, or one for each item of its table."""
    if form.each is None:
        return [scenario]
    if not form.each:
        skip = Skip(because="its table has no item", location=form.at(ScenarioForm.each).location)
        return [dataclasses.replace(scenario, skip=skip)]
    return [
        dataclasses.replace(scenario, id=f"{scenario.id}[{item.name}]", of=scenario.id, row=item.values)
        for item in form.each
    ]


def _build_scenario(form: ScenarioForm, contract: ContractFileForm, source: Source | None, number: int) -> Scenario:
    defaults = contract.defaults
    tags = (contract.tags, defaults and defaults.tags, form.tags)
    return Scenario(
        id=form.id or "",
        title=form.title or "",
        contract=contract.contract or "",
        spec=contract.spec or "",
        tags=tuple(dict.fromkeys(tag for each in tags for tag in each or ())),
        number=number,
        source=_build_source(form.source, inherited=source),
        steps=_complete(form.steps or (), contract),
        cleanup=_complete(form.cleanup or (), contract),
        known=form.known or (),
        needs=form.needs or {},
        skip=form.skip,
        quarantine=form.quarantine,
        exclusive=form.exclusive,
        keeps_cookies=bool(form.cookies or (defaults and defaults.cookies)),
        tables=form.tables or (),
        variables=contract.variables or {},
        load=build_thresholds(form.load),
        location=form.location,
    )


def _complete(steps: Iterable[Step], contract: ContractFileForm) -> tuple[Step, ...]:
    defaults = build_defaults(contract.defaults)
    return tuple(dataclasses.replace(step, spec=step.spec or contract.spec or "", defaults=defaults) for step in steps)


def _build_source(form: SourceForm | None, *, inherited: Source | None) -> Source | None:
    """Return the source; a scenario's own keys override those of its contract."""
    if form is None:
        return inherited
    document = form.document or (inherited.document if inherited else "")
    if not document and SourceForm.document not in form:
        form.place.report("the source names no document", "give 'document' here or in the source of the contract")
    return Source(document=document, section=form.section or "")
