"""A document is brought together with all files that it refers to, and no reference leads out of their folder."""

from pathlib import Path

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts import document_files
from contracts_runner.maintenance.drafts.document_files import CollectedDocument, collect_document

HEAD = 'openapi: 3.1.0\ninfo: {title: Things, version: "1"}\n'
HOST = "https://things.example.com"


def collect(source: str, folder: Path, files: dict[str, str]) -> CollectedDocument:
    """Collect from files below a folder and from addresses that answer with a text."""
    for name, text in files.items():
        if "://" not in name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")

    def fetch(url: str) -> tuple[str, bytes]:
        if url not in files:
            raise UsageError(f"{url}: the answer is 404, no document")
        return url, files[url].encode()

    return collect_document(source, folder, fetch)


def read(found: CollectedDocument) -> dict[str, str]:
    return {name: content.decode() for name, content in found.files.items()}


def test_files_keep_their_places_to_each_other_byte_for_byte(tmp_path: Path) -> None:
    files = {
        "api/openapi.yaml": HEAD + "paths: {$ref: 'paths/all%20of%20it.yaml'}  # kept\n",
        "api/paths/all of it.yaml": "a: {$ref: ../../shared/x.json#/a}\nb: {$ref: ../openapi.yaml#/info}\n",
        "shared/x.json": '{"a": {"$ref": "#/b"}, "b": {"default": {"$ref": "y.json"}}}',
        "shared/y.json": "{}",
        "shared/unused.json": "{}",
    }

    found = collect("api/openapi.yaml", tmp_path, files)

    assert list(found.documents) == ["api/openapi.yaml"]
    assert read(found) == {name: text for name, text in files.items() if "unused" not in name}
    assert found.origins["shared/y.json"] == tmp_path / "shared" / "y.json"


def test_what_is_elsewhere_is_brought_and_references_lead_to_the_copy(tmp_path: Path) -> None:
    remote = f"{HOST}/v1/schemas.json"
    files = {
        "openapi.yaml": HEAD + f'x: {{$ref: "{remote}#/a"}}\ny: {{$ref: {remote}}}\nurl: {remote}\n',
        remote: f'{{"a": {{"$ref": "../more#/b"}}, "c": {{"$ref": "{HOST}\\/more"}}, "d": 1}}'.replace(
            HOST, HOST.replace("/", "\\/")
        ),
        f"{HOST}/more": "b: {type: string}\n",
    }

    found = collect("openapi.yaml", tmp_path, files)

    place = "remote/things.example.com"
    assert read(found) == {
        "openapi.yaml": HEAD
        + f'x: {{$ref: "{place}/v1/schemas.json#/a"}}\ny: {{$ref: {place}/v1/schemas.json}}\nurl: {remote}\n',
        f"{place}/v1/schemas.json": '{"a": {"$ref": "../more.yaml#/b"}, "c": {"$ref": "../more.yaml"}, "d": 1}',
        f"{place}/more.yaml": "b: {type: string}\n",
    }
    assert found.missing == ()


_LINKS = {
    "discriminator": ("s: {discriminator: {mapping: {a: REF, b: B}}}\n", ("#/A", "")),
    "operationRef": ("l: {links: {a: {operationRef: REF}}}\n", ("#/paths/~1a/get",)),
    "externalValue": ("e: {examples: {a: {externalValue: REF}}}\n", ("",)),
}


@pytest.mark.parametrize(
    ("name", "fragment"), [(name, fragment) for name, (_, found) in sorted(_LINKS.items()) for fragment in found]
)
@pytest.mark.parametrize("is_remote", [False, True])
def test_whatever_refers_to_a_file_brings_it(name: str, fragment: str, is_remote: bool, tmp_path: Path) -> None:
    address = f"{HOST}/a.yaml" if is_remote else "a.yaml"
    text = HEAD + _LINKS[name][0] + f"other: {{url: {address}}}\n"
    files = {"openapi.yaml": text.replace("REF", f"'{address}{fragment}'"), address: "A: {$ref: 'gone.yaml'}\n"}

    found = read(collect("openapi.yaml", tmp_path, files))

    place = "remote/things.example.com/a.yaml" if is_remote else "a.yaml"
    assert found == {"openapi.yaml": text.replace("REF", f"'{place}{fragment}'"), place: files[address]}


@pytest.mark.parametrize("text", ["\\ud800", "a\\u0000.yaml", "http://[", "http://a.example.com:x/"])
def test_what_can_be_no_address_is_not_brought(text: str, tmp_path: Path) -> None:
    files = {"openapi.json": '{"openapi": "3.1.0", "a": {"$ref": "TEXT"}}'.replace("TEXT", text)}

    assert read(collect("openapi.json", tmp_path, files)) == files


def test_a_document_that_refers_to_its_own_address_is_not_fetched_again(tmp_path: Path) -> None:
    text = HEAD + f"$self: {HOST}/v1/a.yaml\nx: {{$ref: '{HOST}/v1/a.yaml#/y'}}\nz: {{$ref: a.yaml#/y}}\n"

    found = collect("openapi.yaml", tmp_path, {"openapi.yaml": text})

    assert (read(found), found.missing) == ({"openapi.yaml": text}, ())


def test_an_example_of_another_file_is_data(tmp_path: Path) -> None:
    files = {"openapi.yaml": HEAD + "e: {externalValue: a.json}\n", "a.json": '{"$ref": "b.json"}', "b.json": "1"}

    assert set(collect("openapi.yaml", tmp_path, files).files) == {"openapi.yaml", "a.json"}


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"{HOST}/openapi.json", "openapi.json"),
        (f"{HOST}/v3/api-docs", "api-docs.json"),
        (f"{HOST}/", "openapi.json"),
        (HOST, "openapi.json"),
        (f"{HOST}/a%20b:c.json?version=2", "a b-c.json"),
    ],
)
def test_a_fetched_document_has_a_name_that_tells_its_form(url: str, name: str, tmp_path: Path) -> None:
    assert collect(url, tmp_path, {url: "{}"}).documents.keys() == {name}


def test_what_came_from_the_network_names_no_file_of_this_machine(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("secret: 1\n")
    url = f"{HOST}/openapi.yaml"

    found = collect(url, tmp_path, {url: HEAD + f"a: {{$ref: {(tmp_path / 'mine.yaml').as_uri()}}}\n"})

    assert list(found.files) == ["openapi.yaml"]


LOCAL = (
    "127.0.0.1:81",
    "127.0.0.2",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0.0.0.0",
    "localhost",
    "LOCALHOST.",
    "a.localhost",
)
LINKED = ("[::1]", "[::]", "[::ffff:127.0.0.1]", "169.254.169.254", "[fe80::1]", "[::ffff:169.254.169.254]")


@pytest.mark.parametrize("host", [*LOCAL, *LINKED])
def test_a_document_of_the_network_asks_nothing_of_this_machine(host: str, tmp_path: Path) -> None:
    url, inner = f"{HOST}/openapi.yaml", f"http://{host}/secret.yaml"

    found = collect(url, tmp_path, {url: HEAD + f"a: {{$ref: '{inner}'}}\n", inner: "secret: 1\n"})

    assert list(found.files) == ["openapi.yaml"]


@pytest.mark.parametrize("host", ["10.0.0.1", "127.example.com", "localhost.example.com", "[2001:db8::1]"])
def test_a_document_of_the_network_may_name_other_hosts(host: str, tmp_path: Path) -> None:
    url, inner = f"{HOST}/openapi.yaml", f"http://{host}/other.yaml"

    assert len(collect(url, tmp_path, {url: HEAD + f"a: {{$ref: '{inner}'}}\n", inner: "a: 1\n"}).files) == 2


@pytest.mark.parametrize("limit", ["_MOST_FILES", "_MOST_BYTES"])
def test_documents_that_refer_on_for_ever_come_to_an_end(
    limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document_files, limit, 100)
    asked: list[str] = []

    def fetch(url: str) -> tuple[str, bytes]:
        asked.append(url)
        return url, f'{{"a": {{"$ref": "{len(asked)}.json"}}}}'.encode()

    found = collect_document(f"{HOST}/openapi.json", tmp_path, fetch)

    assert len(asked) <= 100
    assert [text.partition(":")[2].partition(": ")[2] for text in found.missing] == [
        "not fetched, since there are too many files, or too large ones, already"
    ]


@pytest.mark.parametrize("path", ["/%2e%2e", "/..%2f..%2fa", "/%2e%2e/%2e%2e/", "/."])
def test_no_address_leads_out_of_the_folder(path: str, tmp_path: Path) -> None:
    url = f"{HOST}{path}"

    [name] = collect(url, tmp_path, {url: "{}"}).files

    assert ".." not in name.split("/")
    assert name.endswith(".json")


def test_a_file_names_no_others_but_documents_outside_of_its_folder(tmp_path: Path) -> None:
    files = {
        "api/openapi.yaml": HEAD + "a: {$ref: text.md}\nb: {$ref: ../key}\nc: {$ref: ../c.yaml}\n",
        "api/text.md": "A text.",
        "key": "secret",
        "c.yaml": "c: 1",
    }

    assert set(collect("api/openapi.yaml", tmp_path, files).files) == set(files) - {"key"}


def test_what_cannot_be_brought_is_told_and_the_rest_is_there(tmp_path: Path) -> None:
    files = {"openapi.yaml": HEAD + f"a: {{$ref: {HOST}/gone.yaml}}\nb: {{$ref: gone.yaml}}\n"}

    found = collect("openapi.yaml", tmp_path, files)

    assert read(found) == files
    assert found.missing == (f"{HOST}/gone.yaml: the answer is 404, no document",)


def test_a_folder_stands_for_its_only_document(tmp_path: Path) -> None:
    files = {"a/doc.json": '{"info": {}, "swagger": "2.0"}', "a/b/other.yaml": "x: 1\n", "a/README.md": HEAD}

    assert set(collect("a", tmp_path, files).documents) == {"doc.json"}


_SEVERAL: dict[str, tuple[dict[str, str], set[str]]] = {
    "each of several": ({"a.yaml": HEAD, "b.json": '{"openapi": "3.1.0"}', "c.yaml": "x: 1\n"}, {"a.yaml", "b.json"}),
    "in folders": ({"a/api.yaml": HEAD, "b/api.yaml": HEAD}, {"a/api.yaml", "b/api.yaml"}),
    "those on top": ({"a.yaml": HEAD, "b.yaml": HEAD, "examples/c.yaml": HEAD}, {"a.yaml", "b.yaml"}),
    "the same in YAML and JSON": ({"a.json": '{"openapi": "3.1.0"}', "a.yaml": HEAD}, {"a.yaml"}),
    "the one that has the paths of the rest": (
        {"all.yaml": HEAD + "paths: {/a: {$ref: 'part.yaml#/paths/~1a'}}\n", "part.yaml": HEAD},
        {"all.yaml"},
    ),
    "those that share schemas": (
        {"a.yaml": HEAD, "b.yaml": HEAD + "x: {$ref: 'a.yaml#/components/schemas/A'}\n"},
        {"a.yaml", "b.yaml"},
    ),
    "one to whose operations another one links": (
        {"a.yaml": HEAD, "b.yaml": HEAD + "x: {operationRef: 'a.yaml#/paths/~1a/get'}\\n"},
        {"a.yaml", "b.yaml"},
    ),
    "those that have each other's paths": (
        {"a.yaml": HEAD + "x: {$ref: 'b.yaml#/paths'}\n", "b.yaml": HEAD + "x: {$ref: 'a.yaml#/paths'}\n"},
        {"a.yaml", "b.yaml"},
    ),
}


@pytest.mark.parametrize("name", sorted(_SEVERAL))
def test_a_folder_stands_for_its_documents(name: str, tmp_path: Path) -> None:
    files, expected = _SEVERAL[name]

    found = collect("in", tmp_path, {f"in/{path}": text for path, text in files.items()})

    assert set(found.documents) == expected
    assert set(found.files) == set().union(*found.documents.values())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere.yaml", "there is no such file"),
        ("empty", "has no OpenAPI document"),
        (f"{HOST}/gone", "the answer is 404"),
    ],
)
def test_a_source_that_is_none_is_refused(source: str, message: str, tmp_path: Path) -> None:
    files = {"empty/x.yaml": "a: 1\n"}

    with pytest.raises(UsageError, match=message):
        collect(source, tmp_path, files)
