"""Reads files that promise something of tables, whichever they are: property files of dbt, data contracts."""

import re
from collections.abc import Mapping

from contracts_runner.maintenance.importing.dbt_models import is_dbt, read_dbt
from contracts_runner.maintenance.importing.foreign_requests import ForeignFileError, decode_text
from contracts_runner.maintenance.importing.odcs_contracts import is_odcs, read_odcs
from contracts_runner.maintenance.importing.promises import Promises, as_mapping
from contracts_runner.reading.yaml_source import YamlDocument, parse_yaml

# A key of such a file at the beginning of a line, or of a JSON object; in version 1 of dbt that of any model.
_KEY = re.compile(
    rb"^\s{0,2}[\"']?(?:models|sources|seeds|snapshots|apiVersion|dataContractSpecification)[\"']?\s*:"
    rb"|^[\"']?[\w.-]+[\"']?:\s*\{?\s*constraints\s*:",
    re.MULTILINE,
)
# The body of a request may be anything.
_CURL = re.compile(rb"^\s*(?:\$\s+)?curl\s", re.MULTILINE)
_FORMS = "a property file of dbt (models, sources, …) or a data contract (ODCS 3)"


def is_about_tables(content: bytes) -> bool:
    """Return whether a file seems to be one of those, by its keys."""
    return _KEY.search(content) is not None and _CURL.search(content) is None


def read_table_files(files: Mapping[str, bytes], databases: frozenset[str]) -> Promises:
    """Return what files promise, by their names; `databases` are those that environments have anyway. Raises
    ForeignFileError."""
    promises = Promises()
    documents = [_parse(name, content) for name, content in files.items()]
    read_dbt([document for document in documents if is_dbt(document.value)], promises, databases)
    for document in documents:
        if is_odcs(document.value):
            read_odcs(document, promises)
        elif not is_dbt(document.value):
            raise ForeignFileError(_explain(document))
    return promises


def _parse(name: str, content: bytes) -> YamlDocument:
    text = decode_text(name, content)
    document = parse_yaml(text, name, lenient=True)
    if document.problems:
        raise ForeignFileError("\n".join(map(str, document.problems)))
    return document


def _explain(document: YamlDocument) -> str:
    """Return why a file is not read."""
    value = as_mapping(document.value)
    if "dataContractSpecification" in value:
        return (
            f"{document.name} is a Data Contract Specification {value['dataContractSpecification']}, which is not "
            "read; bring it into the form of ODCS 3 (its own tool exports that)"
        )
    if "apiVersion" in value:
        return f"{document.name} has `apiVersion: {value['apiVersion']}`; data contracts are read from v3 of ODCS"
    return f"{document.name} is none of: {_FORMS}"
