"""What is looked into as XML is read in the charsets in which it is redacted: a library knows many more, and a value
that only one of the two sees would be written down."""

import pytest

from contracts_runner.engine.jsonpath import NothingFoundError
from contracts_runner.engine.xml_content import XmlContent
from contracts_runner.errors import UndecidedError
from contracts_runner.model.environment import RedactionMode
from contracts_runner.redaction.redactor import Redactor
from helpers.answers import make_response
from helpers.personal_samples import make_exchange, record

NAME = "Образцова"
DOCUMENT = {"Person": {"type": "object", "properties": {"name": {"type": "string", "x-pii": "name"}}}}
# As the document calls it, as Python does.
READ = [
    *(("UTF-8", "utf-8"), ("windows-1251", "cp1251"), ("koi8-r", "koi8-r"), ("ISO-8859-5", "iso8859-5")),
    *(("ibm866", "cp866"), ("GB18030", "gb18030"), ("UTF-16", "utf-16"), ("UTF-16LE", "utf-16-le"), ("", "utf-8")),
    *(("", "utf-8-sig"), ("", "utf-16"), ("windows-1251", "utf-8-sig"), ("windows-1251", "utf-16")),
]
NOT_READ = [
    *(("UTF-7", "utf-7"), ("HZ", "hz"), ("ISO-2022-KR", "iso2022_kr"), ("JOHAB", "johab"), ("koi8-t", "koi8-t")),
    *(("PT154", "ptcp154"), ("C99", "unicode-escape"), ("JAVA", "unicode-escape")),
    *(("IBM037", "cp037"), ("", "cp037")),
]


def look(body: bytes, media_type: str) -> str:
    """Return what an expression finds, or why it finds nothing."""
    try:
        return str(XmlContent(make_response(body, media_type=media_type)).find("/a/name", {}))
    except (NothingFoundError, UndecidedError) as error:
        return str(error)


def write(charset: str, codec: str, place: str, name: str = NAME) -> tuple[bytes, str]:
    declaration = f"<?xml version='1.0' encoding='{charset}'?>" if charset and place == "declaration" else ""
    body = f"{declaration}<a><name>{name}</name></a>".encode(codec, "replace")
    return body, f"; charset={charset}" if charset and place == "header" else ""


@pytest.mark.parametrize("media_type", ["application/xml", "text/plain"])
@pytest.mark.parametrize("place", ["header", "declaration"])
@pytest.mark.parametrize(("charset", "codec"), READ)
def test_what_is_found_in_xml_is_redacted_as_what_the_body_says(
    charset: str, codec: str, place: str, media_type: str
) -> None:
    body, parameter = write(charset, codec, place)
    redactor = Redactor(mode=RedactionMode.FULL, secrets={}, key=b"run")

    record(
        make_exchange(body, media_type=media_type + parameter),
        redactor=redactor,
        document=DOCUMENT,
        response_pointer="#/Person",
    )

    assert redactor.text(look(body, media_type + parameter)) != NAME


@pytest.mark.parametrize("place", ["header", "declaration"])
@pytest.mark.parametrize(("charset", "codec"), NOT_READ)
def test_other_charsets_are_not_read(charset: str, codec: str, place: str) -> None:
    body, parameter = write(charset, codec, place, "Obrazcova" if codec == "cp037" else NAME)

    found = look(body, f"application/xml{parameter}")

    assert found not in (NAME, "Obrazcova")
    assert "is not one of those that are read" in found or "is not XML" in found
