"""Names of what a project has. They are texts in the schemas for editors; the schema of one project lists them
(maintenance/reference/project_schema.py)."""

from contracts_runner.reading.declarations import Reader
from contracts_runner.reading.readers import TEXT, TEXTS, named


def _name(what: str) -> Reader[str]:
    return named(Reader(TEXT.read, {"allOf": [TEXT.schema]}, TEXT.words), what)


def _list(name: Reader[str]) -> Reader[tuple[str, ...]]:
    schema = {"type": "array", "minItems": 1, "uniqueItems": True, "items": name.schema}
    return Reader(TEXTS.read, schema, TEXTS.words)


OPERATION = _name("operationName")
SPEC = _name("specName")
CREDENTIAL = _name("credentialName")
ENVIRONMENT = _name("environmentName")
ENVIRONMENTS = _list(ENVIRONMENT)
TAGS = _list(_name("tagName"))
