"""Rule on security schemes of one name in several documents: without `auth` the credential of that name goes to each of
their services."""

import re
from collections import defaultdict
from collections.abc import Iterator

from contracts_runner.engine.authorization import list_sent
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Operation

_HOST = re.compile(r"(?:[a-z]+://)?[^/]*", re.IGNORECASE)


def check_shared_credentials(subject: Subject) -> Iterator[Problem]:
    """Yield the credentials that go to several services because their documents use the same word."""
    document = subject.project.settings.document
    for environment in filter(None, (each for each, _ in subject.environments)):
        written = document.value["environments"][environment.name]
        own = written.get("base_urls") or {}
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for operation in _iter_asked(subject, environment):
            schemes = subject.project.specs[operation.spec].security_schemes
            for name in list_sent(None, operation=operation, schemes=schemes, environment=environment):
                # APIs of one host have one account most often.
                host = _HOST.match(str(own.get(operation.spec, written.get("base_url"))))
                found[name].setdefault(host[0] if host else "", operation.spec)
        for name, specs in found.items():
            if len(specs) > 1:
                first, *others = specs.values()
                listed = f"'{first}' and {' and '.join(map(repr, others))}"
                message = (
                    f"the credential '{name}' goes to several services: the documents of {listed} have a security "
                    "scheme of that name"
                )
                hint = (
                    f"are they not one account, add another credential, and name it in the files of '{others[-1]}': "
                    "`defaults: {auth: NAME}`"
                )
                location = document.location(("environments", environment.name, "credentials", name))
                yield warn(location, message, hint, rule=Rule.CREDENTIAL)


def _iter_asked(subject: Subject, environment: Environment) -> Iterator[Operation]:
    """Yield the operations that are asked with their own credentials."""
    specs = subject.project.specs
    for step in subject.steps:
        outgoing = decide_step(step.site.step, specs, environment)
        if step.operation and outgoing.step.auth is None and not outgoing.is_kept_back:
            yield step.operation
    for operations in subject.find_generated(subject.project, environment).values():
        yield from operations
    for spec in specs.values():
        yield from (each for each in spec.operations.values() if id(each) in subject.asked)
