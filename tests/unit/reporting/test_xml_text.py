"""What is written as XML is read back, and is the same text on every machine."""

import xml.etree.ElementTree as ET

import pytest

from contracts_runner.reporting.xml_text import render_xml

TEXTS = {
    "letters": "ключ",
    "markup": "<a href='x'>&amp;</a>",
    "quotes": 'it is "x"',
    "lines": "one\ntwo\tthree",
    "blank": " ",
}


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_texts_and_attributes_come_back(name: str) -> None:
    root = ET.Element("suite", name=TEXTS[name])
    ET.SubElement(ET.SubElement(root, "case", line="1"), "failure").text = TEXTS[name]

    read = ET.fromstring(render_xml(root))

    assert (read.get("name"), read.findtext("case/failure")) == (TEXTS[name], TEXTS[name])


def test_an_element_is_a_line() -> None:
    root = ET.Element("suite", name='a "b"\nc')
    ET.SubElement(root, "case", line="1")
    ET.SubElement(root, "failure").text = '<"&">'

    assert render_xml(root).splitlines() == [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<suite name="a &quot;b&quot;&#10;c">',
        '\t<case line="1"/>',
        "\t<failure>&lt;&quot;&amp;&quot;&gt;</failure>",
        "</suite>",
    ]
