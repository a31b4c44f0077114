"""Every operation against tokens that do not hold and requests that make no sense: it refuses, and never fails."""

from __future__ import annotations

import json
import time
from itertools import count
from typing import Any
from uuid import uuid4

import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import ec

from infra.local.identity.issuer import AUDIENCE, KEY_ID, Issuer
from infra.local.identity.users import USERS

from .conftest import RunningStack
from .http_requests import ask
from .test_http_edge import OPENAPI

OPERATIONS = [
    (method.upper(), path, operation)
    for path, item in OPENAPI["paths"].items()
    for method, operation in item.items()
    if method in {"get", "post", "put", "patch", "delete"}
]

# What stands for an id. Each is one segment of a path.
IDS = ["x", "%00", "..%2f..", "%F0%9F%92%A9", "null", "-1", "9" * 400, "%27%20or%201=1--", "%FF"]
QUERIES = [
    "cursor=x",
    "cursor=%00",
    "cursor=eyJhIjoxfQ",
    "limit=0",
    "limit=-1",
    "limit=1e9",
    "limit=%00",
    "q=%00",
    "scope=%F0%9F%92%A9",
]
BODIES: list[tuple[bytes, dict[str, str]]] = [
    (body, {"Content-Type": "application/json"})
    for body in (
        b"",
        b"{",
        b"null",
        b"[]",
        b'""',
        b"1e999",
        b"NaN",
        b'{"":"\\u0000"}',
        b'{"a":"\\ud800"}',
        b"\xff\xfe{}",
        b"[" * 100_000,
        b'{"a":' * 20_000,
        b"1" * 5_000,
        b"{}" * 2,
        b'{"' + b"x" * 250_000 + b'":1}',
    )
] + [
    (b"{}", {"Content-Type": kind})
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "application/json; charset=none-such",
        "application/json; charset=\x7f",
        "application/xml",
        ";",
    )
]
# Values that no field takes, tried for each field of a body by itself.
VALUES = [None, True, -1, 1e300, "\0", "x" * 200_000, [], {}, [[]], [{"x": "\ud800"}]]


def named(path: str, value: str) -> str:
    """The path with the same value for each of its parameters."""
    return "/".join(value if part.startswith("{") else part for part in path.split("/"))


def fields(operation: dict[str, Any]) -> list[str]:
    """The fields of an operation's JSON body."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    while "$ref" in schema:
        schema = OPENAPI["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return list(schema.get("properties", {}))


def refused(answer: urllib3.BaseHTTPResponse) -> bool:
    """Whether the answer is not a failure of ours; a refusal is a problem document, or the gateway's own."""
    if answer.status < 400:
        return True
    return answer.status < 500 and answer.headers["Content-Type"] in (
        "application/problem+json",
        "application/json",  # the gateway's own
        "text/html; charset=utf-8",  # pages for people
    )


class TestTokens:
    """No operation but the public ones does anything for a token that does not hold."""

    def tokens(self, stack: RunningStack) -> dict[str, str]:
        issuer = Issuer.load(stack.urls["Token issuer"], stack.directory.issuer_key)
        now = int(time.time())
        claims = {
            "iss": stack.urls["Token issuer"],
            "aud": AUDIENCE,
            "sub": str(USERS["admin"].user_id),
            "role": "service_role",
            "iat": now - 120,
            "exp": now + 600,
        }
        header = {"kid": KEY_ID}
        good = jwt.encode(claims, issuer.key, algorithm="ES256", headers=header)
        head, body, signature = good.split(".")
        return {
            "none": "",
            "garbage": "x.y.z",
            "unsigned": jwt.encode(claims, None, algorithm="none", headers=header),
            "unsigned by cutting": f"{head}.{body}.",
            "another signature": f"{head}.{body}.{signature[::-1]}",
            "another key": jwt.encode(
                claims, ec.generate_private_key(ec.SECP256R1()), algorithm="ES256", headers=header
            ),
            "a shared secret": jwt.encode(claims, "x" * 32, algorithm="HS256", headers=header),
            "expired": jwt.encode(claims | {"exp": now - 60}, issuer.key, algorithm="ES256", headers=header),
            "another audience": jwt.encode(
                claims | {"aud": "x"}, issuer.key, algorithm="ES256", headers=header
            ),
            "another issuer": jwt.encode(
                claims | {"iss": "https://x.example"}, issuer.key, algorithm="ES256", headers=header
            ),
        }

    def test_no_operation_lets_one_in(self, stack: RunningStack):
        anonymous = stack.client()
        let_in = []
        for kind, token in self.tokens(stack).items():
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            for method, path, operation in OPERATIONS:
                if operation.get("security") == []:
                    continue
                answer = ask(anonymous, method, named(path, str(uuid4())), {}, **headers)
                if answer.status not in (401, 403):
                    let_in.append((kind, method, path, answer.status))
        assert let_in == []


@pytest.mark.parametrize("user", ["brand", pytest.param("admin", marks=pytest.mark.slow)])
class TestNonsense:
    """Whatever is wrong with a request, the answer says so: no operation fails with 5xx."""

    def test_ids(self, stack: RunningStack, user: str):
        client = stack.client(user)
        wrong = []
        for method, path, _ in OPERATIONS:
            if "{" not in path:
                continue
            for value in IDS:
                answer = ask(client, method, named(path, value), {})
                if answer.status < 400 or not refused(answer):
                    wrong.append((method, path, value, answer.status))
        assert wrong == []

    def test_queries(self, stack: RunningStack, user: str):
        client = stack.client(user)
        wrong = []
        for method, path, _ in OPERATIONS:
            if method != "GET":
                continue
            for query in QUERIES:
                answer = ask(client, method, f"{named(path, str(uuid4()))}?{query}")
                if not refused(answer):
                    wrong.append((path, query, answer.status))
        assert wrong == []

    def test_bodies(self, stack: RunningStack, user: str):
        client = stack.client(user)
        http = urllib3.PoolManager(retries=False, timeout=60)
        wrong = []
        for method, path, _ in OPERATIONS:
            if method in ("GET", "DELETE"):
                continue
            for body, headers in BODIES:
                sent = {**headers, "Authorization": f"Bearer {client.token}"}
                url = client.api_url + named(path, str(uuid4()))
                answer = http.request(method, url, body=body, headers=sent)
                if not refused(answer):
                    wrong.append((method, path, body[:20], headers, answer.status))
        assert wrong == []

    @pytest.mark.parametrize("step", [3, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
    def test_fields(self, stack: RunningStack, user: str, step: int):
        """Each field with every third value, the next field with the next third; at length, with all values."""
        client, place = stack.client(user), count()
        wrong = []
        for method, path, operation in OPERATIONS:
            for field in fields(operation):
                for value in VALUES[next(place) % step :: step]:
                    answer = ask(client, method, named(path, str(uuid4())), {field: value})
                    if not refused(answer):
                        wrong.append((method, path, field, json.dumps(value)[:20], answer.status))
        assert wrong == []
