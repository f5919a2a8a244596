"""Rule on texts that name a value as other tools do: `{{name}}` and `$name` go out as they stand."""

import re
from collections.abc import Iterator

from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.reading.expressions import iter_texts

_OTHER = re.compile(r"\{\{\s*(?P<braces>\w+)\s*\}\}|(?<!\$)\$(?P<dollar>[^\W\d]\w*)")


def check_other_syntax(subject: Subject) -> Iterator[Problem]:
    """Yield the texts in values of steps that name a variable or capture otherwise than by `${…}`."""
    variables = subject.project.settings.find_names("variables")
    for step in subject.steps:
        known = {*variables, *step.scenario.variables, *step.site.captures}
        for key in ("parameters", "query", "headers", "url", "body", "in", "probe"):
            place = step.site.place.at(key)
            for pointer, text in iter_texts(place.find()):
                for match in _OTHER.finditer(text):
                    if (name := next(filter(None, match.groups()))) in known:
                        message = f"'{match[0]}' goes out as it stands"
                        location = place.at(*pointer).location
                        yield warn(location, message, f"Did you mean '${{{name}}}'?", rule=Rule.EXPRESSION)
