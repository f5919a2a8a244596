"""What to do now about a cause of a run, where one sentence can say it for all of its kind."""

import re
from collections.abc import Collection

from contracts_runner.reporting.commands import render_next
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.results.refusals import NO_CREDENTIAL, find_refusals
from contracts_runner.results.results import CauseRow, Results

REFUSED = (
    "the credential may have expired, be of another environment or lack a right: `%(doctor)s` tries each by itself"
)
NOT_SENT = (
    "no credential was sent: name one by `auth` in the step, or declare the security of the operation in an overlay"
)
# What the key of a cause begins with, what its message says, and what to do then.
_KINDS = (
    (
        "response ",
        r"refused|cannot be resolved|no connection ",
        "`%(doctor)s` tells whether the service can be reached from here, and how",
    ),
    (
        "warehouse ",
        r"refused|cannot be resolved|no connection|no answer in time|does not accept the account",
        "`%(doctor)s` tells whether ClickHouse can be reached, and with which rights",
    ),
    (
        "",
        r"certificate.* is not (trusted|accepted)",
        "if that certificate is right, name the authority that signed it in `ca_bundle` of the environment",
    ),
    (
        "x-error-code ",
        "",
        "add `x-error-code` to the document, or by an overlay: the JSON Pointer to the code in a body, such as `/code`",
    ),
    ("status 429", "", "`rate_limit` of the environment, such as `2/s`, lets requests leave more slowly"),
    (
        "undeclared status ",
        "",
        "if the service may answer so, `%(learn)s` prints the overlay that says it",
    ),
)
SENTENCES = (REFUSED, NOT_SENT, *(sentence for *_, sentence in _KINDS))


class Advisor:
    """Knows the run whose causes are told."""

    def __init__(self, results: Results, phrases: Phrases) -> None:
        self._phrases = phrases
        run = results.run
        self._values = {
            "doctor": render_next(run, "doctor", "--env", run.environment),
            "learn": render_next(run, "learn", run.id),
        }
        self._scenarios = {row.id: row for row in results.scenarios} if results.causes else {}
        self._refusals: Collection[str] = find_refusals(results.scenarios) if results.causes else ()

    def advise(self, cause: CauseRow) -> str:
        """Return what to do now, "" where nothing can be said without knowing the service."""
        sentence = self._find_sentence(cause)
        return self._phrases(sentence, **self._values) if sentence else ""

    def _find_sentence(self, cause: CauseRow) -> str:
        if cause.key in self._refusals:
            return self._advise_refused(cause)
        for beginning, message, sentence in _KINDS:
            if cause.key.startswith(beginning) and re.search(message, cause.example.message):
                return sentence
        return ""

    def _advise_refused(self, cause: CauseRow) -> str:
        scenario = self._scenarios.get(cause.example.id)
        steps = scenario.steps if scenario else ()
        sent = [step.auth for step in steps if step.number == cause.example.step]
        if not sent:
            return REFUSED
        return NOT_SENT if sent[0] is None else "" if sent[0] in NO_CREDENTIAL else REFUSED
