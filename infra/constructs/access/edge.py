"""The secret header of the distribution before the API, as functions use it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access.access import Access
from infra.constructs.access.secrets import secret
from infra.constructs.shared_names import EDGE_SECRET
from infra.settings import Settings

VARIABLE = "DDP_EDGE_SECRET"


def edge(scope: Construct, settings: Settings) -> Access:
    """Read the secret header, and know whether all requests must have it; nothing without a distribution."""
    if settings.edge_origins:
        found = secret(scope, settings, name=EDGE_SECRET, variable=VARIABLE)
    elif settings.edge_secret:
        read = iam.PolicyStatement(
            actions=["secretsmanager:GetSecretValue"], resources=[settings.edge_secret]
        )
        found = Access(statements=[read], variables={VARIABLE: settings.edge_secret})
    else:
        return Access(statements=[])
    only = {"DDP_EDGE_ONLY": "true"} if settings.edge_only else {}
    return Access(statements=found.statements, variables={**found.variables, **only})
