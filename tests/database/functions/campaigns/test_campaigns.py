"""Campaigns and templates over HTTP: the real handler under row level security, every route as every type of user."""

from __future__ import annotations

import threading
from uuid import UUID, uuid4

import pytest

from tests.database.functions.messaging import ask

EMAIL = {"subject": "New: {{ model }}", "html": "<p>Dear {{ name }}</p>"}


@pytest.fixture
def campaign(platform) -> str:
    answer = ask(platform, "brand", "POST", "/campaigns", {"campaign_name": "Spring", "is_open": True})
    assert answer.status == 201, answer
    return answer.body["campaign_id"]


def activate(platform, campaign):
    return ask(platform, "brand", "POST", f"/campaigns/{campaign}/status", {"status": "active"})


def template(platform, user="brand", **changes):
    body = {"template_name": "Launch", "template_type": "email", "template_content": EMAIL} | changes
    return ask(platform, user, "POST", "/templates", body)


def test_a_campaign_is_created_changed_and_moved_on(platform, campaign):
    path = f"/campaigns/{campaign}"
    assert ask(platform, "brand", "GET", path).body["status"] == "draft"
    changed = ask(
        platform, "brand", "PATCH", path, {"campaign_name": "Summer", "end_date": "2099-01-01T00:00:00Z"}
    )
    assert (changed.status, changed.body["campaign_name"], changed.body["is_open"]) == (200, "Summer", True)
    assert changed.body["end_date"].startswith("2099-01-01")
    cleared = ask(platform, "brand", "PATCH", path, {"end_date": None}).body
    assert (cleared["end_date"], cleared["campaign_name"]) == (None, "Summer")
    assert activate(platform, campaign).body["status"] == "active"
    assert ask(platform, "brand", "POST", f"{path}/status", {"status": "draft"}).code == "wrong-status"


def test_a_refused_change_names_the_field_and_the_rule(platform, campaign):
    dates = {"start_date": "2099-02-01T00:00:00Z", "end_date": "2099-01-01T00:00:00Z"}
    answer = ask(platform, "brand", "PATCH", f"/campaigns/{campaign}", dates)
    assert (answer.status, answer.body["detail"]) == (422, "end_date: must be after start_date")
    content = EMAIL | {"html": "x" * 70_000}
    body = {"template_name": "Long", "template_type": "email", "template_content": content}
    answer = ask(platform, "brand", "POST", "/templates", body, key="long")
    assert (answer.status, answer.body["detail"].partition(":")[0]) == (422, "Idempotency-Key")
    assert ask(platform, "brand", "POST", "/templates", body).status == 201


def test_budget_and_expenses(platform, campaign):
    path = f"/campaigns/{campaign}"
    budget = ask(platform, "brand", "PUT", f"{path}/budget", {"budget_allocated": "1000.50"})
    assert (budget.status, float(budget.body["budget_allocated"])) == (200, 1000.5)
    body = {"amount": 20.25, "description": "Print"}
    first = ask(platform, "brand", "POST", f"{path}/expenses", body, key="e1")
    again = ask(platform, "brand", "POST", f"{path}/expenses", body, key="e1")
    assert (first.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    ask(platform, "brand", "POST", f"{path}/expenses", {"amount": "-0.25"})
    page = ask(platform, "brand", "GET", f"{path}/expenses", limit=1).body
    assert float(page["items"][0]["amount"]) == -0.25
    rest = ask(platform, "brand", "GET", f"{path}/expenses", cursor=page["next_cursor"]).body
    assert [float(item["amount"]) for item in rest["items"]] == [20.25]
    assert float(ask(platform, "brand", "GET", path).body["budget_spent"]) == 20


@pytest.mark.parametrize("amount", [0, "0.001", "NaN", "1e30", None, "x"])
def test_amounts_that_are_none(platform, campaign, amount):
    answer = ask(platform, "brand", "POST", f"/campaigns/{campaign}/expenses", {"amount": amount})
    assert answer.status == 422, answer


def test_a_retailer_joins_an_open_active_campaign_and_leaves(platform, campaign):
    path = f"/campaigns/{campaign}"
    assert ask(platform, "retailer", "POST", f"{path}/join").status == 404, "not active yet"
    activate(platform, campaign)
    assert ask(platform, "retailer", "GET", path).status == 404
    for _ in range(2):
        assert ask(platform, "retailer", "POST", f"{path}/join").status == 200
    assert ask(platform, "retailer", "GET", path).status == 200
    assert [
        c["campaign_id"] for c in ask(platform, "retailer", "GET", "/campaigns", scope="joined").body["items"]
    ] == [campaign]
    assert ask(platform, "retailer", "GET", "/campaigns", scope="own").body["items"] == []
    assert ask(platform, "retailer", "POST", f"{path}/leave").status == 200
    assert ask(platform, "retailer", "POST", f"{path}/leave").status == 404
    assert ask(platform, "brand", "POST", f"{path}/join").code == "not-a-retailer"


def open_to(platform, user, **query):
    items = ask(platform, user, "GET", "/campaigns", scope="open", **query).body["items"]
    # Other tests leave open campaigns in this database.
    return [item for item in items if item["brand"]["id"] == str(platform.users["brand"])]


def test_a_brand_invites_and_removes_retailers(platform, campaign):
    path = f"/campaigns/{campaign}/participants"
    one = f"{path}/{platform.users['other']}"
    assert ask(platform, "brand", "PUT", one).body["status"] == "invited"
    (listed,) = ask(platform, "brand", "GET", path).body["items"]
    assert listed["retailer"] == {"id": str(platform.users["other"]), "name": "other"}
    assert (listed["retailer_id"], listed["status"]) == (str(platform.users["other"]), "invited")
    assert ask(platform, "other", "GET", path).status == 404, "not before it accepts"
    (invitation,) = open_to(platform, "other")
    assert invitation["is_invited"]
    accepted = ask(platform, "other", "POST", f"/campaigns/{campaign}/join").body
    assert accepted["status"] == "accepted"
    assert len(ask(platform, "other", "GET", path).body["items"]) == 1
    assert ask(platform, "brand", "GET", path).body["items"][0]["status"] == "accepted"
    assert ask(platform, "retailer", "GET", path).status == 404
    assert ask(platform, "other", "PUT", f"{path}/{platform.users['retailer']}").status == 403
    assert ask(platform, "brand", "PUT", f"{path}/{platform.users['rival']}").status == 404, "no retailer"
    assert ask(platform, "brand", "DELETE", one).status == 200
    assert ask(platform, "brand", "DELETE", one).status == 404


def test_a_retailer_finds_what_it_may_join(platform, campaign):
    assert open_to(platform, "retailer") == []
    activate(platform, campaign)
    (found,) = open_to(platform, "retailer")
    assert found["brand"] == {"id": str(platform.users["brand"]), "name": "brand"}
    assert found.keys() == {
        "campaign_id", "campaign_name", "campaign_description", "brand", "start_date", "end_date", "is_invited",
        "created_at",
    }  # fmt: skip
    assert open_to(platform, "retailer", q=" BRA") == [found]
    assert open_to(platform, "retailer", q="rand") == []
    assert ask(platform, "rival", "GET", "/campaigns", scope="open").body["items"] == []
    ask(platform, "retailer", "POST", f"/campaigns/{campaign}/join")
    assert open_to(platform, "retailer") == []
    joined = ask(platform, "retailer", "GET", "/campaigns", scope="joined").body["items"]
    assert [item["created_by"]["name"] for item in joined] == ["brand"]


def test_campaigns_of_others_do_not_exist(platform, campaign):
    for user in ("rival", "retailer"):
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"campaign_name": "Mine"}),
            ("POST", "/status", {"status": "active"}),
            ("PUT", "/budget", {"budget_allocated": 1}),
            ("POST", "/expenses", {"amount": 1}),
            ("GET", "/expenses", None),
            ("GET", "/participants", None),
            ("PUT", f"/participants/{platform.users['retailer']}", None),
            ("DELETE", f"/participants/{platform.users['retailer']}", None),
        ):
            answer = ask(platform, user, method, f"/campaigns/{campaign}{path}", body)
            assert answer.status == 404, (user, method, path, answer)
        assert campaign not in [
            c["campaign_id"] for c in ask(platform, user, "GET", "/campaigns").body["items"]
        ]


def test_who_takes_part_changes_nothing(platform, campaign):
    activate(platform, campaign)
    ask(platform, "retailer", "POST", f"/campaigns/{campaign}/join")
    for method, path, body, status in (
        ("PATCH", "", {"campaign_name": "Mine"}, 404),  # row level security hides it from the update
        ("POST", "/status", {"status": "paused"}, 403),
        ("PUT", "/budget", {"budget_allocated": 1}, 403),
        ("POST", "/expenses", {"amount": 1}, 403),
    ):
        answer = ask(platform, "retailer", method, f"/campaigns/{campaign}{path}", body)
        assert answer.status == status, (method, path, answer)
    assert ask(platform, "retailer", "GET", f"/campaigns/{campaign}/expenses").body["items"] == []


def test_retailers_create_no_campaigns_and_nobody_without_a_token(platform):
    assert ask(platform, "retailer", "POST", "/campaigns", {"campaign_name": "x"}).code == "not-a-brand"
    assert ask(platform, None, "POST", "/campaigns", {"campaign_name": "x"}).status == 401
    assert ask(platform, None, "GET", "/templates").status == 401
    assert ask(platform, None, "POST", "/templates/preview", {"template_content": EMAIL}).status == 401


@pytest.mark.parametrize(
    "changes",
    [{"campaign_name": ""}, {"campaign_name": " "}, {"campaign_name": "a\r\nb"}, {"campaign_name": "a\x00"},
     {"campaign_name": "\ud800"}, {"campaign_name": "a" * 256}, {"campaign_description": "a\x00"},
     {"start_date": "2026-01-01"}, {"start_date": "2026-02-01T00:00:00Z", "end_date": "2026-01-01T00:00:00Z"},
     {"budget_allocated": -1}, {"budget_allocated": "1.001"}, {"target_audience": []},
     {"target_audience": {"a": "\x00"}}, {"target_audience": {"a": "x" * 9000}}, {"campaign_settings": {"\ud800": 1}},
     {"status": "active"}, {"budget_spent": 1}, {"created_by_user_id": str(UUID(int=1))}],
    ids=lambda changes: ascii(changes)[:60],
)  # fmt: skip
def test_campaigns_that_cannot_be(platform, changes):
    answer = ask(platform, "brand", "POST", "/campaigns", {"campaign_name": "Spring"} | changes)
    assert answer.status == 422, answer
    assert platform.count("campaigns") == 0


@pytest.mark.parametrize("depth", [17, 900])
def test_nesting_that_nobody_could_read_again_is_refused(platform, depth):
    body = '{"campaign_name": "x", "target_audience": {"a": ' + "[" * depth + "]" * depth + "}}"
    assert ask(platform, "brand", "POST", "/campaigns", body).status == 422


def test_a_body_of_ten_megabytes_is_refused_unread(platform):
    body = '{"campaign_name": "' + "x" * 10_000_000 + '"}'
    answer = ask(platform, "brand", "POST", "/campaigns", body)
    assert (answer.status, answer.code) == (413, "body-too-large")


def test_campaigns_are_paged(platform):
    made = [
        ask(platform, "brand", "POST", "/campaigns", {"campaign_name": f"c{n}"}).body["campaign_id"]
        for n in range(5)
    ]
    seen, cursor = [], {}
    while True:
        page = ask(platform, "brand", "GET", "/campaigns", scope="own", limit=2, **cursor).body
        seen += [item["campaign_id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert seen == made[::-1]
    assert ask(platform, "brand", "GET", "/campaigns", cursor="nonsense").code == "invalid-cursor"
    assert ask(platform, "brand", "GET", "/campaigns", status="active").body["items"] == []


def test_names_in_every_script(platform):
    name = "春のキャンペーン 🌸 Żółć"
    answer = ask(platform, "brand", "POST", "/campaigns", {"campaign_name": name})
    assert answer.body["campaign_name"] == name


def test_pausing_a_campaign_waits_for_a_claim_and_resuming_sets_its_plans_going(mailing):
    """A claim locks the plan, then the campaign. Resuming locks in the same order, so neither deadlocks."""
    platform, message = mailing.platform, mailing.sent()
    mailing.ledger(message, ["pending"])
    path = f"/campaigns/{mailing.campaign_id}/status"
    assert mailing.ask("brand", "POST", path, {"status": "paused"}).status == 200
    answers = []
    with platform.database.connect(autocommit=False) as claim:
        claim.execute("select from send_plans where email_campaign_id = %s for share", [message])
        resume = threading.Thread(
            target=lambda: answers.append(mailing.ask("brand", "POST", path, {"status": "active"}))
        )
        resume.start()
        platform.wait_for_a_lock()
        claim.execute("select from campaigns where campaign_id = %s for share", [mailing.campaign_id])
        claim.commit()
    resume.join()
    assert answers[0].status == 200, answers
    assert platform.query(
        "select p.resumed_at > now() - interval '1 minute', c.queued_at from send_plans p"
        " join ddp.send_chunks c on c.send_plan_id = p.send_plan_id where p.email_campaign_id = %s",
        message,
    ) == [(True, None)]


def test_a_template_its_versions_and_its_end(platform):
    first = template(platform).body
    assert (first["version"], first["is_active"], first["template_content"]) == (1, True, EMAIL)
    path = f"/templates/{first['template_id']}"
    body = {"template_content": EMAIL | {"subject": "Newer"}}
    second = ask(platform, "brand", "POST", f"{path}/versions", body, key="v2")
    again = ask(platform, "brand", "POST", f"{path}/versions", body, key="v2")
    assert (second.status, again.body) == (201, second.body)
    assert (second.body["version"], second.body["parent_template_id"], second.body["template_name"]) == (
        2,
        first["template_id"],
        "Launch",
    )
    gone = ask(platform, "brand", "PATCH", path, {"is_active": False}).body
    assert (gone["is_active"], gone["template_name"], gone["template_content"]) == (False, "Launch", EMAIL)
    active = ask(platform, "brand", "GET", "/templates", is_active="true").body["items"]
    assert [item["template_id"] for item in active] == [second.body["template_id"]]


def test_templates_are_offered_to_retailers_in_the_brands_campaigns(platform, campaign):
    made = template(platform).body["template_id"]
    path = f"/templates/{made}"
    for user in ("rival", "retailer"):
        assert ask(platform, user, "GET", path).status == 404
        assert ask(platform, user, "POST", f"{path}/preview", {}).status == 404
        assert ask(platform, user, "PATCH", path, {"is_active": False}).status == 404
        assert ask(platform, user, "POST", f"{path}/versions", {"template_content": EMAIL}).status == 404
    activate(platform, campaign)
    ask(platform, "retailer", "POST", f"/campaigns/{campaign}/join")
    offered = ask(platform, "retailer", "GET", "/templates", scope="offered").body["items"]
    assert [item["template_id"] for item in offered] == [made]
    assert ask(platform, "retailer", "PATCH", path, {"is_active": False}).status == 404
    version = ask(platform, "retailer", "POST", f"{path}/versions", {"template_content": EMAIL}).body
    assert version["created_by_user_id"] == str(platform.users["retailer"])
    ask(platform, "brand", "PATCH", path, {"is_active": False})
    assert ask(platform, "retailer", "GET", path).status == 404


def test_a_preview_is_what_a_recipient_would_get(platform):
    made = template(platform).body["template_id"]
    data = {"name": "<b>Ann</b>", "model": "Diver\r\nBcc: x@example.com"}
    seen = ask(platform, "brand", "POST", f"/templates/{made}/preview", {"template_data": data}).body
    assert seen["subject"] == "New: Diver Bcc: x@example.com", "no second header"
    assert "&lt;b&gt;Ann" in seen["html"]
    assert "unsubscribe" in seen["html"], "which no template can leave out"
    unsaved = ask(platform, "retailer", "POST", "/templates/preview", {"template_content": EMAIL}).body
    assert unsaved["undefined"] == ["model"]
    assert unsaved["image_problems"] == []


def test_a_preview_names_images_that_recipients_may_not_see(platform):
    """By the state of each token; who asks needs not see the file."""
    from ddp.links import hosted_images

    tokens = {}
    for state in ("live", "revoked"):
        file = uuid4()
        platform.run(
            "with file as (insert into files (file_id, file_name, file_type, file_size, file_path, created_by_user_id)"
            " values (%s, 'x.png', 'image', 1, 'x', %s) returning file_id)"
            " select ddp.want_hosted(file_id, true) from file",
            file, platform.users["brand"],
        )  # fmt: skip
        tokens[state] = platform.query("select token from ddp.hosted_images where file_id = %s", file)[0][0]
    platform.run(
        "update ddp.hosted_images set state = 'live', content_type = 'image/png', made_at = now() where token = %s",
        tokens["live"],
    )
    platform.run(
        "update ddp.hosted_images set state = 'revoked', revoked_at = now() where token = %s",
        tokens["revoked"],
    )
    named = [
        *map(hosted_images.address, tokens.values()),
        hosted_images.address("A" * 43),
        "logo.png",
        "{{ picture }}",
    ]
    content = EMAIL | {"html": "".join(f'<img src="{source}">' for source in named)}
    body = {"template_content": content, "template_data": {"picture": "http://shop.example/x.png"}}
    for user in ("brand", "retailer", "rival"):
        seen = ask(platform, user, "POST", "/templates/preview", body).body["image_problems"]
        assert [problem["code"] for problem in seen] == [
            "revoked-image", "unknown-image", "local-file", "not-https",
        ]  # fmt: skip
    made = template(platform, template_content=content).body["template_id"]
    stored = ask(platform, "brand", "POST", f"/templates/{made}/preview", {}).body["image_problems"]
    assert [problem["code"] for problem in stored] == [
        *["revoked-image", "unknown-image"],
        *["local-file"] * 2,
    ]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({"subject": "x"}, "invalid-content"),
        ({"subject": "", "html": "x"}, "invalid-content"),
        ({"subject": "x", "html": "\x00"}, "invalid-content"),
        ({"subject": "x", "html": "x", "body": "x"}, "invalid-content"),
        ({"subject": "{{ a", "html": "x"}, "template-invalid"),
        ({"subject": "x", "html": "{% for i in (1..100000000) %}x{% endfor %}"}, "template-invalid"),
        ({"subject": "x", "html": "\n\n{% include 'secrets' %}"}, "template-invalid"),
        ({"subject": "x", "html": "x", "text": "{% if %}"}, "template-invalid"),
    ],
    ids=str,
)
def test_templates_that_cannot_be(platform, content, code):
    answer = template(platform, template_content=content)
    assert (answer.status, answer.code) == (422, code)
    unsaved = ask(platform, "brand", "POST", "/templates/preview", {"template_content": content})
    assert unsaved.status == 422


def test_templates_of_other_types_keep_any_object_and_have_no_preview(platform):
    made = template(platform, template_type="print", template_content={"pages": [1, 2]})
    assert made.body["template_content"] == {"pages": [1, 2]}
    path = f"/templates/{made.body['template_id']}/preview"
    assert ask(platform, "brand", "POST", path, {}).code == "no-preview"
