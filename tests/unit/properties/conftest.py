"""What the tests of this folder share: the library's spec, and one folder for Hypothesis's tables."""

from pathlib import Path

import pytest
from property_tools import load_library

from contracts_runner.project.openapi.spec import Spec


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Spec:
    return load_library(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("hypothesis")
