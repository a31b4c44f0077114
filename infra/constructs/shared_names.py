"""What one stack tells the others: SSM parameters.

Not CloudFormation's exports: a stack could not replace anything that another stack reads.
"""

from __future__ import annotations

import re

from aws_cdk import CfnParameter, Stack
from aws_cdk import aws_ssm as ssm
from constructs import Construct

from infra.settings import Settings

# Names that more than one module uses.
DATA_KEY = "data-key-arn"
BUCKET = "bucket-name"
MESSAGE_SECRET, SMTP_SECRET = "message-secret-arn", "smtp-secret-arn"
EDGE_SECRET, EDGE_KEY = "edge-secret-arn", "key"
SOCIAL_KEY = "social-key-arn"
# Of the instance or cluster, as CloudWatch names it.
DATABASE_IDENTIFIER = "database/identifier"
API_ID, AUTHORIZER_ID = "api-id", "authorizer-id"
PUBLIC_URL = "public-url"
ALARM_TOPIC = "alarm-topic-arn"
DEPLOY_ROLE = "deploy-role-arn"
DEPLOY_HOOK = "deploy-hook-arn"


def publish(scope: Construct, settings: Settings, name: str, value: str) -> None:
    """Let other stacks find `value` as `name`; CloudFormation may know it only at deploy."""
    ssm.StringParameter(
        scope,
        f"Shared{logical_id(name)}",
        parameter_name=_parameter(settings, name),
        string_value=value,
        simple_name=False,
    )


def lookup(scope: Construct, settings: Settings, name: str) -> str:
    """A token for the value that another stack published as `name`; CloudFormation reads it at each deploy."""
    stack = Stack.of(scope)
    parameter = stack.node.try_find_child(logical_id(name)) or CfnParameter(
        stack,
        logical_id(name),
        type="AWS::SSM::Parameter::Value<String>",
        default=_parameter(settings, name),
        description="Published by another stack; leave the default",
    )
    assert isinstance(parameter, CfnParameter)  # noqa: S101  (nothing else has such a name)
    return parameter.value_as_string


def edge_secret_name(settings: Settings) -> str:
    """Name of the secret header's secret, in the stage's Region and in that of the edge."""
    return f"ddp/{settings.stage}/edge"


def social_secret(platform: str) -> str:
    """Name of the secret of the application at a platform; published for platforms that are on only."""
    return f"social/{platform}-secret-arn"


def logical_id(name: str) -> str:
    """Logical id of the template parameter that looks `name` up: `database/proxy-id` → DatabaseProxyId."""
    return "".join(word.title() for word in re.split(r"\W", name))


def _parameter(settings: Settings, name: str) -> str:
    return f"/ddp/{settings.stage}/{name}"
