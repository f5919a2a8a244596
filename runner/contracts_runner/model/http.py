"""Facts of HTTP that several rooms need: media types, and which responses have no content, whatever their headers say
(RFC 9110 §6.4.1, §8.3.1, §9.3.2, §15.3.6)."""

RESET_CONTENT = 205


def ends_with_head(method: str, status: int) -> bool:
    """Return whether no body follows the head on the connection: an answer to HEAD, 1xx, 204, 304, a tunnel that a
    proxy has opened (RFC 9112 §6.3)."""
    is_tunnel = method == "CONNECT" and 200 <= status < 300
    return method == "HEAD" or is_tunnel or status < 200 or status in (204, 304)


def is_without_content(method: str, status: int) -> bool:
    """Return whether a response never has content: beside the above 205, whose length is framed like any other's."""
    return ends_with_head(method, status) or status == RESET_CONTENT


def strip_parameters(content_type: str) -> str:
    """Return the media type of a Content-Type in lower case, without its parameters."""
    return content_type.split(";")[0].strip().lower()
