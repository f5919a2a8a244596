"""Typos of credentials, tables, captures, parts, conditions: told in their line, nine of ten with what was meant."""

from pathlib import Path

import pytest

from helpers.small_projects import check
from helpers.typos import Typo, find_untold, mean

SPEC = """\
openapi: 3.1.0
info: {title: Shop, version: "1"}
components:
  securitySchemes:
    bearer: {type: http, scheme: bearer}
    oauth: {type: oauth2, flows: {clientCredentials: {tokenUrl: /token, scopes: {}}}}
paths:
  /login:
    post:
      operationId: login
      x-effect: read
      requestBody:
        content:
          application/json:
            schema: {type: object, properties: {user: {type: string}}, additionalProperties: false}
      responses:
        "200":
          description: ok
          headers: {X-Session: {schema: {type: string}}}
          content:
            application/json:
              schema: {type: object, properties: {token: {type: string}, next: {type: string}}}
  /jobs/{id}:
    get:
      operationId: getJob
      security: [{bearer: []}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: integer}}
        - {name: X-Trace, in: header, schema: {type: string}}
      responses:
        "200":
          description: ok
          content:
            application/json:
              schema:
                type: object
                properties:
                  state: {enum: [queued, running, done]}
                  items: {type: array, items: {type: object, properties: {sku: {type: string}}}}
  /files:
    post:
      operationId: upload
      security: [{oauth: []}]
      requestBody:
        content:
          multipart/form-data:
            schema:
              type: object
              properties: {picture: {type: string, format: binary}, title: {type: string}}
              additionalProperties: false
      responses: {"201": {description: ok}}
    get:
      operationId: listFiles
      responses: {"200": {description: ok, content: {application/xml: {}, text/csv: {}}}}
"""
SETTINGS = """\
version: 1
specs: {shop: spec.yaml}
contracts: contracts
default_environment: test
environments:
  test:
    base_url: https://test.example.com
    credentials:
      bearer: {from: login, value: "Token ${token}"}
      oauth:
        {client_id: me, client_secret: $SECRET, scopes: [read], token_url: /token,
         token_endpoint_auth_method: client_secret_post}
      staff: {username: ann, password: $SECRET}
    headers: {X-Client: tests}
    latency: 5s
    hook_timeout: 5m
    writes: allow
"""
CONTRACT = """\
contract: jobs
title: Jobs
spec: shop
source: {document: handbook.md}
defaults: {auth: bearer, latency: 4s, tags: [jobs], cookies: keep}
variables: {day: "${today+1d:%d.%m.%Y}", stamp: "${now-2h:unix_ms}"}
scenarios:
  - id: login
    title: A login
    steps:
      - name: log in
        operation: login
        body: {user: ann}
        expect: {headers: {X-Session: {pattern: "^s"}}, sha256: "${hash}", bytes: {maximum: 100}}
        capture:
          token: {path: $.token, take: only}
          session: {header: X-Session}
          sid: {cookie: sid}
          code: {text: "code=([a-z]+)", take: first}
          next: $.next
    skip: {because: of it, environments: [test], until: 2030-01-01}
  - id: job
    title: A job ends
    needs: {in: login}
    exclusive: queue
    each: [{name: small, id: 1, wanted: done}, {name: large, id: 2, wanted: done}]
    steps:
      - name: wait
        operation: getJob
        parameters: {id: "${row.id}", X-Trace: "${uuid.2}"}
        headers: {X-Session: "${in.session}"}
        expect: {body: {$.state: "${row.wanted}", "$.items[0].sku": "${random.6}"}}
        capture: {state: $.state, items: $.items}
        retry: {until: expect, every: 1s, for: 30s, give_up: {$.state: {enum: [queued]}}}
      - name: again
        operation: getJob
        parameters: {id: 1}
        when: {this: "${state}", is: done}
        expect:
          relations:
            - same_items: {this: "$.items[*].sku", as: "${items}"}
            - every: {this: "$.items[*].sku", is: {type: string}}
      - name: follow
        operation: getJob
        url: "${in.next}"
        expect: {status: [200]}
    cleanup:
      - {name: undo, operation: getJob, parameters: {id: 3}, auth: none, invalid_request: false}
    known:
      - environments: [test]
        step: again
        observed: {check: body_schema, path: $.state}
        because: so
        until: 2027-01-01
  - id: files
    title: Files
    tags: [slow]
    steps:
      - operation: upload
        media_type: multipart/form-data
        body: {title: a, picture: {file: data/a.png, filename: a.png, media_type: image/png}}
        auth: oauth
      - operation: listFiles
        accept: application/xml
        expect:
          read_as: text/csv
          namespaces: {a: urn:a}
          xml: {"//a:file/@name": x, "count(//a:file)": {minimum: 1}}
          text: {pattern: "^<"}
"""
FINDINGS = """\
contract: empty
spec: shop
properties: {known: [{operation: getJob, check: ignored_auth, because: so, until: 2027-01-01}]}
"""
FILES = {
    "contracts.yaml": SETTINGS,
    "spec.yaml": SPEC,
    "contracts/orders.yaml": CONTRACT.replace("${hash}", "0" * 64),
    "contracts/warehouse.yaml": FINDINGS,
    "data/a.png": "x",
}
VARIABLES = {"SECRET": "s-1234567"}

S, C, W = "contracts.yaml", "contracts/orders.yaml", "contracts/warehouse.yaml"
TYPOS = [
    Typo(S, "from: login", "form: login", mean("from")),
    Typo(S, "from: login", "from: logn", mean("login")),
    Typo(S, "${token}", "${tokn}", mean("token")),
    Typo(S, "Token ${token}", "Token ${token", "write ${token}"),
    Typo(S, "client_secret: $", "client_sceret: $", mean("client_secret")),
    Typo(S, "scopes: [read]", "scope: [read]", mean("scopes")),
    Typo(S, "token_url: /token", "token_uri: /token", mean("token_url")),
    Typo(S, "method: client_secret_post", "method: client_secret_pots", mean("client_secret_post")),
    Typo(S, "      oauth:", "      oauht:", "oauth"),
    Typo(S, "username: ann", "usrname: ann", mean("username")),
    Typo(S, "    headers: {X", "    header: {X", mean("headers")),
    Typo(S, "    latency: 5s", "    latancy: 5s", mean("latency")),
    Typo(S, "hook_timeout: 5m", "hook_timeout: 5min", "with ms, s, m, h or d"),
    Typo(C, "defaults: {", "default: {", mean("defaults")),
    Typo(C, "cookies: keep", "cookies: kep", mean("keep")),
    Typo(C, "{auth: bearer, l", "{auth: baerer, l", mean("bearer")),
    Typo(C, "today+1d", "todya+1d", mean("today")),
    Typo(C, ":unix_ms}", ":unixms}", "unix_ms"),
    Typo(C, "{user: ann}", "{usr: ann}", "user"),
    Typo(C, 'X-Session: {pattern: "^s"', 'X-Sesion: {pattern: "^s"', mean("X-Session")),
    Typo(C, "take: only", "take: onyl", mean("only")),
    Typo(C, "{header: X-Session}", "{heder: X-Session}", mean("header")),
    Typo(C, "{cookie: sid}", "{cookies: sid}", mean("cookie")),
    Typo(C, "code=([a-z]+)", "code=[a-z]+", "(…)"),
    Typo(C, "because: of it", "becasue: of it", mean("because")),
    Typo(C, "environments: [test], until: 2030", "environments: [tset], until: 2030", mean("test")),
    Typo(C, "needs: {in: login}", "needs: {in: log}", mean("login")),
    Typo(C, "exclusive: queue", "exclusiv: queue", mean("exclusive")),
    Typo(C, "    each: [", "    eachs: [", mean("each")),
    Typo(C, '{id: "${row.id}"', '{id: "${row.idd}"', mean("id")),
    Typo(C, "${row.wanted}", "${row.wnated}", mean("wanted")),
    Typo(C, "name: large", "nmae: large", "Did you mean 'name'"),
    Typo(C, 'X-Trace: "${uuid', 'X-Trcae: "${uuid', mean("X-Trace")),
    Typo(C, 'headers: {X-Session: "${in.session', 'headers: {X-Trase: "${in.session', "X-Trace"),
    Typo(C, "${in.session}", "${in.sesion}", mean("session")),
    Typo(C, "give_up:", "giveup:", mean("give_up")),
    Typo(C, "enum: [queued]", "enum: [qeued]", "queued"),
    Typo(C, "until: expect", "until: expects", mean("expect")),
    Typo(C, 'this: "${state}", is', 'this: "${stat}", is', mean("state")),
    Typo(C, "is: done}", "si: done}", mean("is")),
    Typo(C, "same_items:", "sameitems:", mean("same_items")),
    Typo(C, 'as: "${items}"', 'as: "${item}"', mean("items")),
    Typo(C, 'url: "${in.next}"', 'url: "${in.nxt}"', mean("next")),
    Typo(C, "step: again", "step: agian", mean("again")),
    Typo(C, "check: body_schema", "check: body_shema", mean("body_schema")),
    Typo(C, "path: $.state}", "path: .state}", "$.state"),
    Typo(C, "invalid_request: false", "invalid_requst: false", mean("invalid_request")),
    Typo(C, "media_type: multipart/form-data", "media_type: multipart/formdata", "multipart/form-data"),
    Typo(C, "picture: {file", "pictur: {file", "picture"),
    Typo(C, "filename: a.png", "filname: a.png", mean("filename")),
    Typo(C, "data/a.png", "data/b.png", mean("data/a.png")),
    Typo(C, "accept: application/xml", "accept: xml", "such as application/pdf"),
    Typo(C, "read_as: text/csv", "read_as: text/cvs", "text/csv"),
    Typo(C, '"//a:file/@name"', '"//b:file/@name"', "namespaces"),
    Typo(C, "count(//a:file)", "coutn(//a:file)", mean("count")),
    Typo(C, '"//a:file/@name"', '"//a:file/@name["', ""),
    Typo(C, "text: {pattern", "text: {patern", mean("pattern")),
    Typo(C, "tags: [slow]", "tag: [slow]", mean("tags")),
    Typo(W, "operation: getJob", "operation: getJbo", mean("getJob")),
    Typo(W, "check: ignored_auth", "check: ignored_aut", mean("ignored_auth")),
]


@pytest.mark.thorough
def test_nine_of_ten_typos_are_told_with_what_was_meant(tmp_path: Path) -> None:
    right = check(tmp_path / "right", FILES, variables=VARIABLES)
    assert not any(each.severity == "error" for each in right)

    untold, unmeant, repeated = find_untold(tmp_path, FILES, TYPOS, VARIABLES)

    assert len(TYPOS) >= 55
    # A credential that nobody asks for is told where it is missing.
    assert [typo.wrong.strip() for typo in untold] == ["oauht:"]
    assert [typo.wrong for typo in repeated] == ["media_type: multipart/formdata"]
    assert len(unmeant) * 10 <= len(TYPOS), unmeant
