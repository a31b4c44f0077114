"""Accepted findings of cdk-nag, each with the reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept cdk-nag's finding `rule` on `construct` and everything in it; `reason` says why."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))
