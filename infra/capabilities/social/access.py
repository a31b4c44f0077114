"""Rights of functions on what social publishing keeps secret: tokens under their own key, and applications' secrets."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access.access import Access
from infra.constructs.shared_names import DATA_KEY, SOCIAL_KEY, lookup, social_secret
from infra.settings import Settings

# What a ciphertext is for, the `purpose` of its encryption context: tokens of an account or of a connection that
# is being made, how far the work on a post is, and PKCE's secret of a connection.
ACCESS, REFRESH, STATE, VERIFIER = "access", "refresh", "state", "verifier"

# The members of the encryption context (ddp/providers/kms.py). `owner` is an account, a post or a connection, whose ids
# no policy can list; the database decides whose they are.
CONTEXT = ("owner", "purpose")


def ciphertexts(
    scope: Construct, settings: Settings, *, encrypt: Sequence[str] = (), decrypt: Sequence[str] = ()
) -> Access:
    """Encrypt and decrypt what is for these purposes, and nothing without its owner and purpose."""
    key = lookup(scope, settings, SOCIAL_KEY)
    purposes = {"kms:Encrypt": encrypt, "kms:Decrypt": decrypt}
    return Access(
        statements=[
            iam.PolicyStatement(actions=[action], resources=[key], conditions=_context(named))
            for action, named in purposes.items()
            if named
        ],
        variables={"DDP_SOCIAL_KEY_ID": key},
    )


def _context(purposes: Sequence[str]) -> dict[str, dict[str, object]]:
    return {
        "StringEquals": {"kms:EncryptionContext:purpose": sorted(purposes)},
        "Null": {"kms:EncryptionContext:owner": "false"},
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": list(CONTEXT)},
    }


def applications(scope: Construct, settings: Settings) -> Access:
    """Read the id and secret of the application at each platform that the setting `social` names; no other is on."""
    arns = {platform: lookup(scope, settings, social_secret(platform)) for platform in settings.social}
    if not arns:
        return Access(statements=[])
    statements = [
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=list(arns.values())),
        iam.PolicyStatement(actions=["kms:Decrypt"], resources=[lookup(scope, settings, DATA_KEY)]),
    ]
    return Access(statements=statements, variables=platforms_on(scope, settings))


def platforms_on(scope: Construct, settings: Settings) -> dict[str, str]:
    """Which platforms are on, as the functions read it: {"facebook": ARN of its secret, …}."""
    arns = {platform: lookup(scope, settings, social_secret(platform)) for platform in settings.social}
    return {"DDP_SOCIAL_SECRETS": Stack.of(scope).to_json_string(arns)} if arns else {}


def audits(settings: Settings) -> dict[str, str]:
    """At which platforms the application has passed the audit without which it publishes privately only."""
    return {"DDP_SOCIAL_AUDITED": " ".join(settings.social_audited)} if settings.social_audited else {}
