"""The same requests and assertions without a framework: one `requests.Session`, one loop, no validation.

Usage: python raw_loop.py SUITE ADDRESS, the suite as JSON: a list of scenarios, each a list of steps.
"""

import json
import sys
from pathlib import Path
from typing import Any

import requests


def run(suite: list[list[dict[str, Any]]], address: str) -> None:
    """Send every step of every scenario; raises AssertionError."""
    session = requests.Session()
    for scenario in suite:
        captured = "first"
        for step in scenario:
            response = session.get(address + step["path"], params={"after": captured})
            assert response.status_code == 200
            body = response.json()
            assert body["id"] == step["id"]
            assert body["owner"]["code"] == step["code"]
            assert body["items"][0]["amount"] == step["amount"]
            captured = body["next"]


if __name__ == "__main__":
    run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
