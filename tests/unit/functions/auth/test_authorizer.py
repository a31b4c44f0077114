"""The authorizer against a test issuer: which tokens pass and which must not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.server
import json
import threading
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from functions.auth import authorizer
from tests import lambdas

SUBJECT = "0b7cbb1e-5a0e-4b6e-9c56-6d7d5a9d2c01"


class Issuer(http.server.ThreadingHTTPServer):
    """Serves a key set and counts how often it is fetched."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.fetches = 0
        self.body = b""
        self.url = f"http://127.0.0.1:{self.server_address[1]}/jwks.json"

    def publish(self, **keys: object) -> None:
        """The public halves of these private keys, by key id."""
        jwks = []
        for kid, key in keys.items():
            algorithm = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
            jwk = algorithm.to_jwk(key.public_key(), as_dict=True)
            jwks.append(
                jwk | {"kid": kid, "use": "sig", "alg": "RS256" if algorithm is RSAAlgorithm else "ES256"}
            )
        self.body = json.dumps({"keys": jwks}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.fetches += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def es256():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture(scope="module")
def rs256():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def issuer(monkeypatch, es256, rs256):
    with Issuer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        server.publish(ec=es256, rsa=rs256)
        monkeypatch.setenv("DDP_STAGE", "local")
        monkeypatch.setattr(authorizer, "JWKS_URL", server.url)
        monkeypatch.setattr(authorizer, "keys", authorizer.key_client())
        yield server
        server.shutdown()
        thread.join()


def token(key, kid="ec", algorithm="ES256", **changes):
    now = int(time.time())
    claims = {"sub": SUBJECT, "iss": lambdas.ISSUER, "aud": lambdas.AUDIENCE, "iat": now, "exp": now + 3600}
    claims = {k: v for k, v in (claims | changes).items() if v is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


def authorize(bearer: str | None) -> dict[str, object]:
    event = lambdas.sample("auth/authorize")
    del event["headers"]["authorization"]
    if bearer is not None:
        event["headers"]["authorization"] = bearer
    return authorizer.handler(event, lambdas.Context())


@pytest.mark.parametrize("kid", ["ec", "rsa"])
def test_a_good_token_passes_with_its_claims(issuer, es256, rs256, kid):
    key, algorithm = (es256, "ES256") if kid == "ec" else (rs256, "RS256")

    answer = authorize(f"Bearer {token(key, kid, algorithm, role='authenticated')}")

    assert answer["isAuthorized"] is True
    claims = json.loads(answer["context"]["claims"])
    assert (claims["sub"], claims["role"]) == (SUBJECT, "authenticated")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://somebody.else.example.com"},
        {"iss": None},
        {"aud": "another-application"},
        {"aud": None},
        {"exp": None},
        {"exp": "soon"},
        {"exp": int(time.time()) - 60, "aud": "another-application"},
        {"iat": None},
        {"iat": int(time.time()) + 86_400},
        {"nbf": int(time.time()) + 86_400},
        {"sub": None},
        {"sub": 42},
    ],
    ids=lambda changes: ", ".join(f"{name} {type(value).__name__}" for name, value in changes.items()),
)
def test_claims_that_do_not_hold_are_denied(issuer, es256, changes):
    assert authorize(f"Bearer {token(es256, **changes)}") == {"isAuthorized": False}


def test_a_clock_that_is_slightly_off_is_tolerated(issuer, es256):
    just_over = int(time.time()) - 10
    assert authorize(f"Bearer {token(es256, exp=just_over)}")["isAuthorized"] is True


@pytest.mark.parametrize(("age", "is_expired"), [(-3600, False), (10, False), (60, True), (86_400, True)])
def test_an_expired_token_passes_but_is_marked(issuer, es256, age, is_expired):
    """The functions answer it with 401; a denial would be answered with 403."""
    answer = authorize(f"Bearer {token(es256, exp=int(time.time()) - age)}")
    assert (answer["isAuthorized"], answer["context"]["is_expired"]) == (True, is_expired)


def test_an_expired_token_of_another_key_is_denied(issuer):
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert authorize(f"Bearer {token(stranger, exp=int(time.time()) - 60)}") == {"isAuthorized": False}


def test_no_algorithm_is_denied(issuer):
    assert authorize(f"Bearer {token(None, algorithm='none')}") == {"isAuthorized": False}


@pytest.mark.parametrize("kid", ["ec", "rsa"])
def test_the_public_key_as_an_hmac_secret_is_denied(issuer, es256, rs256, kid):
    private = es256 if kid == "ec" else rs256
    secret = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    unsigned = token(es256).split(".")[1]
    header = _segment({"alg": "HS256", "typ": "JWT", "kid": kid})
    signature = hmac.new(secret, f"{header}.{unsigned}".encode(), hashlib.sha256).digest()
    forged = f"{header}.{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
    assert authorize(f"Bearer {forged}") == {"isAuthorized": False}


def test_a_key_of_another_algorithm_is_denied(issuer, rs256):
    assert authorize(f"Bearer {token(rs256, 'ec', 'RS256')}") == {"isAuthorized": False}


def test_a_signature_by_another_key_is_denied(issuer):
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert authorize(f"Bearer {token(stranger)}") == {"isAuthorized": False}


def test_an_algorithm_that_is_not_listed_is_denied(issuer, rs256):
    assert authorize(f"Bearer {token(rs256, 'rsa', 'RS512')}") == {"isAuthorized": False}


@pytest.mark.parametrize(
    "bearer", [None, "", "Bearer", "Bearer ", "Basic dTpw", "Bearer a.b.c", "Bearer ☃", "nonsense"]
)
def test_what_is_no_token_is_denied(issuer, bearer):
    assert authorize(bearer) == {"isAuthorized": False}


def test_an_oversized_token_is_denied_unread(issuer, es256):
    huge = token(es256, filler="x" * authorizer.TOKEN_LIMIT)
    assert authorize(f"Bearer {huge}") == {"isAuthorized": False}
    assert issuer.fetches == 0


def test_a_rotated_key_is_fetched_once_and_then_passes(issuer, es256, monkeypatch):
    monkeypatch.setattr(authorizer.keys, "cooldown_duration", 0)
    assert authorize(f"Bearer {token(es256)}")["isAuthorized"] is True
    rotated = ec.generate_private_key(ec.SECP256R1())
    issuer.publish(ec=es256, new=rotated)

    assert authorize(f"Bearer {token(rotated, 'new')}")["isAuthorized"] is True
    assert authorize(f"Bearer {token(rotated, 'new')}")["isAuthorized"] is True
    assert issuer.fetches == 2


def test_forged_key_ids_do_not_flood_the_issuer(issuer, es256):
    for number in range(20):
        assert authorize(f"Bearer {token(es256, f'forged-{number}')}") == {"isAuthorized": False}
    assert authorize(f"Bearer {token(es256, None)}") == {"isAuthorized": False}
    assert issuer.fetches <= 2


def test_an_unreachable_issuer_is_an_error_and_neither_entrance_nor_denial(issuer, es256, monkeypatch):
    monkeypatch.setattr(authorizer, "JWKS_URL", "http://127.0.0.1:1/jwks.json")
    monkeypatch.setattr(authorizer, "keys", authorizer.key_client())
    with pytest.raises(jwt.exceptions.PyJWKClientConnectionError):
        authorize(f"Bearer {token(es256)}")


def test_an_issuer_that_serves_nonsense_is_an_error(issuer, es256):
    issuer.body = b"{}"
    with pytest.raises(jwt.exceptions.PyJWTError):
        authorize(f"Bearer {token(es256)}")


def test_an_unreachable_issuer_does_not_matter_while_its_keys_are_cached(issuer, es256, monkeypatch):
    assert authorize(f"Bearer {token(es256)}")["isAuthorized"] is True
    monkeypatch.setattr(authorizer.keys, "uri", "http://127.0.0.1:1/jwks.json")
    assert authorize(f"Bearer {token(es256)}")["isAuthorized"] is True


def test_a_new_key_id_while_the_issuer_is_away_is_an_error_and_no_denial(issuer, es256, monkeypatch):
    monkeypatch.setattr(authorizer.keys, "cooldown_duration", 0)
    assert authorize(f"Bearer {token(es256)}")["isAuthorized"] is True
    monkeypatch.setattr(authorizer.keys, "uri", "http://127.0.0.1:1/jwks.json")
    with pytest.raises(jwt.exceptions.PyJWKClientConnectionError):
        authorize(f"Bearer {token(es256, 'new')}")


@pytest.mark.parametrize("stage", ["dev", "staging", "prod"])
def test_plain_http_is_refused_outside_stage_local(issuer, stage, monkeypatch):
    monkeypatch.setenv("DDP_STAGE", stage)
    with pytest.raises(authorizer.InsecureIssuer):
        authorizer.key_client()


def _segment(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
