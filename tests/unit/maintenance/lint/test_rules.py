"""Every rule finds the mistake that is planted for it, in its place, and a run refuses what check calls an error and
nothing else; a project without mistakes has no problems."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pytest

from contracts_runner.errors import Problem, ProjectError, Rule, Severity, SourceLocation, UsageError
from contracts_runner.project.project import load_project
from contracts_runner.run.execution import run_contracts
from contracts_runner.run.options import Given
from helpers.small_projects import CONTRACT, FILES, SETTINGS, SPEC, check, find_line, plant

ORDERS = "contracts/orders.yaml"
SETTINGS_FILE = "contracts.yaml"
SPEC_FILE = "spec.yaml"
WAREHOUSE_FILE = "contracts/warehouse.yaml"

# What can never be right, or cannot be sent; all else is a warning, as an answer decides it.
ERRORS = {
    *(Rule.YAML, Rule.FORM, Rule.EXPRESSION, Rule.SCHEMA, Rule.REFERENCE, Rule.OPENAPI, Rule.SPEC, Rule.EXTENSION),
    *(Rule.BODY, Rule.PARAMETER, Rule.CREDENTIAL, Rule.MISSING_CREDENTIAL, Rule.UNDEFINED, Rule.OVERLAY),
}


@dataclass(frozen=True)
class Mistake:
    """What is planted, and the one problem that it gives: its rule, its line (by a part of it), a part of its text."""

    rule: str
    file: str
    old: str
    new: str
    at: str
    says: str
    reported_in: str = ""  # the planted file, if it is empty
    given: dict[str, Given] = field(default_factory=dict)  # the options with which a run has it
    is_slight: bool = False  # a warning of a rule that has errors, too

    def __str__(self) -> str:
        return f"{self.rule}: {self.says}"


KEY = "{shopKey: $SHOP_KEY}"
# Credentials that no scenario gives, and what is told.
GIVEN = [
    ('{shopKey: $SHOP_KEY, other: {from: "9", value: "${made}"}}', "there is no such scenario"),
    ('{shopKey: $SHOP_KEY, other: {from: "2", value: "${maed}"}}', "Did you mean 'made'?"),
    ('{other: a-key-9, shopKey: {from: "2", value: "${made}"}}', "is needed by what gives it: 2 needs 2"),
]
KNOWN = CONTRACT[CONTRACT.index("    known:") :]
GUESS = '        "404":\n          x-evidence: inferred\n'
FINDING = """\
properties:
  known:
    - operation: listOrders
      check: response_schema_conformance
      because: The list has an unknown state.
      until: 2026-01-01
"""
OTHER_KEY = "{shopKey: $SHOP_KEY, otherKey: other}\n    variables: {order: 7"
VARIANT = "auth: otherKey\n        in: {prod: {auth: shopKey}}\n        "
BODY = [
    ("$.total: {type: integer}", "$.total.sum: 1", "$.total is an integer, not an object"),
    ("$.total: {type: integer}", "$.totla: 1", "no 'totla' in $; Did you mean 'total'?"),
    ("$.total: {type: integer}", "$.data.id: 1", "$.data is a list, not an object"),
    ("$.total: {type: integer}", "$[0]: 1", "$ is an object, not a list"),
    ("$.data[*].state:", "$.data[*].state[*]:", "$.data[*].state is a string, not a list or object"),
    (".customer.name:", ".customer.nam:", "has no property 'nam'; Did you mean 'name'?"),
    (".customer.name:", ".customer.phone:", "has no property 'phone'; known: name, email"),
    ("[?@.price > 5]", "[?@.prise > 5]", "no 'prise' in $.data[?]; Did you mean 'price'?"),
    ("[?@.price > 5]", "[?@.customer.phone == 'x']", "$.data[?].customer has no property 'phone'"),
    ("[?@.price > 5]", "[?$.total.sum == 5]", "$.total is an integer"),
    (".seat[1]:", ".seat[2]:", "has no item at [2]"),
    (".seat[1]:", ".seat[-3]:", "has no item at [-3]"),
    ("$.data.notes.any: text", "$.data.notes.any.more: text", "$.data.notes.any is a string, not an object"),
    ("status: 204}", "status: 204, body: {$.id: 1}}", "no JSON for such a response"),
]
RELATIONS = [
    ('unique: {this: "$.data[*].id"}', 'unique: {this: "$.data.id"}', "$.data is a list"),
    ('unique: {this: "$.data[*].id"}', 'equal: {this: "$.total", to: "$.totals"}', "no 'totals' in $"),
]
VALUES = [
    ("$.total: {type: integer}", "$.total: {type: string}", "$.total is an integer, never a string"),
    ("$.total: {type: integer}", "$.total: {const: many}", "the value expected at $.total is a string"),
    ("$.total: {type: integer}", "$.total: {enum: [a, b]}", "the value expected at $.total is a string"),
    ("$.total: {type: integer}", "$.total: 1.5", "the value expected at $.total is the number 1.5"),
    ("{enum: [new, payed]}", "{enum: [old]}", 'an item of $.data[*].state is "old"'),
    ("{items: {enum: [new, payed]}}", "new", "$.data[*].state gives the list of its matches"),
    ("{items: {enum: [new, payed]}}", "{type: string}", "the path gives the list of its matches"),
    ("[Anna Example]", "[5]", "an item of $.data[?@.price > 5].customer.name is an integer"),
    ("is: {type: number}", "is: {type: string}", "an item of $.data[*].price is a number, never a string"),
    ("is: {type: number}", "is: free", "the value expected at an item of $.data[*].price is a string"),
    ("$.data.notes.any: text", "$.data.customer: {required: [phone]}", "has no property 'phone'"),
    ("$.data.notes.any: text", "$.data: {properties: {pricee: {const: 1}}}", "Did you mean 'price'?"),
    ("$.data.notes.any: text", "$.data: {allOf: [{properties: {price: {type: string}}}]}", "$.data.price is a number"),
    ("$.data.notes.any: text", "$.data.items: {contains: {type: string}}", "$.data.items[*] is an object, never"),
]
MISTAKES = [
    *(Mistake("body-path", ORDERS, old, new, new.split(": ")[0], says) for old, new, says in BODY),
    *(Mistake("body-path", ORDERS, old, new, new, says) for old, new, says in RELATIONS),
    *(Mistake("body-value", ORDERS, old, new, new, says) for old, new, says in VALUES),
    Mistake(
        "body-path", ORDERS, "{made: $.data.id}", "{made: $.data.id.x}", "capture: {made", "$.data.id is an integer"
    ),
    Mistake("undeclared-status", ORDERS, "{status: 201}", "{status: 200}", "{status: 200}", "declared: 201"),
    Mistake("undeclared-status", ORDERS, "{status: 2xx}", "{status: [200, 5xx]}", "5xx", "no status 5xx for getOrder"),
    Mistake("form", ORDERS, "error: NOT_FOUND", "success: true", "success: true", "it is not a success"),
    Mistake("form", ORDERS, "error: NOT_FOUND", "erorr: NOT_FOUND", "erorr", "Did you mean 'error'?"),
    Mistake("yaml", ORDERS, "title: Orders", "title: Orders\ntitle: Again", "title: Again", "'title'"),
    Mistake("expression", ORDERS, "sku: A-1", 'sku: "${first"', "sku:", "${"),
    Mistake("schema", ORDERS, "$.total: {type: integer}", "$.total: {title: Total}", "$.total", "can fail on nothing"),
    Mistake("openapi", SPEC_FILE, "openapi: 3.1.0", "openapi: 4.1.0", "openapi", "4.1.0 is not supported"),
    Mistake("spec", SPEC_FILE, SPEC, "- a list\n", "- a list", "mapping"),
    Mistake("extension", SPEC_FILE, "x-evidence: refuted", "x-evidence: refutd", "refutd", "'x-evidence'"),
    Mistake(
        "overlay",
        SETTINGS_FILE,
        "{shop: spec.yaml}",
        "{shop: {document: spec.yaml, overlays: [contracts.yaml]}}",
        "version: 1",
        "an overlay needs the key 'overlay'",
    ),
    Mistake("credential", SPEC_FILE, "scheme: bearer", "scheme: hoba", "- name: list", "hoba", reported_in=ORDERS),
    *(
        Mistake(
            "reference",
            SETTINGS_FILE,
            f"{KEY}\n    variables: {{order: 7",
            f"{new}\n    variables: {{order: 7",
            "other",
            says,
        )
        for new, says in GIVEN
    ),
    Mistake(
        "credential",
        SETTINGS_FILE,
        f"{KEY}\n    variables: {{order: 8",
        '{shopKey: $SHOP_KEY, other: {from: "2", value: "${made}"}}\n    variables: {order: 8',
        "other",
        "`x-effect: read`",
        is_slight=True,
    ),
    Mistake("undefined", SPEC_FILE, "name: page, total", "name: pag, total", "get:", "Did you mean 'page'?"),
    Mistake(
        "undescribed-path", ORDERS, "operation: legacyOrders", "operation: GET /legcy", "legcy", "GET /legacy (legacyO"
    ),
    Mistake(
        "beyond-the-spec",
        ORDERS,
        "operation: listOrders\n",
        "operation: listOrders\n        query: {pages: 1}\n",
        "pages",
        "like",
    ),
    Mistake("asserted-guess", SPEC_FILE, '        "404":\n', GUESS, "status: 404", "only supposes", reported_in=ORDERS),
    Mistake(
        "servers",
        SPEC_FILE,
        "paths:\n",
        "servers: [{url: /v2}]\npaths:\n",
        "base_url",
        "/v2",
        reported_in=SETTINGS_FILE,
    ),
    Mistake("undeclared-media-type", ORDERS, "media_type: application/json", "media_type: text/csv", "csv", "text/csv"),
    Mistake(
        "undeclared-media-type",
        ORDERS,
        "X-Anything: {",
        "X-A: 1}\n          xml: {/a: {",
        "/a",
        "never answers with XML",
    ),
    Mistake(
        "undeclared-media-type", ORDERS, "{status: 201}", "{status: 201, events: 2}", "events", "answers with events"
    ),
    Mistake(
        "undeclared-media-type", ORDERS, "{made: $.data.id}", "{made: {xml: /a}}", "made: {xml", "never answers with"
    ),
    Mistake("header-name", ORDERS, "X-Anything: {", "Cache-Contrl: {", "Cache", "Did you mean 'Cache-Control'?"),
    Mistake("header-name", ORDERS, "{made: $.data.id}", "{made: {header: Locaton}}", "Locaton", "mean 'Location'?"),
    Mistake("error-code", ORDERS, "NO_STOCK", "NO_STOK", "NO_STOK", "Did you mean 'NO_STOCK'?"),
    Mistake("error-code", ORDERS, "error: NOT_FOUND", "error: NO_STOCK", "404, error: NO_STOCK", "known: NOT_FOUND"),
    Mistake(
        "error-code",
        ORDERS,
        "{status: 204}",
        "{error: NO_STOCK}",
        "{error: NO_STOCK}",
        "no JSON of such an error response",
    ),
    Mistake(
        "error-code",
        SPEC_FILE,
        'oneOf: [{$ref: "#/components/schemas/OrderEnvelope"}, {$ref: "#/components/schemas/Failure"}]',
        '$ref: "#/components/schemas/OrderEnvelope"',
        "expect: {error: NO_STOCK}",
        "no JSON of such an error response of createOrder",
        reported_in=ORDERS,
    ),
    Mistake("unused-capture", ORDERS, "{made: $.data.id}", "{made: $.data.id, b: $.status}", "b: $", "'b'"),
    Mistake(
        "missing-source",
        ORDERS,
        "source: {document: handbook.md}\n",
        "",
        '- id: "2"',
        "no source",
    ),
    Mistake(
        "unknown-operation",
        SPEC_FILE,
        "x-evidence: observed",
        "x-evidence: unknown",
        "operation: listOrders",
        "not known whether the service has",
        reported_in=ORDERS,
    ),
    Mistake("refuted-operation", ORDERS, KNOWN, "", "operation: legacyOrders", "use 'listOrders'"),
    Mistake("expired-known", ORDERS, "2026-12-31", "2026-01-14", "- environments: [test]", "expired on 2026-01-14"),
    *(
        Mistake(
            rule,
            ORDERS,
            KNOWN,
            f"    quarantine: {{owner: shop, because: It is slow., until: {until}}}\n{KNOWN}",
            "quarantine:",
            f"the quarantine of '2' {says} on {until}",
        )
        for rule, until, says in (
            ("expired-known", "2026-01-14", "expired"),
            ("expiring-known", "2026-02-14", "expires"),
        )
    ),
    Mistake("expiring-known", ORDERS, "2026-12-31", "2026-02-14", "- environments: [test]", "2026-02-14"),
    Mistake(
        "expired-known",
        ORDERS,
        KNOWN,
        KNOWN + FINDING,
        "- operation: listOrders",
        "listOrders, response_schema_conformance,",
    ),
    Mistake(
        "request-body", ORDERS, "quantity: 1}\n        expect", "quantity: 0}\n        expect", "quantity: 0", "is 0"
    ),
    Mistake(
        "request-body",
        ORDERS,
        "{sku: none, quantity: 1}",
        "{sku: none}",
        "sku: none",
        "'quantity'",
        given={"writes": "probe"},
    ),
    Mistake("parameter", ORDERS, "{page: 1,", "{page: 0,", "page: 0", "'page' of listOrders"),
    Mistake(
        "parameter",
        SPEC_FILE,
        "{name: page, in: query, ",
        "{name: lang, in: query, required: true, schema: {}}\n        - {name: page, in: query, ",
        "parameters: {page: 1",
        "the query parameter 'lang'",
        reported_in=ORDERS,
    ),
    Mistake(
        "parameter",
        SETTINGS_FILE,
        "region: north",
        "region: east",
        'region: "${region}"',
        "'region' of listOrders",
        reported_in=ORDERS,
        given={"environment": "prod"},
    ),
    Mistake(
        "missing-credential",
        SETTINGS_FILE,
        "    credentials: {shopKey: $SHOP_KEY}\n    variables: {order: 8",
        "    variables: {order: 8",
        "prod:",
        "'prod' has no credential 'shopKey'",
        given={"environment": "prod"},
    ),
    Mistake(
        "reference",
        SETTINGS_FILE,
        "order: 8, ",
        "",
        'id: "${order}"',
        "'prod' has no variable 'order'",
        reported_in=ORDERS,
        given={"environment": "prod"},
    ),
    Mistake("unused-variable", SETTINGS_FILE, "order: 8", "order: 8, city: 5", "city: 5", "'city'"),
    Mistake("missing-evidence", SPEC_FILE, "      x-evidence: observed\n", "", "get:", "'listOrders' has"),
    Mistake(
        "missing-spec-source",
        SPEC_FILE,
        '      x-source: {document: handbook.md, section: "3"}\n',
        "",
        "get:",
        "'getOrder' has",
    ),
    Mistake("paging", SPEC_FILE, "total: $.total}", "total: $.data.total}", "get:", "$.data is a list"),
    Mistake(
        "body-path", WAREHOUSE_FILE, "$.data[?@.state == 'payed']", "$.total[*]", "id: W.1", "$.total is an integer"
    ),
    Mistake("body-path", WAREHOUSE_FILE, "$.price", "$.customer.phone", "id: W.1", "of a row: $.customer has no"),
    Mistake("parameter", WAREHOUSE_FILE, "{region: $.name}", "{}", "id: W.1", "requires the query parameter 'region'"),
    Mistake(
        "reference",
        SETTINGS_FILE,
        "    writes: allow\n",
        "    writes: allow\n    properties: {operations: [nothing]}\n",
        "test:",
        "no operation and no tag is called 'nothing'",
        given={"phases": ("properties",)},
    ),
    # A capture that no step has set, or not yet.
    Mistake("reference", ORDERS, '$.data.id: "${first}"', '$.data.id: "${frist}"', "${frist}", "Did you mean 'first'?"),
    Mistake("reference", ORDERS, "{page: 1, region", '{page: "${first}", region', "${first}", "no value yet: it is"),
    Mistake("reference", ORDERS, '- id: "2"', '- id: "1"', '- id: "1"', "used twice"),
    Mistake("reference", ORDERS, 'instead: "1"', 'instead: "7"', 'instead: "7"', "there is no scenario '7'"),
    Mistake(
        "extension",
        SPEC_FILE,
        "x-instead: listOrders",
        "x-insted: listOrders",
        "insted",
        "Did you mean",
        is_slight=True,
    ),
]


def test_a_credential_that_one_environment_lacks_is_told_with_its_name(tmp_path: Path) -> None:
    settings = SETTINGS.replace("{shopKey: $SHOP_KEY}\n    variables: {order: 7", OTHER_KEY, 1)
    contract = CONTRACT.replace('parameters: {id: "${first}"}', 'auth: otherKey\n        parameters: {id: "${first}"}')

    [problem] = check(tmp_path, {SETTINGS_FILE: settings, ORDERS: contract})

    assert (problem.rule, problem.severity) == ("missing-credential", "error")
    assert problem.message == "the environment 'prod' has no credential 'otherKey'"
    assert problem.location == SourceLocation(ORDERS, find_line(contract, "auth: otherKey"))


def test_a_credential_that_is_misspelt_is_told_with_the_name_that_was_meant(tmp_path: Path) -> None:
    settings = SETTINGS.replace("{shopKey: $SHOP_KEY}", "{shpKey: $SHOP_KEY}", 1)

    [problem] = check(tmp_path, {SETTINGS_FILE: settings})

    assert problem.hint.startswith("it has 'shpKey'. Did you mean 'shopKey'? Else add it to its `credentials`")


def test_what_seems_unused_where_it_is_misspelt_is_not_told(tmp_path: Path) -> None:
    assert [problem.rule for problem in check(tmp_path, {ORDERS: CONTRACT.replace("${order}", "${ordr}")})] == [
        "reference"
    ]


def test_another_credential_can_stand_in_there(tmp_path: Path) -> None:
    settings = SETTINGS.replace("{shopKey: $SHOP_KEY}\n    variables: {order: 7", OTHER_KEY, 1)
    contract = CONTRACT.replace('parameters: {id: "${first}"}', f'{VARIANT}parameters: {{id: "${{first}}"}}')

    assert check(tmp_path, {SETTINGS_FILE: settings, ORDERS: contract}) == ()


def test_a_project_without_mistakes_has_no_problems(tmp_path: Path) -> None:
    assert check(tmp_path) == ()


def find_refused(root: Path, given: dict[str, Given], *, is_dry_run: bool) -> set[Problem]:
    """Return the mistakes for which a run of everything sends nothing."""
    try:
        run_contracts(load_project(root), {"phases": ("scenarios", "warehouse"), **given, "is_dry_run": is_dry_run})
    except ProjectError as error:
        return set(error.problems)
    return set()


def test_every_rule_has_a_mistake() -> None:
    assert {mistake.rule for mistake in MISTAKES} == set(Rule)


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_check_and_run_decide_alike_on_a_planted_mistake_in_its_place(
    mistake: Mistake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "key")
    monkeypatch.setenv("REGION", "south")
    files = plant(mistake.file, mistake.old, mistake.new)

    problems = check(tmp_path, files)

    name = mistake.reported_in or mistake.file
    lines = {**FILES, **files}[name].splitlines()
    found = [problem for problem in problems if mistake.says in str(problem)]
    assert {problem.rule for problem in problems} == {mistake.rule}, "\n".join(map(str, problems))
    is_error = mistake.rule in ERRORS and not mistake.is_slight
    assert {problem.severity for problem in problems} == {Severity.ERROR if is_error else Severity.WARNING}
    # What only the document can mend is errored where it is needed.
    is_of_operation = mistake.rule == Rule.UNDEFINED or all(len(problem.pointer or ()) > 1 for problem in problems)
    root, is_sent = tmp_path / "project", is_of_operation or not is_error
    refused = find_refused(root, mistake.given, is_dry_run=True)
    assert refused == (set() if is_sent else set(problems))
    if not is_sent:
        assert find_refused(root, mistake.given, is_dry_run=False) == refused
    assert any(problem.location.path == name and mistake.at in lines[problem.location.line - 1] for problem in found)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        (ORDERS, "$.total: {type: integer}", "$.total: '${order}'"),
        (ORDERS, "$.total: {type: integer}", "$..id: [1]"),
        (ORDERS, "$.total: {type: integer}", "$.total: {minimum: 5}"),
        (ORDERS, "$.total: {type: integer}", "$: {not: {required: [nothing]}}"),
        (ORDERS, "$.total: {type: integer}", "$.data[0].customer: {properties: {phone: false}}"),
        (ORDERS, "$.total: {type: integer}", "$.data[0].customer: null"),
        (ORDERS, "body: {$.data.id:", "schema: false\n          body: {'$.data[0].x':"),
        (ORDERS, "status: 404, error: NOT_FOUND", "status: [200, 404], success: null, body: {$.code: NO_STOCK}"),
        (ORDERS, "status: 404, error: NOT_FOUND", "status: 200, success: false, body: {$.code: NO_STOCK}"),
        (ORDERS, "{page: 1,", "{page: '1',"),
        (ORDERS, "until: 2026-12-31", "until: 2026-02-15"),
        (ORDERS, "title: Orders\n", "title: Orders\nproperties: {known: []}\n"),
        (SPEC_FILE, "x-source: {document: old.md", "x-pii: name\n      x-source: {document: old.md"),
        (SETTINGS_FILE, "region: $REGION", "region: $ANOTHER"),
    ],
)
def test_what_may_be_right_gives_no_error(name: str, old: str, new: str, tmp_path: Path) -> None:
    problems = check(tmp_path, plant(name, old, new))

    assert [str(problem) for problem in problems if problem.severity is Severity.ERROR and problem.rule != "form"] == []


def test_generated_tests_without_a_phase_are_refused_by_check_and_run(tmp_path: Path) -> None:
    variables = "    variables: {order: 8, region: north}\n"
    files = plant(SETTINGS_FILE, variables, f"{variables}    properties: {{phases: [stateful]}}\n")

    [problem] = check(tmp_path, files)

    assert problem.location == SourceLocation(SETTINGS_FILE, find_line(files[SETTINGS_FILE], "prod:"))
    with pytest.raises(UsageError) as refused:
        run_contracts(load_project(tmp_path / "project"), {"environment": "prod", "phases": ("properties",)})
    assert problem.message == str(refused.value)


def test_the_result_is_the_same_whatever_the_process_environment_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGION", "nowhere")

    assert check(tmp_path) == ()


def test_a_known_deviation_holds_on_its_last_day(tmp_path: Path) -> None:
    problems = check(tmp_path, today=date(2026, 12, 31))

    assert [(problem.rule, problem.severity) for problem in problems] == [("expiring-known", "warning")]


def test_a_known_deviation_is_quiet_until_thirty_days_before(tmp_path: Path) -> None:
    assert check(tmp_path, today=date(2026, 12, 31) - timedelta(days=31)) == ()


@pytest.mark.parametrize(("status", "rules"), [("404", ["undeclared-status"]), ("409", [])])
def test_a_known_deviation_states_a_status_that_is_not_declared(tmp_path: Path, status: str, rules: list[str]) -> None:
    observed = f"observed: {{status: {status}"
    text = CONTRACT.replace("{status: 201}", "{status: 409}").replace("observed: {status: 404", observed)
    assert observed in text

    assert [problem.rule for problem in check(tmp_path, {ORDERS: text})] == rules


def test_mistakes_of_reading_do_not_hide_those_of_the_rules(tmp_path: Path) -> None:
    files = {**plant(ORDERS, "status: 204", "status: 299"), **plant(SETTINGS_FILE, "version: 1", "version: 7")}

    problems = check(tmp_path, files)

    assert [problem.rule for problem in problems] == ["form", "undeclared-status"]


def test_problems_stand_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    text = CONTRACT.replace("$.total: {type: integer}", "$.total: x").replace("source: {document: handbook.md}\n", "")

    problems = check(tmp_path, {ORDERS: text, SETTINGS_FILE: SETTINGS.replace("order: 8", "order: 8, city: 5")})

    places = [(problem.location.path, problem.location.line) for problem in problems]
    assert places == sorted(places)
    assert len(places) == 4


def test_without_usable_settings_only_their_mistakes_are_told(tmp_path: Path) -> None:
    problems = check(tmp_path, {SETTINGS_FILE: "- a list\n"})

    assert {problem.location.path for problem in problems} == {SETTINGS_FILE}
    assert all(isinstance(problem, Problem) for problem in problems)
