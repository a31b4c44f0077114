"""A stack for each group of capabilities: their functions, queues and routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from aws_cdk import Stack
from constructs import Construct

from infra.capabilities.campaigns import Campaigns
from infra.capabilities.catalogue import Catalogue
from infra.capabilities.email.functions import Email
from infra.capabilities.people import People
from infra.capabilities.sending import Sending
from infra.capabilities.uploads import Uploads
from infra.constructs.platform import Platform, platform
from infra.settings import Settings


class Capability(Protocol):
    """The class of a capability's construct."""

    def __call__(self, scope: Construct, construct_id: str, *, platform: Platform) -> object:
        """Make the capability's resources."""


def messaging(scope: Construct, construct_id: str, *, platform: Platform) -> Construct:
    """What all channels share, and each channel connected to it."""
    group = Construct(scope, construct_id)
    sending = Sending(group, "Sending", platform=platform)
    Email(group, "Email", platform=platform, sending=sending)
    return group


# The last part of each stack's name, and its capabilities. CloudFormation accepts 500 resources per stack; a test
# keeps each under 400.
GROUPS: Mapping[str, Mapping[str, Capability]] = {
    "files": {"Uploads": Uploads, "Campaigns": Campaigns, "People": People, "Catalogue": Catalogue},
    "messaging": {"Messaging": messaging},
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
