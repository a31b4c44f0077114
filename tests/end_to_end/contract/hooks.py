"""What Schemathesis knows about this API besides its document. It imports this module in a process of its own.

DDP_CONTRACT is a JSON object: `ids`, lists of ids by the name of the parameter or field, of the caller and of another
tenant; `account`, the caller's own id; `mark`, a word that stands in all that the other tenant has; `is_let_in`,
whether the token holds.
"""

from __future__ import annotations

import json
import os
from typing import Any
from uuid import uuid4

import schemathesis

CONTRACT = json.loads(os.environ["DDP_CONTRACT"])
REFUSED = {401, 403}


@schemathesis.hook
def before_load_schema(_context: Any, document: dict[str, Any]) -> None:
    """Leave out cursors, which no schema can describe; name accounts and ids that there are, beside any others."""
    document["components"]["parameters"]["Account"]["schema"]["enum"] = [CONTRACT["account"]]
    for path in document["paths"].values():
        for operation in path.values():
            parameters = operation.get("parameters", [])
            operation["parameters"] = [p for p in parameters if p.get("name") != "cursor"]
            for parameter in operation["parameters"]:
                if "name" in parameter:
                    parameter["schema"] = _with_ids(parameter["name"], parameter["schema"])
    for schema in document["components"]["schemas"].values():
        fields = schema.get("properties", {})
        if schema.get("additionalProperties") is False:  # a request
            fields.update({name: _with_ids(name, field) for name, field in fields.items()})


def _with_ids(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of an id, with ids that there are as likely as any other."""
    ids = CONTRACT["ids"].get(name)
    return {"anyOf": [{"enum": ids}, schema]} if ids and schema.get("format") == "uuid" else schema


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Give each good request a key of its own: one that is used again belongs to the first request."""
    if case.meta.generation.mode.is_positive and "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = uuid4().hex


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
    """Accept the gateway's own 404, which is not a problem document: for a method that no route of a capability has,
    where 405 is expected, and for a path with a line break, which matches no route. And where 405 is expected, that a
    word of the path is no id: the method is that of another operation, whose path has an id there.
    """
    code = getattr(failure, "code", "")
    if code == "ST204" and response.status_code == 422 and "must be an id" in response.text:
        return False
    is_gateways = response.status_code == 404 and response.json() == {"message": "Not Found"}
    is_about_it = "405" in failure.message or code == "ST105"
    return not (is_gateways and is_about_it)


@schemathesis.check
def shows_nothing_of_another_tenant(_context: Any, response: Any, _case: Any) -> None:
    """No answer has the other tenant's mark."""
    if CONTRACT["mark"]:
        assert CONTRACT["mark"] not in response.text, "a row of another tenant"


@schemathesis.check
def refuses_a_token_that_does_not_hold(_context: Any, response: Any, case: Any) -> None:
    """Without a token that holds, only public operations do anything."""
    # A shop's report needs no token: its signature is looked at after its form.
    if not CONTRACT["is_let_in"] and not case.path.startswith(("/shares/", "/conversions/hooks/")):
        assert response.status_code in REFUSED | {404, 405, 413}, "let in"
