"""What a managed database is made of, as settings say. Slow because each is a synthesis of its own."""

from __future__ import annotations

import pytest

from infra.cli.synth import synthesise
from tests.infra.assembly import Assembly, resources, text
from tests.infra.conftest import PROD

pytestmark = pytest.mark.slow

OTHER = {
    "database_instance": "r8g.large",
    "database_storage_gb": "200",
    "database_max_storage_gb": "2000",
    "database_min_acu": "2",
    "database_max_acu": "16.5",
    "database_zones": "1",
    "database_backup_days": "35",
}


def data(kind: str, **settings: str) -> dict:
    return Assembly(synthesise(stage="prod", database=kind, settings=PROD | settings)).template("data")


def test_an_instance_is_what_the_defaults_say_and_has_a_standby():
    (instance,) = resources(data("rds"), "AWS::RDS::DBInstance").values()
    assert instance["DBInstanceClass"] == "db.t4g.medium"
    assert (instance["AllocatedStorage"], instance["MaxAllocatedStorage"]) == ("50", 1000)
    assert (instance["MultiAZ"], instance["BackupRetentionPeriod"]) == (True, 14)


def test_an_instance_is_what_settings_say():
    """In one zone without a finding: the settings are the reason."""
    (instance,) = resources(data("rds", **OTHER), "AWS::RDS::DBInstance").values()
    assert instance["DBInstanceClass"] == "db.r8g.large"
    assert (instance["AllocatedStorage"], instance["MaxAllocatedStorage"]) == ("200", 2000)
    assert (instance["MultiAZ"], instance["BackupRetentionPeriod"]) == (False, 35)


def test_a_cluster_is_what_the_defaults_say_and_has_a_reader():
    template = data("aurora")
    (cluster,) = resources(template, "AWS::RDS::DBCluster").values()
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 0.5, "MaxCapacity": 8}
    assert cluster["BackupRetentionPeriod"] == 14
    assert len(resources(template, "AWS::RDS::DBInstance")) == 2


def test_a_cluster_is_what_settings_say():
    template = data("aurora", **OTHER)
    (cluster,) = resources(template, "AWS::RDS::DBCluster").values()
    assert cluster["ServerlessV2ScalingConfiguration"] == {"MinCapacity": 2, "MaxCapacity": 16.5}
    assert cluster["BackupRetentionPeriod"] == 35
    assert len(resources(template, "AWS::RDS::DBInstance")) == 1


@pytest.mark.parametrize(
    ("kind", "server", "attribute"),
    [
        ("rds", "AWS::RDS::DBInstance", "Endpoint.Address"),
        ("aurora", "AWS::RDS::DBCluster", "Endpoint.Address"),
    ],
)
def test_rds_makes_the_masters_password_and_the_migration_finds_it_and_the_server(kind, server, attribute):
    template = data(kind)
    (name,) = resources(template, server)
    published = {p["Name"]: text(p["Value"]) for p in resources(template, "AWS::SSM::Parameter").values()}
    assert published["/ddp/prod/database/migrator-secret-arn"] == f"<{name}.MasterUserSecret.SecretArn>"
    assert published["/ddp/prod/database/server-endpoint"] == f"<{name}.{attribute}>"
    assert "ddp/prod/database/migrator" not in {
        s.get("Name") for s in resources(template, "AWS::SecretsManager::Secret").values()
    }
