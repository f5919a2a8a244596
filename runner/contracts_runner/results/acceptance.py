"""Whether an operation accepted any generated request: what is said of accepted requests needs one."""

from collections.abc import Iterable

from contracts_runner.results.rows import AnswerRow


def explain_never_accepted(answers: Iterable[AnswerRow]) -> str:
    """Return why no request was accepted, as in "only 401, 404 came"; "" if one was, or if none was answered.

    What was sent without a credential, or with an invalid one, on purpose does not count.
    """
    own = [answer for answer in answers if answer.auth is None]
    if not own or any(answer.success for answer in own):
        return ""
    return f"only {', '.join(sorted({_describe(answer) for answer in own}))} came"


def _describe(answer: AnswerRow) -> str:
    if not 200 <= answer.status <= 299:
        return str(answer.status)
    if answer.error_code:
        return f"{answer.status} with error code {answer.error_code}"
    return f"{answer.status} that is not a success"
