"""A small project that is not QTickets: an API of things, its contracts, and the folder that holds them."""

import textwrap
from pathlib import Path

SPEC = """
openapi: 3.1.0
info: {title: Things, version: "1"}
x-error-code: /code
x-success: {not: {properties: {status: {const: error}}, required: [status]}}
security: [{key: []}]
paths:
  /things:
    get:
      operationId: listThings
      parameters: [{name: color, in: query, schema: {type: string}}]
      responses:
        "200":
          description: all things
          content:
            application/json: {schema: {$ref: "#/components/schemas/Things"}}
    post:
      operationId: addThing
      requestBody:
        required: true
        content:
          application/json: {schema: {$ref: "#/components/schemas/NewThing"}}
      responses:
        "201":
          description: added
          content:
            application/json: {schema: {$ref: "#/components/schemas/Thing"}}
  /things/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
    get:
      operationId: getThing
      responses:
        "200":
          description: one thing
          content:
            application/json: {schema: {$ref: "#/components/schemas/Thing"}}
        "404":
          description: unknown
          content:
            application/json: {schema: {type: object, required: [code]}}
    delete:
      operationId: removeThing
      responses: {"204": {description: removed}}
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: X-Key}
  schemas:
    NewThing:
      type: object
      required: [name]
      properties: {name: {type: string}, owner: {type: string, x-pii: email}}
    Thing:
      type: object
      required: [id, name]
      properties: {id: {type: integer}, name: {type: string}, owner: {type: string, x-pii: email}}
    Things:
      type: object
      required: [data]
      properties: {data: {type: array, items: {$ref: "#/components/schemas/Thing"}}}
"""

SETTINGS = """
version: 1
specs: {{things: spec.yaml}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {base_url}
    credentials: {{key: very-secret-key-1}}
    variables: {{thing: 1}}
    writes: {writes}
    limits: {{connect: 2s, first_byte: 2s, exchange: 3s}}
"""
# The shortest scenario that asks for something.
READ = """
- id: "1.1"
  title: One thing
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}, expect: {status: 200}}
"""


def write_project(
    folder: Path, scenarios: str, *, base_url: str, writes: str = "allow", more_settings: str = ""
) -> Path:
    """Write the project into a folder; `scenarios` is the YAML list of one contract file. Returns the folder."""
    (folder / "contracts").mkdir(parents=True, exist_ok=True)
    (folder / "spec.yaml").write_text(SPEC, encoding="utf-8")
    settings = SETTINGS.format(base_url=base_url, writes=writes) + textwrap.indent(
        textwrap.dedent(more_settings), "    "
    )
    (folder / "contracts.yaml").write_text(settings, encoding="utf-8")
    head = "contract: things\ntitle: Things\nspec: things\nsource: {document: handbook.md}\nscenarios:\n"
    body = textwrap.indent(textwrap.dedent(scenarios).strip(), "  ")
    (folder / "contracts" / "things.yaml").write_text(head + body + "\n", encoding="utf-8")
    return folder
