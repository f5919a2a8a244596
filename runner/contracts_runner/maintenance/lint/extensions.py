"""Rules on what the operations of specs are marked with: `x-evidence` and `x-source`."""

from collections.abc import Iterator

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.openapi.operations import list_sites

MARKS = {"x-evidence": Rule.MISSING_EVIDENCE, "x-source": Rule.MISSING_SPEC_SOURCE}


def check_spec_marks(subject: Subject) -> Iterator[Problem]:
    """Yield the operations without `x-evidence` or `x-source`, in documents where others have it."""
    for spec in subject.project.specs.values():
        sites = list_sites(spec.bundle)
        for key, rule in MARKS.items():
            marked = [key in site.value or spec.bundle.get((*site.item, key)) is not None for site in sites]
            for site, is_marked in zip(sites, marked, strict=True):
                if any(marked) and not is_marked:
                    message = f"'{site.label}' has no '{key}', which other operations have"
                    yield warn(spec.locate(site.pointer), message, "say how it is known", rule=rule)
