"""Finds the values of marked fields in texts that no parser reads: broken JSON, XML, HTML forms, multipart bodies."""

import re
from collections.abc import Iterator, Mapping

from contracts_runner.redaction.mark import Mark

_FORMS = (
    r'"(?P<n>{names})"\s*:\s*"(?P<v>(?:[^"\\]|\\.)*)',
    r'\\"(?P<n>{names})\\"\s*:\s*\\"(?P<v>(?:[^"\\]|\\[^"])*)',
    r'\\?"(?P<n>{names})\\?"\s*:\s*(?P<v>-?[0-9][0-9.eE+-]*)',
    r"<(?P<n>{names})(?:\s[^<>]*)?>(?P<v>[^<]+)<",
    r"\bname=[\"'](?P<n>{names})[\"'][^<>]{0,500}?\bvalue=(?P<q>[\"'])(?P<v>.*?)(?P=q)",
    r"\bname=\"(?P<n>{names})\"[^\r\n]{0,500}\r?\n(?:[^\r\n]{1,500}\r?\n){0,20}\r?\n(?P<v>.*?)(?=\r?\n--|\Z)",
    r"(?<![\w])(?P<n>{names})=(?P<v>[^&\s\"'<>;]+)",
)
# Fields that hold a credential in any interface.
_CREDENTIALS = (
    *("password", "passwd", "secret", "client_secret", "api_key", "apikey"),
    *("token", "access_token", "refresh_token", "id_token"),
)


class NamedValues:
    """Looks for fields by name; `kinds` is name -> kind."""

    def __init__(self, kinds: Mapping[str, str]) -> None:
        self._kinds = {**dict.fromkeys(_CREDENTIALS, "token"), **kinds}
        names = "|".join(re.escape(name) for name in sorted(self._kinds, key=len, reverse=True))
        self._patterns = [re.compile(form.replace("{names}", names), re.DOTALL) for form in _FORMS]

    def find(self, text: str) -> Iterator[tuple[int, int, Mark]]:
        """Yield (start, end, mark) of every value."""
        for pattern in self._patterns:
            for match in pattern.finditer(text):
                start, end = match.span("v")
                if start < end:
                    yield start, end, Mark(self._kinds[match["n"]], is_guess=True)
