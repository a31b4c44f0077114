"""host_file and unhost_file: who may, and what a published image becomes."""

from __future__ import annotations

import pytest

from tests.database.schema.platform import Platform, id_of, refused, with_ids

STATE = "select state from ddp.hosted_images where file_id = @files/published and state <> 'revoked'"
ASSET, OWN = "update brand_assets set", "where file_id = @files/published"
TRASH = "update files set deleted_at = now(); update files set deleted_at = null, content_sha256 = null"
AGAIN = "update brand_assets set unpublished_at = now(); update brand_assets set unpublished_at = null"


@pytest.mark.parametrize(
    ("caller", "function", "file", "state"),
    [
        *((caller, function, file, "PT403")
          for function in ("host_file", "unhost_file")
          for caller, file in (("viewer", "published"), ("retailer", "published"), ("friend", "shared"))),
        *((caller, function, file, "PT404")
          for function in ("host_file", "unhost_file")
          for caller, file in (("rival", "published"), ("retailer", "private"), ("brand", "retailers"))),
        *((caller, function, "published", "PT401")
          for function in ("host_file", "unhost_file")
          for caller in ("former", "asleep", "stranger")),
        ("admin", "host_file", "published", "PT403"),
        ("brand", "host_file", "published_in_trash", "PT409"),
        ("brand", "host_file", "private", "PT422"),
        ("rival", "ddp.hosted_state", "published", "PT404"),
    ],
)  # fmt: skip
def test_of_others_nobody_hosts_or_ends_anything(platform: Platform, caller, function, file, state):
    with platform.acting(caller) as connection, refused(state):
        connection.execute(f"select {function}(%s)".encode(), [id_of(f"files/{file}")])


@pytest.fixture
def session(platform: Platform):
    """The owner, in a transaction in which published.png is a PNG."""
    owner = platform.owner
    with owner.transaction(force_rollback=True):
        owner.execute(
            with_ids(
                "update files set content_type = 'image/png' where file_id in (@files/published, @files/withdrawn)"
            )
        )
        yield owner


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (AGAIN, 1),
        ("update brand_assets set unpublished_at = now()", 0),
        (TRASH, 1),
        ("update files set file_name = 'x'", 0),
        (f"{AGAIN}; update files set deleted_at = now() where file_id = @files/published", 0),
        (f"update files set content_type = 'application/pdf'; {AGAIN}", 0),
        (f"{ASSET} available_from = now() + interval '1 day' {OWN}; {TRASH}", 0),
        (f"{ASSET} available_until = now() {OWN}; {TRASH}", 0),
        (f"{ASSET} licence_version = '1', licence_text = 'x' {OWN}; {TRASH}", 0),
        (f"{ASSET} available_until = now() {OWN}; {AGAIN}", 0),
        (f"{ASSET} available_until = now() + interval '1 day' {OWN}; {TRASH}", 1),
    ],
)  # fmt: skip
def test_what_is_published_is_wanted_as_long_as_it_is(session, changes, wanted):
    for change in changes.split(";"):
        session.execute(with_ids(change))
    assert session.execute(with_ids(STATE)).rowcount == wanted


def test_each_time_there_is_another_token_that_names_the_file(session):
    for _ in range(3):
        session.execute("update brand_assets set unpublished_at = now()")
        session.execute("update brand_assets set unpublished_at = null")
    tokens = session.execute(
        with_ids("select token, state from ddp.hosted_images where file_id = @files/published order by state")
    ).fetchall()
    assert [state for _, state in tokens] == ["revoked", "revoked", "wanted"]
    assert len({token for token, _ in tokens}) == 3
    from ddp.links import hosted_images

    assert all(
        hosted_images.key(token).startswith(f"hosted/{id_of('files/published')}/") for token, _ in tokens
    )


def test_who_asks_about_tokens_learns_of_those_it_knows_and_not_of_many_at_once(platform: Platform):
    with platform.acting("rival") as connection:
        assert connection.execute("select ddp.hosted_tokens(array['x', null])").fetchall() == []
        with refused("PT422"):
            connection.execute("select ddp.hosted_tokens(array_fill('x'::text, array[101]))")
