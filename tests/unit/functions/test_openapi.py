"""The checked-in OpenAPI document matches the code, and is good enough to generate a client from."""

from __future__ import annotations

import json

from infra.cli import openapi as openapi_command


def test_the_checked_in_document_is_current():
    checked_in = json.loads(openapi_command.CHECKED_IN.read_text())
    assert openapi_command.document() == checked_in, "run `ddp generate`"


def test_every_operation_has_a_name_a_group_and_words():
    operations = [o for path in openapi_command.document()["paths"].values() for o in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) > 20
    assert all(operation["tags"] and operation["summary"] for operation in operations)


def test_only_public_links_need_no_token():
    for path, operations in openapi_command.document()["paths"].items():
        for operation in operations.values():
            assert (operation["security"] == []) == path.startswith("/shares/"), path


def test_every_operation_with_a_token_may_choose_an_account():
    document = openapi_command.document()
    assert document["components"]["parameters"]["Account"]["name"] == "X-DDP-Account"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            chooses = {"$ref": "#/components/parameters/Account"} in operation.get("parameters", [])
            assert chooses == (operation["security"] != []), path
