"""A path that the spec describes under another name is a mistake: nothing of the spec would be checked."""

from pathlib import Path

import pytest

from helpers.small_projects import check, plant


def list_problems(folder: Path, operation: str, parameters: str = "") -> list[str]:
    """Return severity and text of what is found about one more step on an operation."""
    more = f'      - {{name: more, operation: "{operation}"{parameters}, expect: {{status: 200}}}}\n'
    files = plant("contracts/orders.yaml", "      - name: legacy\n", more + "      - name: legacy\n")
    problems = check(folder, files)
    return [
        f"{problem.severity}: {problem.message}; {problem.hint}" for problem in problems if operation in problem.message
    ]


@pytest.mark.parametrize("path", ["/orders/7", "/orders/{order}", "/orders/a%2Fb"])
@pytest.mark.parametrize(("method", "label"), [("GET", "getOrder"), ("DELETE", "removeOrder")])
def test_a_path_that_a_template_matches_names_its_operation(tmp_path: Path, method: str, label: str, path: str) -> None:
    parameters = ", parameters: {order: 7}" if "{" in path else ""

    (problem,) = list_problems(tmp_path, f"{method} {path}", parameters)

    assert problem == (
        f"error: '{method} {path}' is the operation '{label}' ({method} /orders/{{id}}), whose promises would not be "
        f"checked; write `operation: {label}` and its parameters"
    )


@pytest.mark.parametrize(
    ("operation", "known"),
    [
        ("GET /order", "GET /orders (listOrders)"),
        ("GET /Orders/", "GET /orders (listOrders)"),
        ("GET /ordrs/7", "GET /orders/{id} (getOrder)"),
        ("PATCH /orders/7", "GET /orders/{id} (getOrder)"),
        ("PUT /orders", "GET /orders (listOrders)"),
    ],
)
def test_what_resembles_an_operation_is_a_warning(tmp_path: Path, operation: str, known: str) -> None:
    (problem,) = list_problems(tmp_path, operation)

    assert problem == f"warning: the spec does not describe '{operation}', so nothing of it is checked; it has {known}"


@pytest.mark.parametrize("operation", ["GET /nowhere", "GET /orders/7/lines", "GET /"])
def test_another_path_is_the_authors_choice(tmp_path: Path, operation: str) -> None:
    assert list_problems(tmp_path, operation) == []
