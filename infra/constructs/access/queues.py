"""Queues of other stacks, as functions use them: their names are literals, so nothing has to be looked up."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.constructs.access.access import Access
from infra.settings import Settings


def queue_of_other_stack(scope: Construct, settings: Settings, *, name: str, variable: str) -> Access:
    """Send messages to queue ddp-<stage>-<name>; `variable` holds its URL.

    For queues of the same stack, Worker.take_messages_of.
    """
    stack, full_name = Stack.of(scope), f"ddp-{settings.stage}-{name}"
    statement = iam.PolicyStatement(
        actions=["sqs:SendMessage"], resources=[stack.format_arn(service="sqs", resource=full_name)]
    )
    url = f"https://sqs.{settings.region}.{stack.url_suffix}/{stack.account}/{full_name}"
    return Access(statements=[statement], variables={variable: url})
