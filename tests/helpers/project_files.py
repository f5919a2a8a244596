"""Small projects on disk."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from contracts_runner.engine.environment_check import check_environment
from contracts_runner.errors import ProjectError, Severity
from contracts_runner.project.project import Project, read_project
from contracts_runner.project.settings.environments import resolve_environment

SETTINGS = """\
version: 1
specs: {shop: spec/shop.yaml}
environments:
  test:
    base_url: https://test.example.com
    credentials: {shopToken: secret}
    variables: {shop_id: 7, sku: A-1}
    writes: allow
"""

CONTRACT = """\
contract: orders
spec: shop
scenarios:
  - id: "1.1"
    title: An order
    steps:
      - operation: listOrders
"""

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
paths:
  /orders:
    get:
      operationId: listOrders
      parameters: [{name: page, in: query, schema: {type: integer}}]
      responses: {"200": {description: Orders.}}
    post:
      operationId: createOrder
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: "#/components/schemas/OrderWrite"}}}
      responses: {"201": {description: The order.}}
  /orders/{order_id}:
    put:
      operationId: updateOrder
      parameters: [{name: order_id, in: path, required: true, schema: {type: integer}}]
      requestBody:
        content: {text/plain: {}, application/merge-patch+json: {schema: {$ref: "#/components/schemas/OrderWrite"}}}
      responses: {"200": {description: The order.}}
components:
  schemas:
    OrderWrite:
      type: object
      required: [sku, quantity]
      properties:
        sku: {type: string}
        quantity: {type: integer, minimum: 1}
        deliver_at: {type: string, format: date-time}
        deliver_on: {type: string, format: date}
        reference: {type: string, format: uuid}
"""


def write_project(folder: Path, files: Mapping[str, str]) -> Path:
    """Write a project with the given files, and the ones above where they are not given; return its folder."""
    root = folder / "project"
    for name, text in {"contracts.yaml": SETTINGS, "spec/shop.yaml": SPEC, **files}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return root


def write_steps(*steps: str) -> str:
    """Return a contract file with one scenario; each step begins on line 7, 8, … when it has one line."""
    return CONTRACT.replace("      - operation: listOrders\n", "".join(f"      - {step}\n" for step in steps))


def check_files(
    folder: Path, *steps: str, files: Mapping[str, str] = MappingProxyType({}), name: str = "test"
) -> list[str]:
    """Return the mistakes of a project with these steps, and of what they would send in an environment."""
    root = write_project(folder, {"contracts/a.yaml": write_steps(*steps), **files})
    project, problems = read_project(root)
    if project is None or problems:
        return [str(problem) for problem in problems]
    environment = resolve_environment(project.settings, name, {})
    return [str(problem) for problem in check_environment(project, project.scenarios, environment)]


def load_sound(root: Path) -> Project:
    """Return a project without any mistake; raises ProjectError with those of all files."""
    project, problems = read_project(root)
    if project is None or any(problem.severity is Severity.ERROR for problem in problems):
        raise ProjectError(problems)
    return project
