"""The stacks as a whole."""

from __future__ import annotations

import json

from infra.capabilities.maintenance import schema_hash
from infra.stacks.capabilities import GROUPS
from tests.infra.assembly import functions, resources


def test_the_stacks_and_what_they_come_after(prod):
    assert prod.order() == {
        "ddp-prod-data": set(),
        "ddp-prod-api": {"ddp-prod-data"},
        **{f"ddp-prod-{group}": {"ddp-prod-api"} for group in GROUPS},
    }


def test_no_stack_comes_near_cloudformations_limit(prod):
    for name, template in prod.templates().items():
        assert len(template["Resources"]) < 400, name


def test_stacks_share_names_through_parameters_never_through_exports(prod):
    for template in prod.templates().values():
        assert not [o for o in template.get("Outputs", {}).values() if "Export" in o]
        assert "Fn::ImportValue" not in json.dumps(template)


def test_a_stack_finds_only_what_stacks_before_it_publish(prod):
    order, templates = prod.order(), prod.templates()
    for stack in order.keys() - {"ddp-prod-data"}:
        published = {
            p["Name"]
            for name in before(stack, order)
            for p in resources(templates[f"{name}.template.json"], "AWS::SSM::Parameter").values()
        }
        wanted = {
            p["Default"]
            for p in templates[f"{stack}.template.json"]["Parameters"].values()
            if p["Type"] == "AWS::SSM::Parameter::Value<String>" and "/cdk-bootstrap/" not in p["Default"]
        }
        assert wanted
        assert wanted <= published, stack


def before(stack, order) -> set[str]:
    """The stacks that are deployed before this one."""
    return order[stack].union(*(before(name, order) for name in order[stack]))


def test_the_schema_is_applied_before_any_other_function_changes(prod):
    """In the API's stack by dependencies; the other stacks are deployed after it."""
    template = prod.template("api")
    (schema,) = resources(template, "Custom::DatabaseSchema")
    waiting = {
        resource["Properties"]["FunctionName"]: schema in resource["DependsOn"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    assert waiting == {"ddp-prod-migrate": False, "ddp-prod-authorizer": True, "ddp-prod-smoke": True}


def test_the_migration_runs_again_when_the_schema_changes_and_only_then(service, tmp_path, monkeypatch):
    (properties,) = resources(service, "Custom::DatabaseSchema").values()
    assert properties["SchemaHash"] == schema_hash()
    assert int(properties["ServiceTimeout"]) == functions(service)["migrate"]["Timeout"]

    (tmp_path / "schema").mkdir()
    monkeypatch.setattr("infra.capabilities.maintenance.ROOT", tmp_path)
    migration = tmp_path / "schema" / "0001_first.sql"
    migration.write_text("select 1;")
    first = schema_hash()
    (tmp_path / "schema" / "README.md").write_text("not applied")
    assert schema_hash() == first
    migration.write_text("select 2;")
    assert schema_hash() != first


def test_logs_are_kept_as_long_as_the_stage_says(service):
    groups = resources(service, "AWS::Logs::LogGroup")
    assert all(group["RetentionInDays"] == 365 for group in groups.values())
    names = {group["LogGroupName"] for group in groups.values()}
    assert names >= {f"/aws/lambda/ddp-prod-{name}" for name in functions(service)}
