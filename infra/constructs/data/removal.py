"""Whether data outlives its stack, with all that it needs to live."""

from __future__ import annotations

from collections.abc import Collection

from aws_cdk import CfnResource, RemovalPolicy
from constructs import Construct

from infra.settings import Settings


def data_removal(settings: Settings) -> RemovalPolicy:
    """Removal policy of everything that holds data: kept when its stack is deleted, if `retain_data` is set.

    What a failed first deploy has made goes again: the next one would find its names taken.
    """
    return RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE if settings.retain_data else RemovalPolicy.DESTROY


def goes_with_its_stack(settings: Settings) -> bool:
    """Whether `cdk destroy` must empty buckets, which it could not delete otherwise. Stage local deletes files."""
    return not (settings.retain_data or settings.is_local)


def remove_like_data(scope: Construct, settings: Settings, kinds: Collection[str]) -> None:
    """Give every resource in `scope` of these CloudFormation types the removal policy of data."""
    for each in scope.node.find_all():
        if isinstance(each, CfnResource) and each.cfn_resource_type in kinds:
            each.apply_removal_policy(data_removal(settings))
