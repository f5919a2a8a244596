"""Commands that send a recorded request again, as a reader pastes them into a shell."""

import re

from contracts_runner.engine.curl import render_curl
from contracts_runner.results.rows import ExchangeRow

# A credential as the record has it stands in apostrophes, because of its angle brackets: they are closed before the
# variable and opened after it.
_CREDENTIAL = re.compile(r"<credential ([^<>\s']+) sha256:[0-9a-f]{8}>(')?")


def render_command(exchange: ExchangeRow) -> str:
    """Return the curl line of a request, each credential as the variable of its name; "" if its body was cut."""
    request = exchange.request
    if request.truncated:
        return ""
    return name_credentials(render_curl(request.method, request.url, request.headers, request.body))


def name_credentials(command: str) -> str:
    """Return a command with `"$NAME"` in the place of each recorded credential."""
    return _CREDENTIAL.sub(lambda match: f'\'"${_name(match[1])}"' + ("" if match[2] else "'"), command)


def _name(credential: str) -> str:
    name = re.sub(r"\W", "_", credential, flags=re.ASCII)
    return f"_{name}" if name[0].isdigit() else name
