"""The issuer and its web server: an independent verifier accepts the tokens."""

import threading
from functools import partial
from http.server import ThreadingHTTPServer

import jwt
import pytest
import urllib3

from infra.local.identity.issuer import Issuer
from infra.local.identity.users import USERS
from infra.local.portal.server import Web
from infra.local.state import StateDirectory


@pytest.fixture
def state(tmp_path):
    return StateDirectory(tmp_path)


@pytest.fixture
def issuer(state):
    """An issuer whose web server runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Web, None, state))
    issuer = Issuer.load(f"http://127.0.0.1:{server.server_port}", state.issuer_key)
    server.RequestHandlerClass = partial(Web, issuer, state)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield issuer
    server.shutdown()
    server.server_close()


def get(url, **options):
    return urllib3.request("GET", url, retries=False, **options)


def verify(token, issuer):
    discovery = get(f"{issuer.url}/.well-known/openid-configuration").json()
    key = jwt.PyJWKClient(discovery["jwks_uri"]).get_signing_key_from_jwt(token)
    return jwt.decode(token, key, algorithms=["ES256"], audience="authenticated", issuer=discovery["issuer"])


@pytest.mark.parametrize("name", USERS)
def test_a_token_is_verified_with_the_published_key(issuer, name):
    claims = verify(issuer.token(USERS[name]), issuer)
    assert claims["sub"] == str(USERS[name].user_id)
    assert (claims["role"], claims["email"]) == ("authenticated", USERS[name].user_email)


def test_the_token_endpoint_gives_one_for_a_known_user_alone(issuer):
    answer = urllib3.request("POST", f"{issuer.url}/token", json={"user": "brand"})
    assert verify(answer.json()["access_token"], issuer)["sub"] == str(USERS["brand"].user_id)
    for body in (b'{"user": "nobody"}', b"{}", b"[]", b"not JSON"):
        refusal = urllib3.request("POST", f"{issuer.url}/token", body=body)
        assert refusal.status == 400
        assert "brand, retailer, retailer2, admin" in refusal.json()["detail"]


def test_a_token_ends(issuer):
    with pytest.raises(jwt.ExpiredSignatureError):
        verify(issuer.token(USERS["brand"], lifetime=-1), issuer)


def test_the_key_stays_and_is_private(issuer, state):
    again = Issuer.load(issuer.url, state.issuer_key)
    assert again.jwks() == issuer.jwks()
    assert state.issuer_key.stat().st_mode & 0o077 == 0
    assert "d" not in again.jwks()["keys"][0]
