"""The CDK app: `python -m infra.app`, called by `ddp synth` and by the CDK command line (see cdk.json)."""

from __future__ import annotations

import sys
from typing import Any

from aws_cdk import App, CliCredentialsStackSynthesizer, Environment, Tags, Validations

from infra.release import version
from infra.settings import EDGE_REGION, Settings
from infra.stacks.api import ApiStack
from infra.stacks.capabilities import GROUPS, CapabilityStack
from infra.stacks.data import DataStack
from infra.stacks.edge import EdgeStack


def build(**app_properties: Any) -> App:
    """The app of the stage that the CDK context describes. Raises SettingsError."""
    app = App(**app_properties)
    settings = Settings.from_context(app.node.get_all_context())
    name, options = f"ddp-{settings.stage}", {"settings": settings, **_options(settings)}
    api = ApiStack(app, f"{name}-api", **options)
    api.add_stack_dependency(DataStack(app, f"{name}-data", **options))
    for group, capabilities in GROUPS.items():
        stack = CapabilityStack(app, f"{name}-{group}", capabilities=capabilities, **options)
        stack.add_stack_dependency(api)
    if settings.edge_origins:
        edge = EdgeStack(app, f"{name}-edge", settings=settings, env=Environment(region=EDGE_REGION))
        edge.add_stack_dependency(api)
    _tag(app, settings)
    if not settings.is_local:
        _check_practice(app)
    return app


def _tag(app: App, settings: Settings) -> None:
    """Let every resource that can be tagged say which deployment it belongs to, whose that is, and its release."""
    tags = {"ddp:stage": settings.stage, "ddp:owner": settings.owner, "ddp:version": version()}
    for name, value in tags.items():
        # CDK would tag a proxy's target group, and CloudFormation refuses that.
        Tags.of(app).add(name, value, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])


def _options(settings: Settings) -> dict[str, Any]:
    """Options of each stack. The emulator knows no bootstrap roles; AWS gets CDK's default."""
    synthesizer = {"synthesizer": CliCredentialsStackSynthesizer()} if settings.is_local else {}
    return {"env": Environment(region=settings.region), **synthesizer}


def _check_practice(app: App) -> None:
    """Let synthesis fail where a resource breaks a rule of cdk-nag and no reason is given."""
    from cdk_nag import AwsSolutionsChecks  # here, because stage local starts faster without it

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


if __name__ == "__main__":
    # What a function logs as JSON, a person reads here.
    sys.excepthook = sys.__excepthook__
    build().synth()
