"""`ddp seed`: reference data, harmless when repeated, and realistic development data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from functions.maintenance.seed import development, reference
from functions.maintenance.seed.development import Scale, SeedError
from infra.cli import generated
from infra.cli import main as cli
from infra.seed import generate, phones

UNTIL = datetime.now(UTC).date()
SCALE = Scale.of(1_000, UNTIL)

# Filled by rollups, by requests in progress, or not at all on a new platform.
NOT_SEEDED = {
    "uploads", "idempotency_keys", "daily_asset_downloads", "retailer_asset_activity", "campaign_templates",
    "template_retailer_usage", "retailer_scores", "regional_wish_lists", "daily_analytics", "audit_logs",
    "senders", "sender_identities", "suppressions", "email_events", "sms_events", "email_test_sends",
    "sms_test_sends", "origination_identities", "sms_prices", "phone_consents", "inbound_messages",
    "send_exports", "user_invitations", "social_post_media", "social_slots", "notices", "approvals",
    "campaign_items", "campaign_item_responses",
    "product_imports", "product_import_rejections", "conversions", "conversion_keys", "analytics_exports",
    "licence_acceptances", "retailer_groups", "retailer_group_members", "retailer_group_blackouts",
    "campaign_funds", "fund_claims", "fund_claim_files",
}  # fmt: skip


@pytest.fixture(scope="module")
def seeded(server, template):
    """A small seed that tests only read."""
    database = server.create(template=template.name)
    with database.connect() as connection:
        development.seed(connection, SCALE, lambda *_: None)
        yield connection
    server.drop(database)


def one(connection, query, parameters=None):
    return connection.execute(query, parameters).fetchone()[0]


def fill(database, scale=SCALE, **options):
    with database.connect() as connection:
        development.seed(connection, scale, lambda *_: None, **options)


def test_files_of_reference_data_are_what_the_locked_libraries_say():
    """If these libraries were upgraded, run `ddp generate` and commit."""
    assert generated.stale(generate.contents()) == []


@pytest.mark.parametrize(
    ("agent", "kind", "system"),
    [
        (
            "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
            "tablet",
            "iOS 18",
        ),
        ("Mozilla/5.0 (Linux; Android 14; SM-X710) Chrome/142.0.0.0 Safari/537.36", "tablet", "Android 14"),
        (
            "Mozilla/5.0 (Linux; Android 14; SM-A556B) Chrome/142.0.0.0 Mobile Safari/537.36",
            "mobile",
            "Android 14",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0 Safari/537.36", "desktop", "Windows 10"),
    ],
)
def test_devices_are_described_by_their_agents(agent, kind, system):
    described = dict(zip(generate.DEVICES, generate.describe(agent), strict=False))
    assert (described["device_type"], described["operating_system"]) == (kind, system)


def test_reference_data_again_changes_only_what_differs(database):
    with database.connect() as connection:
        with connection.transaction():
            first = reference.load(connection)
        connection.execute(
            "insert into geography (country_code, country_name, city) values ('CH', 'Switzerland', 'Zug')"
        )
        connection.execute(
            "update geography set timezone = null where country_code = 'CH' and city = 'Zurich'"
        )
        with connection.transaction():
            again = reference.load(connection)
            assert again == {"geography": 1, "devices": 0, "sending_windows": 0, "public_holidays": 0}
        assert one(connection, "select count(*) from geography") == first["geography"] + 1
        assert one(connection, "select count(distinct country_code) from geography") == 249
        assert one(connection, "select timezone from geography where city = 'Zurich'") == "Europe/Zurich"


def test_a_place_changes_while_its_caller_waits_also_once_the_table_is_analysed(database):
    """The server analyses it a minute after it was filled: another plan then took longer than any caller waits."""
    with database.connect() as connection:
        with connection.transaction():
            reference.load(connection)
        names = one(connection, "select count(*) from ddp.names_in_geography()")
        connection.execute("analyze geography")
        connection.execute("set statement_timeout = '5s'")
        assert one(connection, "select count(*) from ddp.names_in_geography()") == names > 10_000
        connection.execute(
            "update geography set latitude = 46.9 where country_code = 'CH' and region is null"
        )


def test_every_zone_of_the_reference_data_is_one_the_server_knows(seeded):
    unknown = seeded.execute(
        "select distinct timezone from geography where timezone is not null except select name from pg_timezone_names"
    ).fetchall()
    assert unknown == []


def test_every_zone_of_a_phone_number_is_one_the_server_knows(seeded):
    zones = sorted({zone for *_, zones in phones.places() for zone in zones.split()})
    unknown = seeded.execute(
        "select zone from unnest(%s::text[]) zone except select name from pg_timezone_names", [zones]
    ).fetchall()
    assert unknown == []


def test_every_table_that_people_fill_has_rows(seeded):
    tables = seeded.execute(
        "select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')"
    ).fetchall()
    empty = {t for (t,) in tables if not one(seeded, f"select exists (select from public.{t})".encode())}
    assert empty <= NOT_SEEDED


def test_as_many_actions_as_asked_for_over_the_whole_year(seeded):
    uploads, others = seeded.execute(
        "select count(*) filter (where action_type = 'UPLOAD'), count(*) filter (where action_type <> 'UPLOAD')"
        " from file_actions"
    ).fetchone()
    assert others == SCALE.file_actions
    assert uploads == one(
        seeded, "select count(*) from files where created_at >= %s", [UNTIL - timedelta(days=365)]
    )
    assert one(seeded, "select count(distinct date_trunc('month', action_timestamp)) from file_actions") >= 12


def test_rows_are_in_the_partitions_of_their_months(seeded):
    for table in ("file_actions", "social_engagement"):
        assert one(seeded, f"select count(*) from ddp.{table}_default".encode()) == 0


def test_nothing_happened_in_the_future_or_before_its_file(seeded):
    assert one(seeded, "select max(action_timestamp) from file_actions") < datetime.now(UTC)
    early = "select count(*) from file_actions a join files f using (file_id) where a.action_timestamp < f.created_at"
    assert one(seeded, early) == 0


def test_whoever_acts_may_see_the_file(seeded):
    """Owners act on their own files, retailers on brand assets (some withdrawn since); nobody acts on others' files."""
    strangers = """
        select count(*) from file_actions a
        join files f using (file_id)
        join users u using (user_id)
        where u.user_id <> f.created_by_user_id and not (u.user_type = 'retailer' and f.is_brand_asset)
    """
    assert one(seeded, strangers) == 0


def test_each_action_is_in_a_session_of_its_user(seeded):
    outside = """
        select count(*) from file_actions a left join sessions s using (session_id)
        where a.action_type <> 'UPLOAD' and (s.user_id is distinct from a.user_id
            or a.action_timestamp not between s.started_at and s.ended_at)
    """
    assert one(seeded, outside) == 0


def test_every_counter_is_what_its_facts_add_up_to(seeded):
    assert one(seeded, "select sum(budget_spent) from campaigns") > 0
    assert one(seeded, "select sum(download_count) from brand_assets") > 0
    assert one(seeded, "select ddp.recompute_counters()") == 0


def fingerprints(connection):
    rows = {
        "users where user_email like '%.example'": "(user_id, user_name, created_at)",
        "files": "(file_id, file_name, created_at)",
        "file_actions": "(action_id, file_id, user_id, action_timestamp, session_id)",
        "email_sends": "(email_send_id, status, opened_at)",
        "social_engagement": "(engagement_id, engagement_count)",
    }
    return [
        one(connection, f"select md5(string_agg({row}::text, ',' order by {row})) from {table}".encode())
        for table, row in rows.items()
    ]


def test_users_of_others_are_left_alone(database):
    with database.connect() as connection:
        connection.execute(
            "insert into users (user_email, user_name, user_type) values ('a@x.org', 'A', 'brand')"
        )
    with pytest.raises(SeedError, match="This database has users"):
        fill(database)


def test_an_interrupted_seed_leaves_nothing(database):
    def interrupt(table, *_):
        if table == "file_actions":
            raise KeyboardInterrupt

    with database.connect() as connection:
        with pytest.raises(KeyboardInterrupt):
            development.seed(connection, SCALE, interrupt)
        assert (
            one(connection, "select count(*) from users")
            == one(connection, "select count(*) from geography")
            == 0
        )


def test_the_command_makes_the_same_rows_at_every_run(seeded, database, capsys):
    """Adds to existing users if told to; never seeds twice."""
    with database.connect() as connection:
        connection.execute(
            "insert into users (user_email, user_name, user_type) values ('a@x.org', 'A', 'brand')"
        )
        command = [
            "seed",
            "dev",
            "--file-actions",
            "1_000",
            "--until",
            str(UNTIL),
            "--database-url",
            database.url,
        ]
        assert cli.main([*command, "--force"]) == 0
        assert "file_actions" in capsys.readouterr().out
        assert fingerprints(connection) == fingerprints(seeded)
        assert one(connection, "select user_name from users where user_email = 'a@x.org'") == "A"
    assert cli.main([*command, "--force"]) == 1
    assert "already exists" in capsys.readouterr().err
    assert cli.main(["seed", "reference", "--database-url", database.url]) == 0
    assert "geography: 0 rows" in capsys.readouterr().out


@pytest.mark.parametrize("host", ["db.abcdefgh.supabase.co", "10.0.0.7", "localhost,db.example"])
def test_other_machines_need_a_yes(capsys, host):
    assert cli.main(["seed", "dev", "--database-url", f"postgresql://u:secret@{host}/postgres"]) == 2
    said = capsys.readouterr().err
    assert "--yes" in said
    assert "secret" not in said


def test_a_scale_is_believable_at_both_ends():
    small, large = Scale.of(10_000, date(2026, 1, 1)), Scale.of(10_000_000, date(2026, 1, 1))
    assert small.brands < small.retailers < small.files
    assert large.rows > large.file_actions == 10_000_000
    assert large.email_campaigns <= large.campaigns * large.participants
