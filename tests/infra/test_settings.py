"""Settings: what cdk.json and the command line may say, and the messages about mistakes."""

from __future__ import annotations

import json

import pytest

from infra.settings import (
    Architecture,
    DatabaseKind,
    Settings,
    SettingsError,
    machine_architecture,
    machine_python,
)
from infra.state import ROOT

ISSUER = "https://project.supabase.co/auth/v1"


def of(**context) -> Settings:
    return Settings.from_context({"stage": "dev", "oidc_issuer": ISSUER, **context})


def test_a_deployed_stage_defaults_to_arm64_and_python_3_13():
    settings = of()
    assert (settings.architecture, settings.python_version) == (Architecture.ARM64, "3.13")


def test_stage_local_follows_the_machine_that_runs_it():
    settings = Settings.from_context({"stage": "local"})
    assert settings.architecture is machine_architecture()
    assert settings.python_version == machine_python()


def test_the_command_line_wins_over_the_stage_and_the_stage_over_the_default():
    stages = {"dev": {"throttle_burst": 90, "throttle_rate": 70}}
    settings = of(stages=stages, throttle_rate="80")
    assert (settings.throttle_burst, settings.throttle_rate) == (90, 80)


def test_text_from_the_command_line_becomes_the_fields_type():
    settings = of(database="aurora", canary="false", cors_origins="https://a.example,https://b.example")
    assert settings.database is DatabaseKind.AURORA
    assert settings.canary is False
    assert settings.cors_origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize("stage", ["local", "dev", "staging", "prod"])
def test_every_stage_of_cdk_json_needs_only_its_issuer_and_prod_its_address(stage):
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    own = {"public_url": "https://links.example.com"} if stage == "prod" else {}
    assert Settings.from_context({**context, "stage": stage, "oidc_issuer": ISSUER, **own}).stage == stage


@pytest.mark.parametrize(
    ("context", "sentence"),
    [
        ({"stage": "production"}, "must be one of: local, dev, staging, prod"),
        ({"database": "mysql"}, "must be one of: supabase, rds, aurora"),
        ({"throttle_rate": "many"}, "setting throttle_rate is 'many'; it must be a whole number"),
        ({"concurrency": "email-send"}, "must be names with whole numbers, such as uploads-http=10"),
        (
            {"concurrency": {"email-sned": 2}},
            "concurrency names the unknown function 'email-sned'. Known are:",
        ),
        ({"concurrency": {"email-send": 1}}, "concurrency of email-send must be at least 2"),
        ({"concurrency": {"email-http": 0}}, "concurrency of email-http must be at least 1"),
        ({"max_connections": 10}, "more database connections than max_connections allows"),
        ({"canary": "yes"}, "setting canary is 'yes'"),
        ({"oidc_issuer": ""}, "oidc_issuer is not set. Put the https address"),
        ({"oidc_issuer": "http://issuer.example"}, "oidc_issuer is 'http://issuer.example'; it must begin"),
        ({"oidc_jwks_url": "http://issuer.example/jwks"}, "oidc_jwks_url is"),
        ({"public_url": "ftp://files.example"}, "public_url is"),
        ({"share_page_url": "http://app.example.com/s"}, "share_page_url is"),
        ({"stage": "prod"}, "public_url is not set. Links in messages that people keep begin with it"),
        (
            {"account_concurrency": 10},
            "concurrent executions, with those AWS keeps unreserved, and the account",
        ),
        (
            {"database": "rds", "region": "mx-central-1"},
            "rds.pem has no root certificate of Region mx-central-1",
        ),
        ({"cors_origins": "*"}, "cors_origins must be"),
        ({"cors_origins": "https://app.example.com/path"}, "cors_origins must be"),
        ({"stage": "prod", "cors_origins": "http://localhost:3000"}, "cors_origins must be"),
        ({"log_retention_days": 31}, "log_retention_days must be one of 7, 14, 30"),
        ({"python_version": "python3.13"}, "python_version must be a minor version"),
        ({"email_transport": "pigeon"}, "must be one of: ses, smtp"),
        ({"email_transport": "smtp", "database": "rds"}, "email_transport smtp needs database supabase"),
        ({"owner": ""}, "owner must be 1 to 256 letters"),
        ({"owner": "team <ops>"}, "owner must be 1 to 256 letters"),
        ({"database_instance": "db.t4g.medium"}, "database_instance must be an instance class without `db.`"),
        ({"database_storage_gb": 19}, "database_storage_gb must be at least 20"),
        ({"database_max_storage_gb": 54}, "database_max_storage_gb a tenth more"),
        ({"database_min_acu": "0.7"}, "must be steps of 0.5 from 0.5 to 256"),
        ({"database_max_acu": "0.5"}, "must be steps of 0.5 from 0.5 to 256"),
        ({"database_max_acu": "much"}, "setting database_max_acu is 'much'; it must be a number"),
        ({"database_zones": 3}, "database_zones must be 1 or 2"),
        ({"database_backup_days": 36}, "database_backup_days must be between 1 and 35"),
        ({"email_bulk_size": 51}, "email_bulk_size must be between 1 and 50"),
        ({"stages": {"dev": {"regoin": "x"}}}, "unknown setting 'regoin'"),
        ({"sms_countries": "FR,UK"}, "sms_countries names 'UK', which is no country: give ISO 3166-1"),
        ({"sms_countries": "fr"}, "sms_countries names 'fr'"),
        (
            {"sms_origination_identities": "+12065550152"},
            "sms_origination_identities names '+12065550152': give",
        ),
        (
            {"sms_origination_identities": "arn:aws:sms-voice:us-east-1:111122223333:phone-number/phone-1"},
            "give the ARNs of numbers and sender IDs of Region eu-central-1",
        ),
        (
            {"sms_origination_identities": "arn:aws:sms-voice:eu-central-1:111122223333:pool/pool-1"},
            "sms_origination_identities names",
        ),
        (
            {"link_domain": "https://l.example.com"},
            "link_domain is 'https://l.example.com'; it must be a host",
        ),
        (
            {"social": "facebook,twiter"},
            "social names 'twiter', which is no platform: give names of facebook, insta",
        ),
        (
            {"social": "tiktok", "social_audited": "tiktok,youtube"},
            "social_audited names 'youtube', which social does not name",
        ),
        (
            {"tiktok_site_verification": "tiktokAbCd1234.txt"},
            "tiktok_site_verification is 'tiktokAbCd1234.txt'; it must be what stands between",
        ),
        ({"link_domain": "l.example.com/x"}, "link_domain is 'l.example.com/x'"),
        ({"link_domain": "localhost"}, "link_domain is 'localhost'"),
    ],
)
def test_what_cannot_be_deployed_is_refused_with_the_remedy(context, sentence):
    with pytest.raises(SettingsError, match=r".") as refusal:
        of(**context)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("context", "zones"), [({}, 2), ({"retain_data": "false"}, 1), ({"database_zones": "1"}, 1)]
)
def test_there_is_a_second_server_where_data_is_kept_unless_a_setting_says_otherwise(context, zones):
    assert of(**context).zones == zones


def test_what_sms_need_may_be_left_out_and_is_taken_as_given():
    assert (of().sms_countries, of().sms_origination_identities, of().link_domain) == ((), (), "")
    number = "arn:aws:sms-voice:eu-central-1:111122223333:phone-number/phone-0a1b"
    sender = "arn:aws:sms-voice:eu-central-1:111122223333:sender-id/AURORA/FR"
    given = of(
        sms_countries="FR,GB", sms_origination_identities=f"{number},{sender}", link_domain="l.example.com"
    )
    assert given.sms_countries == ("FR", "GB")
    assert given.sms_origination_identities == (number, sender)
    assert given.link_domain == "l.example.com"


def test_without_reservations_a_small_quota_is_accepted():
    assert of(account_concurrency=10, reserve_concurrency=False).account_concurrency == 10


@pytest.mark.parametrize("kind", ["rds", "aurora"])
def test_the_default_region_has_its_root_certificate(kind):
    assert of(database=kind).region == "eu-central-1"


def test_an_http_issuer_is_allowed_in_stage_local_only():
    assert Settings.from_context({"stage": "local", "oidc_issuer": "http://127.0.0.1:9"}).oidc_issuer
