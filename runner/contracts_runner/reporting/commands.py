"""Commands that a reader pastes into a shell: what sends a recorded request again, and what this tool does next."""

import re
import shlex

from contracts_runner.engine.curl import list_curl_words
from contracts_runner.late_pattern import compile_late
from contracts_runner.reporting.text import INVISIBLE, make_visible
from contracts_runner.results.rows import ExchangeRow, RunFacts

# A credential as the record has it stands in apostrophes, because of its angle brackets: they are closed before the
# variable and opened after it.
_CREDENTIAL = compile_late(r"<credential ([^<>\s']+) sha256:[0-9a-f]{8}>(')?")
_MARK = r"<credential [^<>\s']+ sha256:[0-9a-f]{8}>"
# A mark, one invisible character, or what is neither.
_PARTS = compile_late(rf"({_MARK}|{INVISIBLE.pattern}|\t)")


def render_next(run: RunFacts, *words: str) -> str:
    """Return a command of this tool about a run, for who is where that was started: it names the same project."""
    return render_words(*words, project=run.project or "")


def render_words(*words: str, project: str) -> str:
    """Return a command of this tool; `project` is what `--project` has, "" without that option."""
    return shlex.join(["contracts", *words, *(("--project", project) if project else ())])


def render_command(exchange: ExchangeRow) -> str:
    """Return the curl line of a request, each credential as the variable of its name; "" if its body was cut."""
    request = exchange.request
    if request.truncated:
        return ""
    words = list_curl_words(request.method, request.url, request.headers, request.body)
    return " ".join(map(_quote, words))


def _quote(word: str) -> str:
    """Return a word as a shell reads it: credentials as variables, what is invisible as the bytes that printf makes."""
    parts = [_quote_part(part) for part in _PARTS.split(word) if part]
    return "".join(parts) or "''"


def _quote_part(part: str) -> str:
    if re.fullmatch(_MARK, part):
        return f'"${_name(part.split()[1])}"'
    if part == "\t" or make_visible(part) != part:
        octal = "".join(f"\\{byte:03o}" for byte in part.encode("utf-8", "surrogatepass"))
        return f"\"$(printf '{octal}')\""
    return shlex.quote(part)


def list_credentials(exchange: ExchangeRow) -> list[str]:
    """Return the names of the variables that the curl line of a request reads, each once."""
    request = exchange.request
    words = list_curl_words(request.method, request.url, request.headers, request.body)
    marks = (part for word in words for part in _PARTS.split(word) if re.fullmatch(_MARK, part))
    return [*dict.fromkeys(_name(mark.split()[1]) for mark in marks)]


def name_credentials(command: str) -> str:
    """Return a command with `"$NAME"` in the place of each recorded credential."""
    return _CREDENTIAL.sub(lambda match: f'\'"${_name(match[1])}"' + ("" if match[2] else "'"), command)


def _name(credential: str) -> str:
    # What an environment reads from a variable within a longer text has the name of the variable: `$SHOP_TOKEN`.
    name = re.sub(r"\W", "_", credential.removeprefix("$"), flags=re.ASCII)
    return f"_{name}" if name[0].isdigit() else name
