"""A stack for each group of capabilities: their functions, queues and routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aws_cdk import Stack
from constructs import Construct

from infra.capabilities.analytics import Refresh
from infra.capabilities.analytics_http import AnalyticsHttp
from infra.capabilities.bucket import BucketReconciliation
from infra.capabilities.campaigns import Campaigns
from infra.capabilities.catalogue import Catalogue
from infra.capabilities.conversions import Conversions
from infra.capabilities.email.functions import Email
from infra.capabilities.engagement.functions import Engagement
from infra.capabilities.gauges import ChannelAlarms
from infra.capabilities.maintenance import Maintenance
from infra.capabilities.people import People
from infra.capabilities.sending import Sending
from infra.capabilities.sms import functions as sms
from infra.capabilities.sms.alarms import GAUGES as SMS_GAUGES
from infra.capabilities.social.functions import Social
from infra.capabilities.uploads import Uploads
from infra.constructs.access.queues import queue_of_other_stack
from infra.constructs.function import ServiceFunction
from infra.constructs.platform import Platform, platform
from infra.settings import Settings


class Capability(Protocol):
    """The class of a capability's construct."""

    def __call__(self, scope: Construct, construct_id: str, *, platform: Platform) -> object:
        """Make the capability's resources."""


def messaging(scope: Construct, construct_id: str, *, platform: Platform) -> Construct:
    """What all channels share, and e-mail. SMS has a stack of its own: together they have too many resources."""
    group = Construct(scope, construct_id)
    sending = Sending(group, "Sending", platform=platform)
    Email(group, "Email", platform=platform, sending=sending)
    _reconcile_sms(group, platform, sending.reconcile.function)
    return group


def _reconcile_sms(scope: Construct, platform: Platform, reconcile: ServiceFunction) -> None:
    """What sending-reconcile needs for SMS: its queues are in another stack, its figures in this one's log."""
    for name, variable in (("sms-plan", sms.PLAN_QUEUE), ("sms-send", sms.SEND_QUEUE)):
        reconcile.give(queue_of_other_stack(scope, platform.settings, name=name, variable=variable))
    ChannelAlarms(
        scope,
        "SmsAlarms",
        platform=platform,
        channel="sms",
        gauges=SMS_GAUGES,
        log_group=reconcile.log_group,
    )


def analytics(scope: Construct, construct_id: str, *, platform: Platform) -> Construct:
    """What computes statistics, what serves them, and how orders reach them."""
    group = Construct(scope, construct_id)
    refresh = Refresh(group, "Refresh", platform=platform)
    AnalyticsHttp(group, "Http", platform=platform, refresh=refresh.worker)
    Conversions(group, "Conversions", platform=platform)
    return group


# The last part of each stack's name, and its capabilities. CloudFormation accepts 500 resources per stack; a test
# keeps each under 400.
GROUPS: Mapping[str, Mapping[str, Capability]] = {
    "files": {"Uploads": Uploads, "Campaigns": Campaigns, "People": People, "Catalogue": Catalogue},
    "messaging": {"Messaging": messaging},
    "sms": {"Sms": sms.Sms},
    "social": {"Social": Social},
    "engagement": {"Engagement": Engagement},
    "analytics": {"Analytics": analytics},
    "maintenance": {"Maintenance": Maintenance, "Bucket": BucketReconciliation},
}


class CapabilityStack(Stack):
    """Deployed after the stack of the API."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        capabilities: Mapping[str, Capability],
        **stack: Any,
    ) -> None:
        super().__init__(scope, construct_id, **stack)
        shared = platform(self, settings)
        for name, capability in capabilities.items():
            capability(self, name, platform=shared)
