"""Rules on specs: what one operation says of its evidence, the others should say too."""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.openapi.operations import OperationSite, iter_sites
from contracts_runner.openapi.spec import Spec

RULES = {"x-evidence": "missing-evidence", "x-source": "missing-spec-source"}


def check_spec_marks(subject: Subject) -> Iterator[Problem]:
    """Yield the operations without `x-evidence` or `x-source`, in documents where others have it."""
    for spec in subject.project.specs.values():
        sites = list(iter_sites(spec.bundle))
        for key, rule in RULES.items():
            bare = [site for site in sites if not _has_mark(spec, site, key)]
            if len(bare) < len(sites):
                for site in bare:
                    message = f"'{site.label}' has no '{key}', which other operations have"
                    yield warn(spec.locate(site.pointer), message, "say how it is known", rule=rule)


def _has_mark(spec: Spec, site: OperationSite, key: str) -> bool:
    return key in site.value or spec.bundle.get((*site.item, key)) is not None
