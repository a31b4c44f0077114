"""The stacks as wholes."""

from __future__ import annotations

from infra.capabilities.maintenance import schema_hash
from tests.infra.assembly import functions, resources


def test_no_stack_comes_near_cloudformations_limit(prod):
    for name, template in prod.templates().items():
        assert len(template["Resources"]) < 450, name


def test_stacks_share_names_through_parameters_never_through_exports(prod):
    for template in prod.templates().values():
        assert not [o for o in template.get("Outputs", {}).values() if "Export" in o]


def test_the_service_finds_only_what_the_data_stack_publishes(data, service):
    published = {p["Name"] for p in resources(data, "AWS::SSM::Parameter").values()}
    wanted = {
        p["Default"]
        for p in service["Parameters"].values()
        if p["Type"] == "AWS::SSM::Parameter::Value<String>" and "/cdk-bootstrap/" not in p["Default"]
    }
    assert wanted
    assert wanted <= published


def test_every_function_but_the_migrator_waits_for_the_schema(service):
    (schema,) = resources(service, "Custom::DatabaseSchema")
    for properties in resources(service, "AWS::Lambda::Function").values():
        name = properties["FunctionName"]
        (resource,) = (
            r for r in service["Resources"].values() if r.get("Properties", {}).get("FunctionName") == name
            and r["Type"] == "AWS::Lambda::Function"
        )  # fmt: skip
        assert (schema in resource["DependsOn"]) is (name != "ddp-prod-migrate")


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
