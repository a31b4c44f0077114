"""What becomes of a resource when its stack is deleted."""

from __future__ import annotations

from aws_cdk import RemovalPolicy

from infra.settings import Settings


def data_removal(settings: Settings) -> RemovalPolicy:
    """Data outlives its stack wherever the settings say so (`retain_data`)."""
    return RemovalPolicy.RETAIN if settings.retain_data else RemovalPolicy.DESTROY
