"""The checked-in OpenAPI document matches the code, and is good enough to generate a client from."""

from __future__ import annotations

import json
from types import ModuleType
from typing import Literal

import openapi_spec_validator
import pytest

from infra.cli import openapi as openapi_command
from infra.cli.contract.schemas import named_enums, reachable
from infra.cli.contract.words import MEANINGS, SELF_EVIDENT, speaks_for_itself

pytestmark = pytest.mark.thorough


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
            is_public = path.startswith(("/shares/", "/conversions/hooks/", "/social-deletions/", "/health"))
            assert (operation["security"] == []) == is_public, path


def test_every_operation_with_a_token_may_choose_an_account():
    document = openapi_command.document()
    assert document["components"]["parameters"]["Account"]["name"] == "X-DDP-Account"
    for path, operations in document["paths"].items():
        for operation in operations.values():
            chooses = {"$ref": "#/components/parameters/Account"} in operation.get("parameters", [])
            assert chooses == (operation["security"] != []), path


def test_the_document_is_valid_openapi():
    openapi_spec_validator.validate(openapi_command.document())


def test_every_answer_is_declared():
    document = openapi_command.document()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            declared = set(operation["responses"])
            assert {"422", "429", "500", "503"} <= declared, path
            assert ({"401", "403"} <= declared) == (operation["security"] != []), path
            assert "404" in declared or "{" not in path, path
            assert "409" in declared or method == "get", path
            assert ({"413", "415"} <= declared) == ("requestBody" in operation), path
    assert "302" in document["paths"]["/shares/{token}/download"]["get"]["responses"]
    assert "404" in document["paths"]["/product-imports"]["post"]["responses"], "its body names a file"
    assert "404" not in document["paths"]["/retailer-groups"]["post"]["responses"]


def test_pages_of_public_links_are_declared():
    paths = openapi_command.document()["paths"]
    shown, download = (
        paths[path]["get"]["responses"] for path in ("/shares/{token}", "/shares/{token}/download")
    )
    assert set(shown["200"]["content"]) == {"application/json", "text/html"}
    # The gateway's own answer to what cannot be a path is JSON.
    assert set(shown["404"]["content"]) == {"application/json", "application/problem+json", "text/html"}
    assert "text/html" in download["503"]["content"]
    deletion = paths["/social-deletions/{code}"]["get"]["responses"]
    assert all("text/html" in deletion[status]["content"] for status in ("200", "404", "503"))


def test_every_body_has_an_example_and_no_defaults():
    document = openapi_command.document()
    operations = [o for path in document["paths"].values() for o in path.values()]
    bodies = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    assert all(content["example"] for body in bodies for content in body["content"].values())
    schemas = document["components"]["schemas"]
    for name in reachable(bodies, schemas):
        assert all("default" not in field for field in schemas[name].get("properties", {}).values()), name


def test_changes_need_a_field_and_enums_have_names():
    schemas = openapi_command.document()["components"]["schemas"]
    assert schemas["CampaignChange"]["minProperties"] == 1
    assert "delivered" in schemas["SendStatus"]["enum"]
    assert schemas["Send"]["properties"]["status"]["$ref"] == "#/components/schemas/SendStatus"


def test_every_list_has_a_cursor():
    """Except those of bounded length: parts of one upload, top lists of ten, settings of retention, countries, kits."""
    document = openapi_command.document()
    without = {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        for schema in results(operation, document["components"]["schemas"])
        if "items" in schema.get("properties", {}) and "next_cursor" not in schema["properties"]
    }
    tops = {f"top{what}" for what in ("Assets", "Retailers", "Templates", "Campaigns", "Wishes")}
    kits = {"listCampaignItems", "orderCampaignItems", "getCampaignActivation"}
    assert without == {"requestParts", "listParts", "listRetention", "getSmsCountries"} | tops | kits


def results(operation, schemas):
    """The schemas of an operation's JSON results."""
    for status, answer in operation["responses"].items():
        content = answer.get("content", {}).get("application/json", {})
        if status.startswith("2"):
            for schema in content["schema"].get("anyOf", [content["schema"]]):
                yield schemas[schema["$ref"].rsplit("/", 1)[1]]


def test_one_set_of_words_has_one_name():
    module = ModuleType("module")
    module.First = Literal["a", "b"]
    module.Second = Literal["a", "b"]
    with pytest.raises(ValueError, match="First and Second"):
        named_enums(iter([module]))


def test_every_meaning_is_of_a_field():
    schemas = openapi_command.document()["components"]["schemas"]
    fields = {name for schema in schemas.values() for name in schema.get("properties", {})}
    assert MEANINGS.keys() <= fields
    assert fields >= SELF_EVIDENT
    assert not SELF_EVIDENT & MEANINGS.keys()


def test_every_field_and_parameter_says_what_it_is():
    document = openapi_command.document()
    fields = [
        (f"{schema_name}.{name}", name, field)
        for schema_name, schema in document["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
    ]
    parameters = [
        (f"{operation['operationId']} {parameter['name']}", parameter["name"], parameter)
        for path in document["paths"].values()
        for operation in path.values()
        for parameter in operation.get("parameters", [])
        if "name" in parameter  # else it refers to one that all operations share
    ]
    silent = [
        place
        for place, name, part in fields + parameters
        if not speaks_for_itself(name) and not described(part, document["components"]["schemas"])
    ]
    assert silent == []


def described(part, schemas):
    """Whether it has a description, or the object that it consists of."""
    refers_to = part.get("$ref", "").rsplit("/", 1)[-1]
    return "description" in part or "description" in schemas.get(refers_to, {})
