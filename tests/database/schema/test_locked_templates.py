"""Locked templates in the database: slots, what browsers may write, and locking while others send."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from tests.database.schema.platform import Platform, id_of, populate, refused, with_ids

HTML = "<p>{{ slot.headline }} {{ slot.link }}</p>"
EMAIL = {"subject": "{{ slot.headline }}", "html": HTML}
SLOTS = [
    {"name": "headline", "kind": "text", "limit": 20, "required": True},
    {"name": "link", "kind": "url", "default": "https://brand.example"},
    {"name": "day", "kind": "date"},
    {"name": "picture", "kind": "image"},
]
MAKE = """
insert into templates (template_name, template_type, template_content, created_by_user_id, slots, is_locked)
values ('Locked', %s, %s, @brand, %s, true) returning template_id
"""
DRAFT = """
insert into email_campaigns (
    campaign_id, email_subject, email_content, sender_email, template_id, slots, created_by_user_id
)
values (@campaigns/active, %s, %s, 'shop@example.com', %s, %s, @retailer) returning email_campaign_id
"""
SEND = """select send_email_campaign(%s, '{"source": "list", "recipients": [{"email": "a@example.com"}]}')"""


def made(connection, kind="email", content=EMAIL, slots=SLOTS):
    statement = with_ids(MAKE)
    return connection.execute(statement, [kind, json.dumps(content), json.dumps(slots)]).fetchone()[0]


def locked(platform: Platform, connection, **changes):
    """A locked template of the brand, in the middle of a transaction of the retailer."""
    platform.become(connection, "brand")
    template = made(connection, **changes)
    platform.become(connection, "retailer")
    return template


def draft(connection, template, slots=None, subject=None, content=None):
    given = None if slots is None else json.dumps(slots)
    return connection.execute(with_ids(DRAFT), [subject, content, template, given]).fetchone()[0]


def test_a_draft_gets_the_templates_content_and_keeps_its_slots(platform: Platform):
    with platform.acting("retailer") as connection:
        template = locked(platform, connection)
        message = draft(connection, template, {"headline": "Open"})
        row = connection.execute(
            "select email_subject, email_content, slots, replaces_template from email_campaigns"
            " where email_campaign_id = %s",
            [message],
        ).fetchone()
        assert row == ("{{ slot.headline }}", HTML, {"headline": "Open"}, False)
        plan = connection.execute(SEND.encode(), [message]).fetchone()[0]
        frozen = connection.execute(
            "select subject, content, text_content, template_id, template_version, slots from send_plans"
            " where send_plan_id = %s",
            [plan],
        ).fetchone()
        values = {"headline": "Open", "link": "https://brand.example"}
        assert frozen == ("{{ slot.headline }}", HTML, None, template, 1, values)


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Mine"},
        {"content": "<p>Mine</p>"},
        {"subject": "{{ slot.headline }} ", "content": HTML},
    ],
)
def test_a_draft_with_content_of_its_own_is_refused(platform: Platform, change):
    with platform.acting("retailer") as connection:
        template = locked(platform, connection)
        with refused("PT422", code="locked-template"):
            draft(connection, template, {"headline": "Open"}, **change)


@pytest.mark.parametrize(
    "change",
    [
        "email_subject = 'Mine'",
        "email_content = '<p>Mine</p>'",
        "text_content = 'Mine'",
        "attachments = '[\"00000000-0000-4000-8000-000000000001\"]'",
    ],
)
def test_no_browser_gives_it_content_later(platform: Platform, change):
    with platform.acting("retailer") as connection:
        message = draft(connection, locked(platform, connection), {"headline": "Open"})
        with refused("PT422", code="locked-template"):
            connection.execute(
                f"update email_campaigns set {change} where email_campaign_id = %s".encode(), [message]
            )


@pytest.mark.parametrize(
    ("slots", "code", "slot"),
    [
        ({"headline": "x" * 21}, "invalid-slot", "headline"),
        ({"headline": "x" * 10_000}, "invalid-slot", "headline"),
        ({"headline": " "}, "invalid-slot", "headline"),
        ({"headline": "a\nb"}, "invalid-slot", "headline"),
        ({"headline": "\u202egnp"}, "invalid-slot", "headline"),
        ({"headline": "a\u0000b".replace("\u0000", "\u0001")}, "invalid-slot", "headline"),
        ({"headline": 5}, "invalid-slot", "headline"),
        ({"headline": {"a": 1}}, "invalid-slot", "headline"),
        ({"link": "javascript:alert(1)"}, "invalid-slot", "link"),
        ({"link": "JaVaScRiPt:alert(1)"}, "invalid-slot", "link"),
        ({"link": "data:text/html,x"}, "invalid-slot", "link"),
        ({"link": "//evil.example"}, "invalid-slot", "link"),
        ({"link": 'https://a.example/"><script>'}, "invalid-slot", "link"),
        ({"link": "https://a.example/{{ name }}"}, "invalid-slot", "link"),
        ({"link": "https://a.example@evil.example/"}, "invalid-slot", "link"),
        ({"link": " https://a.example"}, "invalid-slot", "link"),
        ({"picture": "/x.png"}, "invalid-slot", "picture"),
        ({"day": "2027-02-29"}, "invalid-slot", "day"),
        ({"day": "tomorrow"}, "invalid-slot", "day"),
        ({"other": "x"}, "unknown-slot", "other"),
        ([], "invalid-slots", None),
        ("x", "invalid-slots", None),
    ],
)
def test_hostile_values_are_refused_by_the_name_of_their_slot(platform: Platform, slots, code, slot):
    with platform.acting("retailer") as connection:
        template = locked(platform, connection)
        with refused("PT422", code=code, **({"slot": slot} if slot else {})):
            draft(connection, template, slots)


@pytest.mark.parametrize(
    "slot",
    [
        {"name": "Headline", "kind": "text"},
        {"name": "a" * 41, "kind": "text"},
        {"name": "a", "kind": "html"},
        {"name": "a"},
        {"kind": "text"},
        {"name": "a", "kind": "text", "limit": 0},
        {"name": "a", "kind": "text", "limit": 2_001},
        {"name": "a", "kind": "text", "limit": 1.5},
        {"name": "a", "kind": "date", "limit": 5},
        {"name": "a", "kind": "text", "required": "yes"},
        {"name": "a", "kind": "text", "limit": 2, "default": "abc"},
        {"name": "a", "kind": "url", "default": "x"},
        {"name": "a", "kind": "text", "colour": "red"},
        "a",
        None,
        {"name": ["a"], "kind": "text"},
    ],
)
def test_what_cannot_be_a_slot_is_refused(platform: Platform, slot):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-slots"):
        made(connection, slots=[slot])


@pytest.mark.parametrize("slots", ["{}", '"x"', json.dumps([SLOTS[0]] * 2), json.dumps([SLOTS[0]] * 31)])
def test_what_cannot_be_a_list_of_slots_is_refused(platform: Platform, slots):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-slots"):
        made(connection, slots=json.loads(slots))


@pytest.mark.parametrize("kind", ["web", "print"])
def test_only_templates_of_messages_are_locked(platform: Platform, kind):
    with platform.acting("brand") as connection, refused("PT422", code="invalid-slots"):
        made(connection, kind, slots=[])


def test_a_slot_that_is_gone_and_one_that_is_empty_are_named_when_it_is_sent(platform: Platform):
    with platform.acting("retailer") as connection:
        template = locked(platform, connection)
        empty = draft(connection, template)
        kept = draft(connection, template, {"headline": "Open", "day": "2027-03-01"})
        with refused("PT409", code="slots-missing", missing=["headline"]), connection.transaction():
            connection.execute(SEND.encode(), [empty])
        platform.become(connection, "brand")
        changed = json.dumps(SLOTS[:2])
        connection.execute("update templates set slots = %s where template_id = %s", [changed, template])
        platform.become(connection, "retailer")
        with refused("PT422", code="unknown-slot", slot="day"):
            connection.execute(SEND.encode(), [kept])


def test_only_its_creator_makes_a_version_of_a_locked_template(platform: Platform):
    version = """
    insert into templates (template_name, template_type, template_content, created_by_user_id, parent_template_id)
    values ('Mine', 'email', '{}', %s, %s)
    """
    with platform.acting("retailer") as connection:
        template = locked(platform, connection)
        with refused("PT403", code="locked-template"), connection.transaction():
            connection.execute(version.encode(), [id_of("retailer"), template])
        platform.become(connection, "brand")
        connection.execute(version.encode(), [id_of("brand"), template])


@pytest.mark.parametrize("caller", ["retailer", "rival", "editor", "viewer", "stranger"])
def test_nobody_else_locks_or_unlocks_a_template(platform: Platform, caller):
    change = with_ids(
        "update templates set is_locked = true, slots = '[]' where template_id = @templates/brands"
    )
    with platform.acting(caller) as connection:
        # The editor acts for the brand.
        assert connection.execute(change).rowcount == (1 if caller == "editor" else 0)


@pytest.mark.parametrize(
    "call",
    [
        "ddp.email_slots(@email_campaigns/retailers)",
        "ddp.slots_given(@templates/brands, '{}')",
        """ddp.compose_social_posts('[{"post_id": "00000000-0000-4000-8000-000000000001"}]')""",
    ],
)
def test_what_belongs_to_others_does_not_exist(platform: Platform, call):
    with platform.acting("rival") as connection, refused("PT404"):
        connection.execute(with_ids(f"select {call}"))


@pytest.mark.parametrize(
    "change",
    ["replaces_template = true", "slots = '{}', requested_at = null"],
)
def test_what_triggers_keep_is_written_by_nobody(platform: Platform, change):
    statement = with_ids(
        f"update email_campaigns set {change} where email_campaign_id = @email_campaigns/retailers"
    )
    with (
        platform.acting("retailer") as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement)


def test_variants_of_a_locked_template_have_no_content_of_their_own(platform: Platform):
    test = {"share_percent": 50, "decide_after_seconds": 60, "metric": "clicks", "if_unclear": "a"}
    with platform.acting("retailer") as connection:
        content = {"subject": "s", "html": '<a href="https://brand.example">{{ slot.headline }}</a>'}
        message = draft(connection, locked(platform, connection, content=content), {"headline": "Open"})
        for own in ({"email_subject": "Mine"}, {"email_content": '<a href="https://a.example">x</a>'}):
            given = json.dumps(test | {"variants": [{"variant": "B", **own}]})
            with refused("PT422", code="locked-template"), connection.transaction():
                connection.execute("select set_email_ab_test(%s, %s)", [message, given])
        given = json.dumps(test | {"variants": [{"variant": "B", "sender_name": "Lakeside"}]})
        connection.execute("select set_email_ab_test(%s, %s)", [message, given])


def test_a_template_is_locked_while_eight_drafts_are_being_sent(database):
    """Each message is the draft's own from before, or the template's: nothing in between, and nothing of both."""
    owner = database.connect()
    populate(owner)
    content = json.dumps({"subject": "Theirs", "html": "<p>Theirs</p>"})
    for round_no in range(5):
        template = owner.execute(
            with_ids(
                "insert into templates (template_name, template_type, template_content, created_by_user_id)"
                f" values ('x', 'email', '{content}', @brand) returning template_id"
            )
        ).fetchone()[0]
        messages = [draft(owner, template, subject="Mine", content="<p>Mine</p>") for _ in range(8)]
        start = threading.Barrier(9)

        def send(message, start=start) -> str:
            with database.as_user({"sub": str(id_of("retailer"))}) as connection:
                start.wait()
                try:
                    connection.execute(SEND.encode(), [message])
                except psycopg.Error as error:
                    return json.loads(error.diag.message_detail or "{}")["code"]
            return "sent"

        def lock(start=start, template=template, round_no=round_no) -> None:
            with database.as_user({"sub": str(id_of("brand"))}) as connection:
                start.wait()
                connection.execute("select pg_sleep(%s)", [round_no / 200])
                connection.execute("update templates set is_locked = true where template_id = %s", [template])

        with ThreadPoolExecutor(9) as threads:
            locking = threads.submit(lock)
            ended = dict(zip(messages, threads.map(send, messages), strict=True))
            locking.result()
        assert set(ended.values()) <= {"sent", "locked-template"}
        plans = owner.execute(
            "select email_campaign_id, subject, content, slots from send_plans where template_id = %s",
            [template],
        ).fetchall()
        assert {row[0] for row in plans} == {message for message, end in ended.items() if end == "sent"}
        # Requested before the lock: a message of an unlocked template, with its own content, whole.
        assert {row[1:] for row in plans} <= {("Mine", "<p>Mine</p>", None)}
        late = draft(owner, template)
        with database.as_user({"sub": str(id_of("retailer"))}) as connection:
            connection.execute(SEND.encode(), [late])
            row = connection.execute(
                "select subject, content, slots from send_plans where email_campaign_id = %s", [late]
            ).fetchone()
        assert row == ("Theirs", "<p>Theirs</p>", {})


def test_a_request_waits_for_a_lock_under_way_and_then_sees_it(database):
    owner = database.connect(autocommit=False)
    populate(owner)
    template = made(owner, slots=[])
    owner.execute("update templates set is_locked = false where template_id = %s", [template])
    message = draft(owner, template, subject="Mine", content="<p>Mine</p>")
    owner.commit()
    ended: list[str] = []

    def send_meanwhile() -> None:
        with (
            refused("PT409", code="locked-template"),
            database.as_user({"sub": str(id_of("retailer"))}) as connection,
        ):
            connection.execute(SEND.encode(), [message])
        ended.append("PT409")

    owner.execute("update templates set is_locked = true where template_id = %s", [template])
    other = threading.Thread(target=send_meanwhile)
    other.start()
    other.join(0.3)
    assert other.is_alive(), "the request did not wait for the lock"
    owner.commit()
    other.join()
    assert ended == ["PT409"]


def test_a_draft_that_replaces_the_templates_content_is_no_use_of_it(platform: Platform):
    with platform.acting("retailer") as connection:
        platform.become(connection, "brand")
        template = made(connection, slots=[])
        connection.execute("update templates set is_locked = false where template_id = %s", [template])
        platform.become(connection, "retailer")
        own = draft(connection, template, subject="s", content="<p>Mine</p>")
        same = draft(connection, template, subject="My subject", content=HTML)
        flag = "select replaces_template from email_campaigns where email_campaign_id = %s"
        assert connection.execute(flag, [own]).fetchone() == (True,)
        assert connection.execute(flag, [same]).fetchone() == (False,)
        connection.execute(
            "update email_campaigns set email_content = %s where email_campaign_id = %s", [HTML, own]
        )
        assert connection.execute(flag, [own]).fetchone() == (False,)
