"""Whether data outlives its stack."""

from __future__ import annotations

from aws_cdk import RemovalPolicy

from infra.settings import Settings


def data_removal(settings: Settings) -> RemovalPolicy:
    """Removal policy of everything that holds data: kept when its stack is deleted, if `retain_data` is set."""
    return RemovalPolicy.RETAIN if settings.retain_data else RemovalPolicy.DESTROY
