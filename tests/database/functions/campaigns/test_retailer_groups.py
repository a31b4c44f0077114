"""Groups of retailers over HTTP: who is in one, by hand and by rule, and what that opens and closes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.database.functions.messaging import ask
from tests.database.platform import Platform

PATH = "/retailer-groups"


def moment(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def make(platform: Platform, name: str = "South", user: str = "brand", **values: Any) -> dict[str, Any]:
    answer = ask(platform, user, "POST", PATH, {"group_name": name} | values)
    assert answer.status == 201, answer
    return answer.body


def add(platform: Platform, group: dict[str, Any], retailer: str = "retailer", user: str = "brand"):
    return ask(platform, user, "PUT", f"{PATH}/{group['group_id']}/members/{platform.users[retailer]}")


def members(platform: Platform, group: dict[str, Any], user: str = "brand") -> set[str]:
    answer = ask(platform, user, "GET", f"{PATH}/{group['group_id']}/members")
    assert answer.status == 200, answer
    names = {str(user_id): name for name, user_id in platform.users.items()}
    return {names[item["retailer_id"]] for item in answer.body["items"]}


def stored(platform: Platform, group: dict[str, Any]) -> set[str]:
    """All members, also those that the brand does not see."""
    names = {user_id: name for name, user_id in platform.users.items()}
    rows = platform.query(
        "select retailer_id from retailer_group_members where group_id = %s", group["group_id"]
    )
    return {names[row[0]] for row in rows if row[0] in names}


def refresh(platform: Platform) -> None:
    platform.query("select ddp.refresh_portion()")


def live_in(platform: Platform, retailer: str, region: str | None) -> None:
    platform.run(
        "update users set profile_data = jsonb_build_object('region', %s::text, 'marketing_consent', true)"
        " where user_id = %s",
        region, platform.users[retailer],
    )  # fmt: skip


def campaign(platform: Platform, **values: Any) -> str:
    body = {"campaign_name": "Spring", "is_open": True} | values
    made = ask(platform, "brand", "POST", "/campaigns", body)
    assert made.status == 201, made
    path = f"/campaigns/{made.body['campaign_id']}"
    assert ask(platform, "brand", "POST", f"{path}/status", {"status": "active"}).status == 200
    return made.body["campaign_id"]


def test_a_group_is_made_changed_and_deleted(platform: Platform):
    group = make(platform, kind="territory")
    path = f"{PATH}/{group['group_id']}"
    assert (group["kind"], group["rule"]) == ("territory", None)
    again = ask(platform, "brand", "POST", PATH, {"group_name": "south"})
    assert (again.status, again.code) == (409, "name-taken")
    changed = ask(platform, "brand", "PATCH", path, {"group_name": "Far south"}).body
    assert (changed["group_name"], changed["kind"]) == ("Far south", "territory")
    second = make(platform)
    page = ask(platform, "brand", "GET", PATH, limit=1).body
    assert page["items"] == [second]
    rest = ask(platform, "brand", "GET", PATH, limit=1, cursor=page["next_cursor"]).body
    assert [item["group_id"] for item in rest["items"]] == [group["group_id"]]
    assert ask(platform, "brand", "DELETE", path).status == 200
    assert ask(platform, "brand", "GET", path).code == "group-not-found"


@pytest.mark.parametrize(
    "values",
    [{"group_name": " "}, {"group_name": "x" * 101}, {"kind": "x"}, {"rule": {"grades": ["D"]}},
     {"rule": {"regions": []}}, {"rule": {"best_rank": 0}}, {"rule": {"best_rank": "1"}}, {"rule": {"height": 1}},
     {"brand_id": "00000000-0000-4000-8000-000000000001"}],
    ids=str,
)  # fmt: skip
def test_groups_that_cannot_be(platform: Platform, values):
    assert ask(platform, "brand", "POST", PATH, {"group_name": "South"} | values).status == 422


def test_only_the_brand_has_to_do_with_its_group(platform: Platform):
    group = make(platform)
    path = f"{PATH}/{group['group_id']}"
    add(platform, group)
    for user in ("rival", "retailer", "other"):
        assert ask(platform, user, "GET", path).status == 404
        assert ask(platform, user, "GET", f"{path}/members").status == 404
        assert ask(platform, user, "GET", f"{path}/blackouts").status == 404
        assert ask(platform, user, "PATCH", path, {"kind": "tier"}).status == 404
        assert ask(platform, user, "DELETE", path).status == 404
        assert add(platform, group, user=user).status == 404
        assert ask(platform, user, "DELETE", f"{path}/members/{platform.users['retailer']}").status == 404
        period = {"starts_at": moment(), "ends_at": moment(hours=1), "reason": "x"}
        assert ask(platform, user, "POST", f"{path}/blackouts", period).status == 404
        assert ask(platform, user, "GET", PATH).body["items"] == []
    for user in ("retailer", "admin"):
        assert ask(platform, user, "POST", PATH, {"group_name": "Mine"}).code == "not-a-brand"
    assert ask(platform, "admin", "GET", path).status == 200


def test_a_member_learns_the_name_of_its_group_and_of_nobody_in_it(platform: Platform):
    group = make(platform)
    add(platform, group)
    add(platform, group, "other")
    (seen,) = ask(platform, "retailer", "GET", PATH, scope="joined").body["items"]
    assert (seen["group_name"], seen["brand"]["id"]) == ("South", str(platform.users["brand"]))
    assert set(seen) == {"group_id", "group_name", "brand", "added_at"}
    add(platform, make(platform, "Second"))
    page = ask(platform, "retailer", "GET", PATH, scope="joined", limit=1).body
    rest = ask(platform, "retailer", "GET", PATH, scope="joined", limit=1, cursor=page["next_cursor"]).body
    names = {item["group_name"] for item in page["items"] + rest["items"]}
    assert (names, rest["next_cursor"]) == ({"South", "Second"}, None)
    gone = ask(
        platform, "brand", "DELETE", f"{PATH}/{group['group_id']}/members/{platform.users['retailer']}"
    )
    assert gone.status == 200
    left = ask(platform, "retailer", "GET", PATH, scope="joined").body["items"]
    assert [item["group_name"] for item in left] == ["Second"]
    assert ask(platform, "brand", "GET", PATH, scope="joined").body["items"] == []


def test_members_by_hand(platform: Platform):
    group = make(platform)
    assert add(platform, group).body["is_explicit"] is True
    assert add(platform, group).status == 200
    assert add(platform, group, "rival").code == "user-not-found"
    assert members(platform, group) == {"retailer"}
    path = f"{PATH}/{group['group_id']}/members/{platform.users['other']}"
    assert ask(platform, "brand", "DELETE", path).status == 404


def test_members_by_rule_follow_their_region(platform: Platform):
    live_in(platform, "retailer", "Zürich, CH")
    live_in(platform, "other", "Genève, CH")
    region = platform.query(
        "select profile_data ->> 'region' from users where user_id = %s", platform.users["retailer"]
    )
    group = make(platform, rule={"regions": [region[0][0]]})
    assert stored(platform, group) == {"retailer"}
    live_in(platform, "other", region[0][0])
    live_in(platform, "retailer", None)
    assert stored(platform, group) == {"retailer"}, "until the next refresh"
    refresh(platform)
    assert stored(platform, group) == {"other"}
    platform.run("update users set is_active = false where user_id = %s", platform.users["other"])
    refresh(platform)
    assert stored(platform, group) == set()
    platform.run("update users set is_active = true where user_id = %s", platform.users["other"])
    refresh(platform)
    assert stored(platform, group) == {"other"}
    changed = ask(platform, "brand", "PATCH", f"{PATH}/{group['group_id']}", {"rule": None})
    assert changed.body["rule"] is None
    assert stored(platform, group) == set()


def test_a_brand_sees_strangers_in_its_group_only_once_they_take_part(platform: Platform):
    live_in(platform, "retailer", "Bern, CH")
    region = platform.query(
        "select profile_data ->> 'region' from users where user_id = %s", platform.users["retailer"]
    )
    group = make(platform, rule={"regions": [region[0][0]]})
    assert (stored(platform, group), members(platform, group)) == ({"retailer"}, set())
    campaign_id = campaign(platform, group_ids=[group["group_id"]])
    assert ask(platform, "retailer", "POST", f"/campaigns/{campaign_id}/join").status == 200
    refresh(platform)
    assert members(platform, group) == {"retailer"}
    assert ask(platform, "retailer", "POST", f"/campaigns/{campaign_id}/leave").status == 200
    refresh(platform)
    assert members(platform, group) == set()


def test_members_by_rule_follow_their_scores(platform: Platform):
    group = make(platform, rule={"grades": ["A"]})
    first = make(platform, "First", rule={"best_rank": 1})
    for retailer, grade, rank in (("retailer", "A", 2), ("other", "B", 1)):
        platform.run(
            "insert into retailer_scores (retailer_id, brand_id, response_quality_grade, overall_rank)"
            " values (%s, %s, %s, %s)",
            platform.users[retailer], platform.users["brand"], grade, rank,
        )  # fmt: skip
    platform.query("select ddp.refresh_group_members(null, null)")
    assert (stored(platform, group), stored(platform, first)) == ({"retailer"}, {"other"})
    add(platform, group)
    platform.run("delete from retailer_scores where brand_id = %s", platform.users["brand"])
    platform.query("select ddp.refresh_group_members(null, null)")
    assert (stored(platform, group), stored(platform, first)) == ({"retailer"}, set()), "by hand it stays"


def test_an_open_campaign_is_found_and_joined_by_members_only(platform: Platform):
    group = make(platform)
    add(platform, group)
    campaign_id = campaign(platform, group_ids=[group["group_id"]])

    def found(user: str) -> bool:
        items = ask(platform, user, "GET", "/campaigns", scope="open").body["items"]
        return campaign_id in {item["campaign_id"] for item in items}

    assert (found("retailer"), found("other")) == (True, False)
    assert ask(platform, "other", "POST", f"/campaigns/{campaign_id}/join").code == "campaign-not-found"
    assert ask(platform, "retailer", "POST", f"/campaigns/{campaign_id}/join").status == 200
    assert ask(platform, "brand", "DELETE", f"{PATH}/{group['group_id']}").code == "group-in-use"
    changed = ask(platform, "brand", "PATCH", f"/campaigns/{campaign_id}", {"group_ids": None})
    assert changed.body["group_ids"] is None
    assert found("other")
    assert ask(platform, "brand", "DELETE", f"{PATH}/{group['group_id']}").status == 200


def test_nothing_is_for_a_group_of_another_brand(platform: Platform):
    foreign = make(platform, user="rival")["group_id"]
    body = {"campaign_name": "Spring", "group_ids": [foreign]}
    assert ask(platform, "brand", "POST", "/campaigns", body).code == "group-not-found"
    campaign_id = campaign(platform)
    changed = ask(platform, "brand", "PATCH", f"/campaigns/{campaign_id}", {"group_ids": [foreign]})
    assert (changed.status, changed.code) == (404, "group-not-found")
    asset = {"file_id": platform.file("brand"), "asset_name": "x", "asset_type": "x", "group_ids": [foreign]}
    assert ask(platform, "brand", "POST", "/brand-assets", asset).code == "group-not-found"


def test_an_asset_for_a_group_is_seen_by_its_members(platform: Platform):
    group = make(platform)
    asset = {
        "file_id": platform.file("brand"),
        "asset_name": "x",
        "asset_type": "x",
        "group_ids": [group["group_id"]],
    }
    made = ask(platform, "brand", "POST", "/brand-assets", asset).body
    path = f"/brand-assets/{made['asset_id']}"

    def seen(user: str) -> list[int]:
        items = ask(platform, user, "GET", "/brand-assets").body["items"]
        listed = [item for item in items if item["asset_id"] == made["asset_id"]]
        download = platform.call(user, "GET", f"/files/{made['file_id']}/download").status
        return [ask(platform, user, "GET", path).status, download, len(listed)]

    assert seen("retailer") == [404, 404, 0]
    add(platform, group)
    assert (seen("retailer"), seen("other"), seen("rival")) == ([200, 200, 1], [404, 404, 0], [404, 404, 0])
    assert ask(platform, "retailer", "GET", path).body["group_ids"] is None
    assert ask(platform, "brand", "GET", path).body["group_ids"] == [group["group_id"]]
    assert ask(platform, "brand", "DELETE", f"{PATH}/{group['group_id']}").code == "group-in-use"
    assert ask(platform, "brand", "PATCH", path, {"group_ids": None}).status == 200
    assert seen("other") == [200, 200, 1]


def test_a_target_audience_names_groups_of_the_brand(platform: Platform):
    group, foreign = make(platform), make(platform, user="rival")
    for retailer in ("retailer", "other"):
        live_in(platform, retailer, None)
    add(platform, group)
    add(platform, foreign, "other", user="rival")

    def reached(groups: object) -> int:
        campaign_id = campaign(platform, target_audience={"groups": groups})
        for retailer in ("retailer", "other"):
            ask(platform, retailer, "POST", f"/campaigns/{campaign_id}/join")
        platform.login("ddp_api")
        claims = f'{{"sub": "{platform.users["brand"]}"}}'
        return platform.query(
            "with who as materialized (select set_config('request.jwt.claims', %s, true))"
            " select audience_size(%s) from who", claims, campaign_id,
        )[0][0]  # fmt: skip

    assert (reached([group["group_id"]]), reached(group["group_id"])) == (1, 1)
    assert (reached([foreign["group_id"]]), reached([]), reached("x")) == (0, 0, 0)
    assert reached([group["group_id"], foreign["group_id"]]) == 1


@pytest.mark.parametrize("as_list", [True, False])
def test_a_group_that_an_open_campaigns_audience_names_is_not_deleted(platform: Platform, as_list: bool):
    group = make(platform)["group_id"]
    path = f"{PATH}/{group}"
    campaign_id = campaign(
        platform, campaign_name="Opening", target_audience={"groups": [group] if as_list else group}
    )
    refused = ask(platform, "brand", "DELETE", path)
    assert (refused.status, refused.code, refused.body["campaign_id"]) == (409, "group-in-use", campaign_id)
    assert '"Opening"' in refused.body["detail"]
    ask(platform, "brand", "POST", f"/campaigns/{campaign_id}/status", {"status": "completed"})
    assert ask(platform, "brand", "DELETE", path).status == 200


def test_blackouts_are_added_listed_and_removed(platform: Platform):
    group = make(platform)
    path = f"{PATH}/{group['group_id']}/blackouts"
    period = {"starts_at": moment(), "ends_at": moment(hours=1), "reason": "A launch."}
    made = ask(platform, "brand", "POST", path, period)
    assert made.status == 201
    assert ask(platform, "brand", "GET", path).body["items"] == [made.body]
    for wrong in (
        {"ends_at": moment(hours=-1)},
        {"starts_at": moment(hours=2)},
        {"ends_at": moment(days=400)},
        {"reason": ""},
    ):
        assert ask(platform, "brand", "POST", path, period | wrong).status == 422
    assert ask(platform, "brand", "DELETE", f"{path}/{made.body['blackout_id']}").status == 200
    assert ask(platform, "brand", "DELETE", f"{path}/{made.body['blackout_id']}").code == "blackout-not-found"


def test_a_send_within_a_blackout_is_refused_with_reason_and_end(mailing):
    platform = mailing.platform
    group = make(platform)
    add(platform, group)
    ends = datetime.now(UTC) + timedelta(hours=2)
    period = {"starts_at": moment(hours=-1), "ends_at": ends.isoformat(), "reason": "A launch."}
    made = ask(platform, "brand", "POST", f"{PATH}/{group['group_id']}/blackouts", period)
    assert made.status == 201, made
    message = mailing.draft()
    refused = mailing.send(message)
    assert (refused.status, refused.code, refused.body["reason"]) == (409, "blackout", "A launch.")
    assert datetime.fromisoformat(refused.body["ends_at"]) == ends
    assert "A launch." in refused.body["detail"]
    at_the_end = mailing.send(message, scheduled_at=ends.isoformat())
    assert at_the_end.status == 202, at_the_end
