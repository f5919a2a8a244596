"""Facts of HTTP that several rooms need: media types, which texts a header and a URL can hold, and which responses have
no content, whatever their headers say (RFC 9110 §5.5, §6.4.1, §8.3.1, §9.3.2, §15.3.6; RFC 3986 §2)."""

import codecs
import re
from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

from contracts_runner.late_pattern import compile_late

RESET_CONTENT = 205

JSON = "application/json"
BYTES = "application/octet-stream"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

# Those of Content-Encoding that transport/decoding.py undoes.
CODINGS = ("gzip", "x-gzip", "deflate", "identity")

# The characters of a name in a head (RFC 9110 §5.6.2), as a regular expression.
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"

# Those of the Encoding Standard (https://encoding.spec.whatwg.org), as Python calls them; in some of its others a body
# takes the time of a program (punycode), or unpacks to another one (zip).
_XML_CHARSET = compile_late(r"""<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z][\w.-]*)["']""")
_CODECS = compile_late(
    r"ascii|utf-(?:8|16|32)(?:-[bl]e)?|iso8859-[0-9]{1,2}|cp(?:437|8[0-9]{2}|932|949|950|125[0-9])|koi8-[ru]"
    r"|mac-(?:roman|cyrillic)|gb2312|gbk|gb18030|big5|euc_(?:jp|kr)|iso2022_jp|shift_jis|tis-620"
)

_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;"]*)')
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_URL = compile_late(r"([^:/?#]+://[^/?#]*)(.*)", re.DOTALL)
_NOT_IN_URL = re.compile(r"[^A-Za-z0-9\-._~!$&'()*+,;=:@/?%]")


# Scheme, host and port.
Origin = tuple[str, str, int]


def find_origin(url: str) -> Origin:
    """Return scheme, host and port, with the scheme's default port (RFC 6454 §4); raises ValueError for no URL."""
    parts = urlsplit(url)
    return _find_origin(parts.scheme.lower(), parts.netloc)


@lru_cache(maxsize=256)  # each request asks several times, and the services are few
def _find_origin(scheme: str, authority: str) -> Origin:
    parts = SplitResult(scheme, authority, "", "", "")
    return scheme, (parts.hostname or "").lower(), parts.port or {"http": 80, "https": 443}.get(scheme, 0)


def ends_with_head(method: str, status: int) -> bool:
    """Return whether no body follows the head on the connection: an answer to HEAD, 1xx, 204, 304, a tunnel that a
    proxy has opened (RFC 9112 §6.3)."""
    is_tunnel = method == "CONNECT" and 200 <= status < 300
    return method == "HEAD" or is_tunnel or status < 200 or status in (204, 304)


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
    return essence in (JSON, "text/json") or essence.endswith("+json")


def has_media_type(content_type: str, wanted: str) -> bool:
    """Return whether a Content-Type is the wanted media type, and has those of its parameters that are stated."""
    (actual, parameters), (expected, stated) = parse_media_type(content_type), parse_media_type(wanted)
    return actual == expected and stated.items() <= parameters.items()


@lru_cache(maxsize=256)  # several times a request, of few
def strip_parameters(content_type: str) -> str:
    """Return the media type of a Content-Type in lower case, without its parameters."""
    return content_type.split(";")[0].strip().lower()


def find_charset(content_type: str) -> str | None:
    """Return the `charset` parameter of a Content-Type, None without one."""
    return parse_media_type(content_type)[1].get("charset")


def find_xml_charset(content_type: str, text: str) -> str | None:
    """Return the charset that a text of XML declares itself, None without one."""
    declared = _XML_CHARSET.match(text) if strip_parameters(content_type).endswith("xml") else None
    return declared[1] if declared else None


def find_codec(charset: str) -> str | None:
    """Return what Python calls a charset, None for one that is unknown, or not read."""
    try:
        name = codecs.lookup(charset).name
    except (LookupError, ValueError):
        return None
    return name if _CODECS.fullmatch(name) else None


def find_field_fault(value: str) -> str | None:
    """Return what of a text no header can hold (RFC 9110 §5.5), None if it can be sent as it is."""
    if _CONTROL.search(value):
        return "a line break or another control character"
    if value.strip(" \t") != value:
        return "a blank at its beginning or end"
    return None


def find_unreadable_coding(accept_encoding: str) -> str | None:
    """Return what an Accept-Encoding asks for beside CODINGS, None where there is nothing (RFC 9110 §12.5.3)."""
    for item in accept_encoding.lower().split(","):
        coding, _, weight = (part.strip() for part in item.partition(";"))
        if coding not in ("", *CODINGS) and not re.fullmatch(r"q=0(\.0*)?", weight):
            return coding
    return None


def escape_url(url: str) -> str:
    """Return an absolute URL with its path and query as escape_target gives them, without its fragment."""
    match = _URL.fullmatch(url)
    return match[1] + escape_target(match[2].partition("#")[0]) if match else url


def escape_target(target: str) -> str:
    """Return a path with its query in which every character that RFC 3986 does not allow there is percent-encoded; what
    is encoded already stays, in upper case. This is what a connection makes of it: so it can be shown before."""
    text = _LONE_PERCENT.sub("%25", target)
    text = _NOT_IN_URL.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")), text)
    return _ESCAPE.sub(lambda match: match[0].upper(), text)
