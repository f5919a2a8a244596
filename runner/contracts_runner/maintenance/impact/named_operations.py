"""Where a project names operations beside its scenarios and checks: accepted findings, what environments generate."""

from collections.abc import Iterator, Mapping

from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place, find_mappings


def iter_named_operations(project: Project, key: str) -> Iterator[tuple[str, Place]]:
    """Yield (who names it, the place of the name, which may be a pattern) for the operations of a spec: a finding by
    the id that generated tests have, an environment by its name."""
    for contract in project.contracts:
        known = Place(project.documents[contract.location.path], ("properties", "known"))
        for at in find_mappings(known) if contract.spec == key else ():
            yield f"{at.find('operation')}:{at.find('check')}", at.at("operation")
    settings = Place(project.settings.document, ("environments",))
    environments = settings.find()
    for name in environments if isinstance(environments, Mapping) else ():
        operations = settings.at(name, "properties", "operations")
        named = operations.find()
        for index in range(len(named) if isinstance(named, list) else 0):
            yield f"environment {name}", operations.at(index)
