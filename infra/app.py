"""The CDK app: `python -m infra.app`, called by `ddp synth` and by the CDK command line (see cdk.json)."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, CliCredentialsStackSynthesizer, Environment, Tags, Validations

from infra.settings import Settings
from infra.stacks.data import DataStack
from infra.stacks.service import ServiceStack


def build(**app_properties: Any) -> App:
    """The app of one deployment, described by the CDK context. Raises SettingsError."""
    app = App(**app_properties)
    settings = Settings.from_context(app.node.get_all_context())
    data = DataStack(app, f"ddp-{settings.stage}-data", settings=settings, **_options(settings))
    service = ServiceStack(app, f"ddp-{settings.stage}-service", settings=settings, **_options(settings))
    service.add_stack_dependency(data)
    # CloudFormation refuses tags on a proxy's target group, whatever CDK thinks.
    Tags.of(app).add("ddp:stage", settings.stage, exclude_resource_types=["AWS::RDS::DBProxyTargetGroup"])
    if not settings.is_local:
        _check_practice(app)
    return app


def _options(settings: Settings) -> dict[str, Any]:
    """Options of one stack. The emulator knows no bootstrap roles; AWS gets CDK's default."""
    synthesizer = {"synthesizer": CliCredentialsStackSynthesizer()} if settings.is_local else {}
    return {"env": Environment(region=settings.region), **synthesizer}


def _check_practice(app: App) -> None:
    """Let synthesis fail where a resource is against AWS's recommendations and no reason is given for it."""
    from cdk_nag import AwsSolutionsChecks  # here, because stage local starts faster without it

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


if __name__ == "__main__":
    build().synth()
