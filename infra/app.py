"""The CDK app: `python -m infra.app`, called by `ddp synth` and by the CDK command line (see cdk.json)."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CliCredentialsStackSynthesizer, Environment, Tags, Validations

from infra.settings import Settings
from infra.stacks.api import ApiStack
from infra.stacks.capabilities import GROUPS, CapabilityStack
from infra.stacks.data import DataStack


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
    # CDK would tag a proxy's target group, and CloudFormation refuses that.
    Tags.of(app).add("ddp:stage", settings.stage, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])
    if not settings.is_local:
        _check_practice(app)
    return app


def _options(settings: Settings) -> dict[str, Any]:
    """Options of each stack. The emulator knows no bootstrap roles; AWS gets CDK's default."""
    synthesizer = {"synthesizer": CliCredentialsStackSynthesizer()} if settings.is_local else {}
    return {"env": Environment(region=settings.region), **synthesizer}


def _check_practice(app: App) -> None:
    """Let synthesis fail where a resource breaks a rule of cdk-nag and no reason is given."""
    from cdk_nag import AwsSolutionsChecks  # here, because stage local starts faster without it

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


if __name__ == "__main__":
    build().synth()
