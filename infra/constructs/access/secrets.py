"""Secrets of the data stack, as functions use them."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access.access import Access
from infra.constructs.shared_names import DATA_KEY, lookup
from infra.settings import Settings


def secret(scope: Construct, settings: Settings, *, name: str, variable: str) -> Access:
    """Read the secret that the data stack published as `name`; `variable` holds its ARN."""
    arn = lookup(scope, settings, name)
    statements = [
        iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[arn]),
        iam.PolicyStatement(actions=["kms:Decrypt"], resources=[lookup(scope, settings, DATA_KEY)]),
    ]
    return Access(statements=statements, variables={variable: arn})
