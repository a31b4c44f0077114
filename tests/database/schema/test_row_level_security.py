"""The matrix, tested on the database: each row, caller and verb; and nobody can truncate anything."""

from __future__ import annotations

import json

import psycopg
import pytest
from psycopg import errors as pg

from tests.database.schema.description import DESCRIBED_AND_EXTENSIONS
from tests.database.schema.matrix import ADDITIONS, CALLERS, CONDITIONS, MATRIX, UPDATABLE
from tests.database.schema.platform import Platform, id_of, with_ids

EXPECTED = {
    line.split()[0]: dict(zip(CALLERS, line.split()[1:], strict=True))
    for line in MATRIX.strip().splitlines()[1:]
    if line.strip()
}


@pytest.fixture(scope="module")
def keys(platform: Platform) -> dict[str, str]:
    """The first column of each table's primary key."""
    return dict(
        platform.owner.execute("""
            select c.relname, a.attname from pg_index i
            join pg_class c on c.oid = i.indrelid and c.relnamespace = 'public'::regnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
            where i.indisprimary
        """).fetchall()
    )


@pytest.mark.parametrize("line", EXPECTED)
def test_matrix(platform: Platform, keys: dict[str, str], line: str):
    statements = verbs(line, keys)
    exists = platform.owner.execute(statements["R"]).fetchall()
    assert len(exists) == 1, "the matrix names a row that does not exist"
    actual = {caller: allowed(platform, caller, statements) for caller in CALLERS}
    assert actual == EXPECTED[line]


def verbs(line: str, keys: dict[str, str]) -> dict[str, bytes]:
    table = line.split("/")[0]
    key = keys[table]
    where = CONDITIONS.get(line, f"{key} = '{id_of(line if table != 'users' else line.split('/')[1])}'")
    column = UPDATABLE.get(table, key)
    addition = ADDITIONS.get(line, f"select * from {table} where {where}")
    statements = {
        "R": f"select 1 from {table} where {where}",
        "A": f"insert into {table} {addition}",
        "U": f"update {table} set {column} = {column} where {where}",
        "D": f"delete from {table} where {where}",
    }
    return {verb: with_ids(statement) for verb, statement in statements.items()}


def allowed(platform: Platform, caller: str, statements: dict[str, bytes]) -> str:
    return "".join(verb for verb in "RAUD" if may(platform, caller, statements[verb])) or "-"


def may(platform: Platform, caller: str, statement: bytes) -> bool:
    """Whether privileges and policies permit it. Violated constraints do not matter."""
    try:
        with platform.acting(caller) as connection:
            return connection.execute(statement).rowcount > 0
    except pg.InsufficientPrivilege:
        return False
    except psycopg.IntegrityError:
        return True


@pytest.mark.parametrize(
    ("caller", "owned"),
    [("retailer", {"files/retailers", "files/proof"}), ("asleep", set()), ("admin", set())],
)
def test_the_view_that_a_policy_looks_into_shows_the_callers_own(platform: Platform, caller: str, owned: set):
    """It runs as its owner, to whom no policy applies, so its own condition must exclude others' rows."""
    with platform.acting(caller) as session:
        seen = {row[0] for row in session.execute("select file_id from ddp.files_of_caller")}
        # A condition that may fail is evaluated only on rows that the view shows.
        fails = "select from ddp.files_of_caller where 1 / (file_id <> %s)::int = 1"
        session.execute(fails, [id_of("files/private")])
    assert seen == set(map(id_of, owned))


def test_every_table_is_in_the_matrix():
    assert {line.split("/")[0] for line in EXPECTED} == DESCRIBED_AND_EXTENSIONS


@pytest.mark.parametrize("caller", CALLERS)
def test_nobody_truncates(platform: Platform, caller: str):
    for table in sorted(DESCRIBED_AND_EXTENSIONS):
        with platform.acting(caller) as connection, pytest.raises(pg.InsufficientPrivilege):
            connection.execute(f"truncate {table} cascade".encode())


def test_functions_see_the_files_that_the_policy_shows(platform: Platform):
    """ddp.visible_file repeats the policy on files; the two must not drift apart."""
    files = [row[0] for row in platform.owner.execute("select file_id from files")]
    for caller in ("brand", "rival", "retailer", "friend", "admin", "asleep", "stranger", "claimless"):
        with platform.acting(caller) as connection:
            by_policy = {row[0] for row in connection.execute("select file_id from files")}
        assert {file for file in files if function_shows(platform, caller, file)} == by_policy, caller


def function_shows(platform: Platform, caller: str, file_id: object) -> bool:
    try:
        with platform.acting(caller) as connection:
            connection.execute("select record_file_action(%s, 'VIEW')", [file_id])
    except psycopg.Error as error:
        if error.sqlstate not in ("PT404", "PT401"):
            raise
        return False
    return True


SENDS = {
    "email_sends": (
        "(email_campaign_id, recipient_email, created_by_user_id)"
        " values (@email_campaigns/retailers, 'x@y.org', {})"
    ),
    "sms_sends": (
        "(sms_campaign_id, recipient_phone, created_by_user_id)"
        " values (@sms_campaigns/retailers, '+12025550199', {})"
    ),
}


@pytest.mark.parametrize("table", SENDS)
def test_a_send_belongs_to_who_sends_the_campaign(platform: Platform, table: str):
    """The policy trusts this column: an insert without it gets the campaign's creator, and nothing can set another."""
    insert = f"insert into {table} {SENDS[table]} returning created_by_user_id"
    with platform.acting("worker") as connection:
        assert connection.execute(with_ids(insert.format("null"))).fetchone() == (id_of("retailer"),)
    for statement in (insert.format("@brand"), f"update {table} set created_by_user_id = @rival"):
        with platform.acting("worker") as connection, pytest.raises(pg.ForeignKeyViolation):
            connection.execute(with_ids(statement))


@pytest.mark.parametrize("table", ["email_campaigns", "sms_campaigns", "social_posts"])
def test_nobody_says_whose_campaign_a_message_is_for(platform: Platform, table: str):
    """The policy trusts this column: clients may not write it, and values from workers are replaced."""
    forged = f"update {table} set campaign_owner_id = @retailer where campaign_id = @campaigns/brands"
    with platform.acting("retailer") as connection, pytest.raises(pg.InsufficientPrivilege):
        connection.execute(with_ids(forged))
    with platform.acting("worker") as connection:
        owners = connection.execute(with_ids(f"{forged} returning campaign_owner_id")).fetchall()
    assert set(owners) == {(id_of("brand"),)}


def test_nobody_says_through_whose_account_a_post_goes(platform: Platform):
    """As above: the account's owner, whatever a worker gives."""
    forged = "update social_posts set created_by_user_id = @rival where post_id = @social_posts/brands"
    with platform.acting("brand") as connection, pytest.raises(pg.InsufficientPrivilege):
        connection.execute(with_ids(forged))
    with platform.acting("worker") as connection:
        owners = connection.execute(with_ids(f"{forged} returning created_by_user_id")).fetchall()
    assert owners == [(id_of("brand"),)]


def test_a_participant_has_the_campaigns_owner_and_time(platform: Platform):
    """Lists of joined campaigns are in the order of this column."""
    forged = (
        "update campaign_participants p set campaign_owner_id = @rival, campaign_created_at = '2000-01-01'"
        " from campaigns c where c.campaign_id = p.campaign_id"
        " returning p.campaign_owner_id = c.created_by_user_id and p.campaign_created_at = c.created_at"
    )
    with platform.acting("worker") as connection:
        assert set(connection.execute(with_ids(forged)).fetchall()) == {(True,)}


def test_a_message_whose_author_left_the_campaign_stays_the_brands_to_see(platform: Platform):
    """The author no longer sees the campaign but may still change the draft; its campaign's owner stays the same."""
    with platform.acting("retailer") as connection:
        connection.execute(with_ids("select leave_campaign(@campaigns/active)"))
        edited = connection.execute(
            with_ids(
                "update email_campaigns set email_subject = 'x' where email_campaign_id = @email_campaigns/ready"
                " returning campaign_owner_id"
            )
        ).fetchall()
    assert edited == [(id_of("brand"),)]


CHOICES = [None, "brand", "rival", "admin", "editor", "asleep", "retailer", "nonsense"]


@pytest.mark.parametrize("caller", CALLERS)
def test_who_reads_is_who_acts_whatever_account_the_request_names(platform: Platform, caller):
    """reader_id() has a shorter way for whoever chooses no account; the two must not drift apart."""
    if caller in ("anonymous", "worker"):
        return
    for chosen in CHOICES:
        headers = {"x-ddp-account": str(id_of(chosen))} if chosen else {}
        with platform.acting(caller, headers) as connection:
            acting, admin, reader = connection.execute(
                "select ddp.active_user_id(), ddp.active_admin_id(), ddp.reader_id()"
            ).fetchone()
        assert str(reader) == (EVERYBODY if admin else str(acting)), chosen


EVERYBODY = "ffffffff-ffff-ffff-ffff-ffffffffffff"


@pytest.mark.parametrize(
    ("caller", "reads"),
    [("brand", "brand"), ("viewer", "brand")]
    + [(nobody, None) for nobody in ("asleep", "former", "stranger", "claimless")],
)
def test_who_reads_reads_the_acting_accounts_rows(platform: Platform, caller, reads):
    with platform.acting(caller) as connection:
        (reader,) = connection.execute("select ddp.reader_id()").fetchone()
    assert reader == (reads and id_of(reads))


def test_an_account_with_the_id_that_stands_for_everybody_reads_nothing(platform: Platform):
    with platform.acting("admin") as connection:
        assert str(*connection.execute("select ddp.reader_id()").fetchone()) == EVERYBODY
    session = platform.login("superuser")  # who may become authenticated, unlike some owners
    with session.transaction(force_rollback=True):
        session.execute(
            "insert into users (user_id, user_email, user_name, user_type, is_active)"
            " values (%s, 'x@example.com', 'x', 'brand', true)",
            [EVERYBODY],
        )
        claims = json.dumps({"sub": EVERYBODY})
        session.execute("select set_config('request.jwt.claims', %s, true)", [claims])
        assert str(*session.execute("select ddp.active_user_id()").fetchone()) == EVERYBODY
        session.execute("set local role authenticated")
        for foreign in ("campaigns", "email_sends", "files where not is_public"):
            assert session.execute(f"select from {foreign}".encode()).rowcount == 0
