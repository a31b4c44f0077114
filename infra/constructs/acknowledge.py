"""Findings of cdk-nag that stand, each with the reason."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Let cdk-nag's finding `rule` stand on `construct` and what it holds; `reason` says why."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))
