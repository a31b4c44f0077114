"""Accepted findings of cdk-nag and cfn-lint, each with the reason."""

from __future__ import annotations

from typing import cast

from aws_cdk import Acknowledgment, CfnResource, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept cdk-nag's finding `rule` on `construct` and everything in it; `reason` says why."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def exempt_from_cfn_lint(construct: IConstruct, rule: str) -> None:
    """Accept cfn-lint's finding `rule` on `construct`; a comment beside the call says why."""
    resource = cast("CfnResource", construct.node.default_child)
    resource.add_metadata("cfn-lint", {"config": {"ignore_checks": [rule]}})
