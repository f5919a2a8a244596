"""A project of the pieces of files that a page shows, about a service that is there."""

import json
import re
from pathlib import Path
from textwrap import indent

from helpers.command import REPOSITORY
from helpers.documents import read_blocks
from helpers.page_shop import build_document, build_payments

_SETTINGS = "version: 1\nspecs: {shop: shop.json, payments: payments.json}\ncontracts: contracts\n"
_CONTRACT = "contract: {name}\ntitle: {name}\nspec: shop\nsource: {{document: shop.json}}\n"


def write_page_project(folder: Path, *pages: str, base_url: str, settings: str = "") -> Path:
    """Write the pieces of pages, each contract to a file of its own; `settings` are environments where no page has
    any. Returns the folder."""
    (folder / "contracts").mkdir(parents=True)
    (folder / "shop.json").write_text(json.dumps(build_document()), encoding="utf-8")
    (folder / "payments.json").write_text(json.dumps(build_payments()), encoding="utf-8")
    blocks = [block for page in pages for block in read_blocks(REPOSITORY / "docs" / "how-to" / f"{page}.md")]
    for number, block in enumerate(blocks):
        path, text = folder / "contracts" / f"{number}.yaml", block.text
        match block.language, block.about:
            case "yaml", "contracts.yaml":
                settings = settings or text
                continue
            case "yaml", "contract":
                text = _CONTRACT.format(name=f"piece-{number}") + text
            case "yaml", "scenario":
                text = _CONTRACT.format(name=f"piece-{number}") + "scenarios:\n" + indent(text, "  ")
            case "yaml", "warehouse":
                pass
            case "python", name:
                path = folder / name
            case _:
                continue
        # The days of the pages will come.
        path.write_text(re.sub(r"until: \d{4}", "until: 2999", text), encoding="utf-8")
    whole = _SETTINGS + settings.replace("https://shop.example.com", base_url)
    (folder / "contracts.yaml").write_text(whole, encoding="utf-8")
    return folder
