"""The local OpenID Connect issuer: signs development tokens with ES256, as Supabase does.

The deployed authorizer verifies these tokens with the published key, as in any other stage. The private key stays in
the state directory.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from infra.local.identity.users import LocalUser

AUDIENCE: Final = "authenticated"
KEY_ID: Final = "local"
LIFETIME_SECONDS: Final = 8 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Signs tokens as `url`; `web.py` serves the documents that it publishes."""

    url: str
    key: ec.EllipticCurvePrivateKey

    @classmethod
    def load(cls, url: str, key_file: Path) -> Issuer:
        """Read the key from this file; the first use creates it, readable by its owner only."""
        if not key_file.exists():
            _create_key(key_file)
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(
                f"{key_file} does not hold an elliptic-curve key; delete the file to get a new one."
            )
        return cls(url=url, key=key)

    @property
    def jwks_url(self) -> str:
        """URL of the public key."""
        return f"{self.url}/.well-known/jwks.json"

    def token(self, user: LocalUser, *, lifetime: int = LIFETIME_SECONDS) -> str:
        """An access token for a user, with the claims of Supabase's tokens; `lifetime` is in seconds."""
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": str(user.user_id),
            "role": "authenticated",
            "email": user.user_email,
            "email_verified": user.email_verified,
            "iat": now,
            "exp": now + lifetime,
        }
        return jwt.encode(claims, self.key, algorithm="ES256", headers={"kid": KEY_ID})

    def jwks(self) -> dict[str, Any]:
        """The public key as a JSON Web Key Set (RFC 7517)."""
        public = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [{**public, "kid": KEY_ID, "alg": "ES256", "use": "sig"}]}

    def configuration(self) -> dict[str, Any]:
        """The discovery document (OpenID Connect Discovery 1.0), without fields that do not apply."""
        return {
            "issuer": self.url,
            "jwks_uri": self.jwks_url,
            "token_endpoint": f"{self.url}/token",
            "id_token_signing_alg_values_supported": ["ES256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }


def _create_key(file: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
