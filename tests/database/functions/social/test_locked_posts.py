"""Posts made from a locked template: composed when they are scheduled, and by nobody else."""

from __future__ import annotations

import pytest

SLOTS = [
    {"name": "headline", "kind": "text", "limit": 40, "required": True},
    {"name": "picture", "kind": "image"},
]
TEXT = "{{ slot.headline }} at {{ sender.store_name }} {{ slot.picture }}"


@pytest.fixture
def locked(posting):
    posting.platform.run(
        """update users set profile_data = '{"sender": {"store_name": "Lakeside"}}' where user_id = %s""",
        posting.platform.users["brand"],
    )
    return template(posting)


def template(posting, **changes):
    body = {
        "template_name": "Launch", "template_type": "social", "template_content": {"text": TEXT}, "slots": SLOTS,
        "is_locked": True, "requires": ["store_name"],
    }  # fmt: skip
    answer = posting.ask("brand", "POST", "/templates", body | changes)
    assert answer.status == 201, answer
    return answer.body["template_id"]


def post(posting, locked, slots, **changes):
    answer = posting.make(text=..., template_id=locked, slots=slots, **changes)
    assert answer.status == 201, answer
    return answer.body["posts"][0]


def stored(posting, post_id):
    columns = "post_content, status::text, slots, sender_profile, is_composed"
    return posting.platform.query(f"select {columns} from social_posts where post_id = %s", post_id)[0]


def test_a_post_says_what_the_template_and_its_slots_say(posting, locked):
    made = post(posting, locked, {"headline": "{{ name }} Open"}, when={"kind": "now"})
    assert made["excerpt"] == "{{ name }} Open at Lakeside"
    assert stored(posting, made["post_id"]) == (
        "{{ name }} Open at Lakeside", "scheduled", {"headline": "{{ name }} Open"}, {"store_name": "Lakeside"}, True,
    )  # fmt: skip
    detail = posting.ask("brand", "GET", f"/social-posts/{made['post_id']}").body
    assert (detail["template_id"], detail["slots"]) == (locked, {"headline": "{{ name }} Open"})


def test_a_picture_in_a_slot_is_attached(posting, locked):
    picture = posting.file()
    made = post(posting, locked, {"headline": "Open", "picture": picture})
    assert (made["post_type"], made["excerpt"]) == ("image", "Open at Lakeside")
    seen = posting.ask("brand", "POST", f"/social-posts/{made['post_id']}/preview").body
    assert [file["file_id"] for file in seen["media"]] == [picture]
    assert [(slot["name"], slot["origin"]) for slot in seen["slots"]] == [
        ("headline", "own"),
        ("picture", "own"),
    ]
    foreign = posting.file("other")
    refused = posting.make(text=..., template_id=locked, slots={"headline": "Open", "picture": foreign})
    assert refused.status == 422


def test_a_post_shows_the_address_of_the_logo(posting):
    logo = posting.file()
    posting.platform.run(
        "update users set profile_data = jsonb_build_object('sender', jsonb_build_object('logo_file_id', %s::text))"
        " where user_id = %s",
        logo,
        posting.platform.users["brand"],
    )
    shows = template(
        posting, template_content={"text": "Look {{ sender.logo_url }}"}, slots=[], requires=["logo_file_id"]
    )
    refused = posting.make(text=..., template_id=shows)
    assert (refused.code, refused.body["missing"]) == ("sender-fields-missing", ["logo_url"]), refused
    posting.platform.query(
        "select ddp.image_hosted(token, 'image/png', 'https://ddp.example/i/x') from ddp.hosted_images"
        " where file_id = %s",
        logo,
    )
    made = post(posting, shows, {}, when={"kind": "now"})
    text, *_, sender, _ = stored(posting, made["post_id"])
    assert text == "Look https://ddp.example/i/x"
    assert sender == {"logo_file_id": logo, "logo_url": "https://ddp.example/i/x"}


@pytest.mark.parametrize(
    "own",
    [
        {"text": "Mine"},
        {"title": "Mine"},
        {"first_comment": "Mine"},
        {"template_data": {"a": "Mine"}},
        {"overrides": {"facebook": {"text": "Mine"}}},
        {"options": {"link": "https://mine.example"}},
    ],
)
def test_content_of_its_own_is_refused(posting, locked, own):
    refused = posting.make(**{"text": ..., "template_id": locked, "slots": {"headline": "Open"}} | own)
    assert (refused.status, refused.code) == (422, "locked-template"), refused


@pytest.mark.parametrize("value", ["x" * 41, "a\nb", "\u202ex", "a\x00b", 7])
def test_hostile_values_are_refused(posting, locked, value):
    refused = posting.make(text=..., template_id=locked, slots={"headline": value})
    assert refused.status == 422
    body = {"account_ids": [posting.facebook], "template_id": locked, "slots": {"headline": value}}
    assert posting.ask("brand", "POST", "/social-posts/validate", body).status == 422


def test_what_it_says_of_its_owner_is_frozen_when_it_is_scheduled(posting, locked):
    made = post(posting, locked, {"headline": "Open"})
    posting.platform.run(
        """update users set profile_data = '{"sender": {"store_name": "Hill"}}' where user_id = %s""",
        posting.platform.users["brand"],
    )
    path = f"/social-posts/{made['post_id']}"
    assert posting.ask("brand", "POST", f"{path}/preview").body["text"] == "Open at Hill"
    assert posting.ask("brand", "POST", f"{path}/publish").status == 200
    posting.platform.run(
        """update users set profile_data = '{"sender": {"store_name": "Lake"}}' where user_id = %s""",
        posting.platform.users["brand"],
    )
    assert posting.ask("brand", "POST", f"{path}/publish").status == 200
    text, *_, sender, _ = stored(posting, made["post_id"])
    assert (text, sender) == ("Open at Hill", {"store_name": "Hill"})


def test_the_slots_of_a_draft_change_and_nothing_else_of_it(posting, locked):
    made = post(posting, locked, {"headline": "Open"})
    path, revision = f"/social-posts/{made['post_id']}", made["revision"]
    for own in (
        {"text": "Mine"},
        {"title": "Mine"},
        {"first_comment": "Mine"},
        {"options": {"link": "https://a.example"}},
    ):
        refused = posting.ask("brand", "PATCH", path, {"revision": revision} | own)
        assert (refused.status, refused.code) == (422, "locked-template"), own
    changed = posting.ask("brand", "PATCH", path, {"revision": revision, "slots": {"headline": "Shut"}})
    assert changed.body["excerpt"] == "Shut at Lakeside"
    refused = posting.ask(
        "brand", "PATCH", path, {"revision": changed.body["revision"], "slots": {"other": "x"}}
    )
    assert (refused.status, refused.code) == (422, "unknown-slot")


def test_an_empty_slot_and_a_silent_owner_are_named(posting, locked):
    made = post(posting, locked, {})
    path = f"/social-posts/{made['post_id']}/publish"
    refused = posting.ask("brand", "POST", path)
    assert (refused.status, refused.code, refused.body["missing"]) == (409, "slots-missing", ["headline"])
    posting.platform.run(
        "update users set profile_data = '{}' where user_id = %s", posting.platform.users["brand"]
    )
    silent = posting.make(text=..., template_id=locked, slots={"headline": "Open"})
    assert (silent.status, silent.code, silent.body["missing"]) == (
        409,
        "sender-fields-missing",
        ["store_name"],
    )


def test_a_post_with_a_text_of_its_own_is_refused_once_its_template_is_locked(posting, locked):
    open_one = template(posting, is_locked=False, slots=[], template_content={"text": "Theirs"})
    made = posting.make(template_id=open_one).body["posts"][0]
    assert made["excerpt"] == "Hello"
    assert posting.ask("brand", "PATCH", f"/templates/{open_one}", {"is_locked": True}).status == 200
    refused = posting.ask("brand", "POST", f"/social-posts/{made['post_id']}/publish")
    assert (refused.status, refused.code) == (409, "locked-template")


def test_no_browser_writes_or_schedules_it(posting, locked):
    """Supabase's login is another one than the HTTP functions'."""
    import json

    import psycopg

    made = post(posting, locked, {"headline": "Open"})
    claims = json.dumps({"sub": str(posting.platform.users["brand"]), "role": "authenticated"})
    own = {"account_id": posting.facebook, "template_id": locked, "content": "Mine"}
    calls = {
        "select create_social_posts('{}', %s)": [json.dumps([own])],
        "select change_social_post(%s, 1, '{\"content\": \"Mine\"}')": [made["post_id"]],
        "select ddp.compose_social_posts(%s)": [json.dumps([{"post_id": made["post_id"], "content": "Mine"}])],
        "select publish_social_posts(array[%s]::uuid[])": [made["post_id"]],
    }  # fmt: skip
    for statement, values in calls.items():
        with posting.platform.database.connect("superuser") as connection, connection.transaction():
            connection.execute("set local role authenticated")
            connection.execute("select set_config('request.jwt.claims', %s, true)", [claims])
            with pytest.raises(psycopg.Error) as caught, connection.transaction():
                connection.execute(statement, values)
        assert caught.value.sqlstate in {"PT409", "PT422", "PT403"}, (statement, caught.value)
    assert stored(posting, made["post_id"])[:2] == ("Open at Lakeside", "draft")


def test_a_draft_that_others_make_without_a_text_is_composed_when_it_is_published(posting, locked):
    post_id = posting.id(
        "insert into social_posts (account_id, post_type, template_id, slots)"
        " values (%s, 'text', %s, '{\"headline\": \"Kit\"}') returning post_id",
        posting.facebook, locked,
    )  # fmt: skip
    assert posting.ask("brand", "POST", f"/social-posts/{post_id}/preview").body["text"] == "Kit at Lakeside"
    assert (
        posting.ask("brand", "POST", f"/social-posts/{post_id}/publish").body["excerpt"] == "Kit at Lakeside"
    )
