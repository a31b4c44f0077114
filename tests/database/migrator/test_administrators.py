"""The first administrator, whom no administrator can make: `ddp admin create`, and the function `migrate`."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ddp import migrator
from infra.cli.main import main
from tests.database.migrator.test_function import CONTEXT, secrets  # noqa: F401 - fixture
from tests.database.servers import SCHEMA

FOUND = "select user_type::text, is_active from public.users where user_email = %s"


@pytest.fixture
def create(monkeypatch, capsys, database):
    """Run `ddp admin create …` on the database; returns the status and what was printed."""
    monkeypatch.setenv("DATABASE_URL", database.url)

    def run(*arguments: str) -> tuple[int, str]:
        status = main(["admin", "create", *arguments])
        captured = capsys.readouterr()
        return status, captured.out + captured.err

    return run


def test_an_account_becomes_an_active_administrator(create, database):
    owner = database.connect()
    (user_id,) = owner.execute(
        "insert into public.users (user_email, user_name, user_type) values ('ann@x.example', 'Ann', 'retailer')"
        " returning user_id"
    ).fetchone()

    assert create(" Ann@X.example") == (
        0,
        f" Ann@X.example (account {user_id}) is an active administrator.\n",
    )

    assert owner.execute(FOUND, ["ann@x.example"]).fetchone() == ("admin", True)


def test_who_has_not_signed_up_needs_an_id(create, database):
    status, said = create("new@x.example")
    assert status == 1
    assert said.startswith("Nobody with the address new@x.example has signed up. Let them sign up first, or")

    user_id = uuid4()
    assert create("new@x.example", "--user-id", str(user_id))[0] == 0

    assert database.connect().execute(FOUND, ["new@x.example"]).fetchone() == ("admin", True)
    with database.as_user({"sub": str(user_id)}) as connection:
        assert connection.execute("select ddp.active_admin_id()").fetchone() == (user_id,)


def test_the_change_is_in_the_audit_trail(create, database):
    assert create("ann@x.example", "--user-id", str(uuid4()))[0] == 0
    assert create("ann@x.example")[0] == 0
    actions = "select count(*) from public.audit_logs where table_name = 'users'"
    assert database.connect().execute(actions).fetchone()[0] >= 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["not-an-address", "--user-id", str(uuid4())], "An e-mail address has the form name@domain"),
        (["new@x.example", "--user-id", "7"], "must be a UUID such as"),
    ],
)
def test_bad_input_is_refused_with_its_remedy(create, capsys, arguments, sentence):
    try:
        status, said = create(*arguments)
    except SystemExit as ended:
        status, said = ended.code, capsys.readouterr().err
    assert status != 0
    assert sentence in said


def test_the_function_takes_commands(secrets, database):  # noqa: F811
    function = secrets(migrator={"url": database.url})

    def ask(command: str, **arguments):
        return function.handler({"command": command, **arguments}, CONTEXT)

    assert ask("status")["lines"][-1] == "nothing to apply"
    assert ask("plan") == {"lines": ("nothing to apply",), "succeeded": True}
    assert ask("apply")["lines"][0] == "Nothing to do."
    differences = migrator.verify(database.url, SCHEMA)
    assert (ask("verify")["succeeded"], len(ask("verify")["lines"])) == (
        not differences,
        len(differences) + 1,
    )
    user_id = str(uuid4())
    made = ask("create-administrator", email="ann@x.example", user_id=user_id)
    assert made["lines"] == (f"ann@x.example (account {user_id}) is an active administrator.",)
    unknown = ask("destroy")
    assert not unknown["succeeded"]
    assert unknown["lines"][0].startswith(
        "There is no command 'destroy'; there are: status, plan, ledger, apply, verify"
    )


def test_passwords_that_were_written_later_are_set_on_request(secrets, database):  # noqa: F811
    host = database.url.rpartition("@")[2]
    function = secrets(migrator={"url": database.url}, api={"url": f"postgresql://ddp_api:later@{host}"})

    answer = function.handler({"command": "set-passwords"}, CONTEXT)

    assert answer["lines"][0] == "The password of ddp_api is the one in its secret."
    with function.logins.psycopg.connect(
        database.server.postgres.url(database.name, user="ddp_api", password="later")
    ):
        pass
    database.server.set_passwords()


def test_an_operators_mistake_is_one_sentence(secrets):  # noqa: F811
    function = secrets()
    answer = function.handler({"command": "status"}, CONTEXT)
    assert not answer["succeeded"]
    assert "still contains its placeholder: store the database's URL in it." in answer["lines"][0]
