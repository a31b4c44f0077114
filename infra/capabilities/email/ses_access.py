"""Rights of functions at Amazon SES."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access.access import Access
from infra.settings import Settings

# SES checks two names of an operation: that of its API, and the one that the operation had before.
SENDING = ["ses:SendEmail", "ses:SendRawEmail", "ses:SendBulkEmail", "ses:SendBulkTemplatedEmail"]


def identities(scope: Construct, settings: Settings, *actions: str) -> Access:
    """These actions on every identity of the account: users add domains and addresses at run time."""
    statement = iam.PolicyStatement(actions=list(actions), resources=[_identities(scope)])
    return Access(statements=[statement], wildcards=_reasons(settings))


def sending(scope: Construct, settings: Settings, *, configuration_set_arn: str) -> Access:
    """Send from any identity (the database decides whose identity it is) with this configuration set only."""
    resources = [_identities(scope), configuration_set_arn]
    statements = [
        iam.PolicyStatement(actions=SENDING, resources=resources),
        iam.PolicyStatement(actions=["ses:GetAccount"], resources=["*"]),  # the quota; takes no resource
    ]
    return Access(statements=statements, wildcards=_reasons(settings))


def _identities(scope: Construct) -> str:
    return Stack.of(scope).format_arn(service="ses", resource="identity", resource_name="*")


def _reasons(settings: Settings) -> dict[str, str]:
    every = f"arn:aws:ses:{settings.region}:<AWS::AccountId>:identity/*"
    return {every: "Users add the domains and addresses that they send from at run time."}
