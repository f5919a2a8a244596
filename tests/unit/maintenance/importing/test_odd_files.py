"""Whatever stands in a file of another tool, it is imported or refused in words, and its secret stays out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contracts_runner.errors import ContractsError
from contracts_runner.maintenance.importing.imported import import_files
from contracts_runner.project.project import Project, load_project
from helpers.editor_grammars import iter_pointers
from helpers.odd_values import ODD_VALUES, replace_at
from helpers.small_projects import write_project

AT = "https://test.example.com"
SECRET = "tok-abcdef-1234567890"
HAR = {
    "log": {
        "entries": [
            {
                "request": {
                    "method": "POST",
                    "url": f"{AT}/orders?a=1",
                    "headers": [{"name": "Authorization", "value": f"Bearer {SECRET}"}],
                    "postData": {"mimeType": "application/json", "text": '{"sku": "a", "quantity": 1}'},
                },
                "response": {"status": 201, "content": {"mimeType": "application/json", "text": "{}"}},
            },
            {"request": {"method": "GET", "url": f"{AT}/orders/7", "headers": []}, "response": {"status": 404}},
        ]
    }
}
URL = {"host": ["{{base}}"], "path": ["orders", ":id"], "variable": [{"key": "id", "value": "7"}], "query": []}
COLLECTION = {
    "info": {"schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "variable": [{"key": "base", "value": AT}],
    "auth": {"type": "bearer", "bearer": [{"key": "token", "value": SECRET}]},
    "item": [
        {"name": "Folder", "item": [{"name": "One", "request": {"method": "GET", "url": URL, "header": []}}]},
        {
            "name": "Two",
            "request": {
                "method": "POST",
                "url": "{{base}}/orders",
                "header": [{"key": "Content-Type", "value": "application/json"}],
                "body": {"mode": "raw", "raw": '{"sku": "{{x}}", "quantity": 1}'},
            },
            "event": [{"listen": "test", "script": {"exec": ["a"]}}],
        },
    ],
}
ODD = [*ODD_VALUES, "\ud800", "\x00", "<email>", "{{a", "http://[", "#", "&=&", 10**30, 1e300, "x" * 5000, [[[]]]]


def iter_changed(document: Any) -> Iterator[str]:
    for number, pointer in enumerate(iter_pointers(document)):
        for odd in ODD[number % 23 :: 23]:
            yield json.dumps(replace_at(document, pointer, odd))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return load_project(write_project(tmp_path_factory.mktemp("odd")))


@pytest.mark.thorough
@pytest.mark.parametrize("document", [HAR, COLLECTION], ids=["har", "postman"])
def test_an_odd_member_is_no_fault(project: Project, document: Any) -> None:
    told: list[str] = []
    refused = 0
    for text in iter_changed(document):
        try:
            imported = import_files(project, {"file": text.encode()}, environ={}, spec=None, into=None)
            told += (imported.text, *imported.report)
        except ContractsError as error:
            refused += 1
            told.append(str(error))

    assert 0 < refused < len(told) / 4
    assert [text for text in told if SECRET in text] == []
