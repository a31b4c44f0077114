"""What every capability is given: one object instead of a dozen parameters."""

from __future__ import annotations

from dataclasses import dataclass

from infra.constructs.access.database import DatabaseAccess
from infra.constructs.access.storage import Storage
from infra.constructs.canary import Canary
from infra.constructs.http_api import HttpApi
from infra.constructs.layers import Layers
from infra.constructs.monitoring import Monitoring
from infra.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The parts of a stack that its capabilities share."""

    settings: Settings
    layers: Layers
    database: DatabaseAccess
    storage: Storage
    api: HttpApi
    monitoring: Monitoring
    canary: Canary | None
    # Base of links that leave the system, without a slash at the end.
    public_url: str
