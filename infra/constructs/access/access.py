"""What a function needs in order to use something: rights on it, and variables that say where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from aws_cdk import aws_iam as iam


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Made by what is used, given to the function that uses it (`ServiceFunction.give`)."""

    statements: Sequence[iam.PolicyStatement]
    # Environment variables by name.
    variables: Mapping[str, str] = field(default_factory=dict)
    # Why a resource among the statements has a wildcard in it, by the resource as cdk-nag writes it (references in
    # angle brackets).
    wildcards: Mapping[str, str] = field(default_factory=dict)
