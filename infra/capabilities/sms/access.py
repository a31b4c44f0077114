"""Rights of functions at AWS End User Messaging, whose actions begin with sms-voice."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.capabilities.sms.account import SmsAccount
from infra.constructs.access.access import Access
from infra.settings import Settings

# What the account has. Lists take no resource.
LISTS = [
    "sms-voice:DescribePhoneNumbers",
    "sms-voice:DescribeSenderIds",
    "sms-voice:DescribePools",
    "sms-voice:DescribeRegistrations",
]
# What the provider's list of opt-outs learns, and what it has.
TELLING_OPT_OUTS = ["sms-voice:PutOptedOutNumber", "sms-voice:DeleteOptedOutNumber"]
READING_OPT_OUTS = ["sms-voice:DescribeOptedOutNumbers"]
IDENTITIES = ("phone-number", "sender-id", "pool")


def sending(scope: Construct, settings: Settings, account: SmsAccount) -> Access:
    """Send a text from any identity of the account: the database decides whose identity it is."""
    stack = Stack.of(scope)
    every = [stack.format_arn(service="sms-voice", resource=kind, resource_name="*") for kind in IDENTITIES]
    statement = iam.PolicyStatement(
        actions=["sms-voice:SendTextMessage"],
        resources=[*every, account.configuration_set_arn, account.protect_configuration_arn],
    )
    return Access(
        statements=[statement],
        variables={
            "DDP_SMS_CONFIGURATION_SET": account.name,
            "DDP_SMS_PROTECT_CONFIGURATION": account.protect_configuration_id,
        },
        wildcards={
            f"arn:aws:sms-voice:{settings.region}:<AWS::AccountId>:{kind}/*": (
                "Numbers, sender IDs and pools are bought, registered and assigned while the stage runs."
            )
            for kind in IDENTITIES
        },
    )


def lists() -> Access:
    """Read which identities the account has, how fast they may send, and how their registrations stand."""
    return Access(statements=[iam.PolicyStatement(actions=LISTS, resources=["*"])])


def opt_outs(account: SmsAccount, *, reads: bool) -> Access:
    """Change the provider's list of opt-outs; with `reads`, read it too."""
    actions = [*(READING_OPT_OUTS if reads else []), *TELLING_OPT_OUTS]
    return Access(
        statements=[iam.PolicyStatement(actions=actions, resources=[account.opt_out_list_arn])],
        variables={"DDP_SMS_OPT_OUT_LIST": account.name},
    )
