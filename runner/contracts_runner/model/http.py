"""Facts of HTTP that several rooms need: media types, and which responses have no content, whatever their headers say
(RFC 9110 §6.4.1, §8.3.1, §9.3.2, §15.3.6)."""

import re

_PARAMETER = re.compile(r';\s*([^\s=;"]+)=("(?:[^"\\]|\\.)*"|[^;"]*)')

RESET_CONTENT = 205


def ends_with_head(method: str, status: int) -> bool:
    """Return whether no body follows the head on the connection: an answer to HEAD, 1xx, 204, 304 (RFC 9112 §6.3)."""
    return method == "HEAD" or status < 200 or status in (204, 304)


def is_without_content(method: str, status: int) -> bool:
    """Return whether a response never has content: beside the above 205, whose length is framed like any other's."""
    return ends_with_head(method, status) or status == RESET_CONTENT


def parse_media_type(content_type: str) -> tuple[str, dict[str, str]]:
    """Return the media type in lower case, and its parameters: their names, and a charset, in lower case too."""
    parameters = {}
    for name, text in _PARAMETER.findall(content_type):
        value = re.sub(r"\\(.)", r"\1", text[1:-1]) if text.startswith('"') else text.strip()
        parameters[name.lower()] = value.lower() if name.lower() == "charset" else value
    return strip_parameters(content_type), parameters


def is_json_type(media_type: str) -> bool:
    """True for application/json, text/json and every +json type (RFC 6839 §3.1)."""
    essence = strip_parameters(media_type)
    return essence in ("application/json", "text/json") or essence.endswith("+json")


def has_media_type(content_type: str, wanted: str) -> bool:
    """Return whether a Content-Type is the wanted media type, and has those of its parameters that are stated."""
    (actual, parameters), (expected, stated) = parse_media_type(content_type), parse_media_type(wanted)
    return actual == expected and stated.items() <= parameters.items()


def strip_parameters(content_type: str) -> str:
    """Return the media type of a Content-Type in lower case, without its parameters."""
    return content_type.split(";")[0].strip().lower()
