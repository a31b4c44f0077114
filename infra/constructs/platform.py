"""What every capability is given: one object instead of a dozen parameters."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.constructs.access.database import DatabaseAccess
    from infra.constructs.canary import Canary
    from infra.constructs.data.bucket import Storage
    from infra.constructs.function import ServiceFunction
    from infra.constructs.http_api import HttpApi
    from infra.constructs.layers import Layers
    from infra.constructs.monitoring import Monitoring
    from infra.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The parts of the service stack that capabilities share. `functions` grows as they are made."""

    settings: Settings
    layers: Layers
    database: DatabaseAccess
    storage: Storage
    api: HttpApi
    monitoring: Monitoring
    canary: Canary | None
    # Base of links that leave the system, without a slash at the end.
    public_url: str
    functions: list[ServiceFunction] = field(default_factory=list)
