"""Co-op funds and claims over HTTP: what may be claimed, who decides, what is booked, and who sees the proof."""

# ruff: noqa: E501  (statements read better unbroken)

from __future__ import annotations

import json
import random
import threading
from decimal import Decimal

import psycopg
import pytest

from tests import lambdas
from tests.database.functions.messaging import ask


@pytest.fixture
def campaign(platform) -> str:
    body = {"campaign_name": "Spring", "is_open": True, "budget_allocated": 1000}
    campaign = ask(platform, "brand", "POST", "/campaigns", body).body["campaign_id"]
    ask(platform, "brand", "POST", f"/campaigns/{campaign}/status", {"status": "active"})
    ask(platform, "retailer", "POST", f"/campaigns/{campaign}/join")
    return campaign


def fund(platform, campaign, allotment=100, share=50, user="brand", retailer="retailer"):
    path = f"/campaigns/{campaign}/funds/{platform.users[retailer]}"
    return ask(platform, user, "PUT", path, {"allotment": allotment, "share_percent": share})


def claim(platform, campaign, cost=100, user="retailer", key=None, **body):
    return ask(
        platform, user, "POST", "/fund-claims", {"campaign_id": campaign, "cost": cost} | body, key=key
    )


def decide(platform, claim_id, step, user="brand", body=None, **rest):
    return ask(platform, user, "POST", f"/fund-claims/{claim_id}/{step}", body, **rest)


def balance(platform, campaign, user="brand"):
    (item,) = ask(platform, user, "GET", f"/campaigns/{campaign}/funds").body["items"]
    return [float(item[name]) for name in ("allotment", "requested", "approved", "paid", "remaining")]


def spent(platform, campaign):
    return platform.query(
        "select budget_spent, budget_reimbursed, (select count(*) from campaign_expenses e where e.campaign_id = c.campaign_id)"
        " from campaigns c where campaign_id = %s", campaign,
    )[0]  # fmt: skip


def notices(platform, user):
    return [n["cause"] for n in ask(platform, user, "GET", "/notices").body["items"]]


def test_a_claim_is_approved_booked_once_and_paid(platform, campaign):
    assert fund(platform, campaign).status == 200
    first = claim(platform, campaign, 120, key="c1", description="Poster")
    again = claim(platform, campaign, 120, key="c1", description="Poster")
    assert (first.status, again.body, again.headers["Idempotency-Replayed"]) == (201, first.body, "true")
    assert (float(first.body["amount"]), first.body["state"]) == (60, "requested")
    assert balance(platform, campaign) == [100, 60, 0, 0, 40]
    for _ in range(2):
        assert decide(platform, first.body["claim_id"], "approve").body["state"] == "approved"
    assert spent(platform, campaign) == (60, 0, 1)
    for _ in range(2):
        assert decide(platform, first.body["claim_id"], "pay").body["state"] == "paid"
    assert spent(platform, campaign) == (60, 0, 1), "paying changes no sum"
    assert balance(platform, campaign, "retailer") == [100, 0, 0, 60, 40]
    assert {"campaign-fund-set", "fund-claim-approved", "fund-claim-paid"} <= set(
        notices(platform, "retailer")
    )
    assert "fund-claim-requested" in notices(platform, "brand")


def test_a_claim_that_would_pass_the_allotment_is_refused_with_what_is_left(platform, campaign):
    fund(platform, campaign)
    claim(platform, campaign, 150)
    answer = claim(platform, campaign, "50.02")
    assert (answer.status, answer.code, float(answer.body["left"])) == (409, "allotment-passed", 25)
    assert "25.00 is left" in answer.body["detail"]
    assert claim(platform, campaign, 50).status == 201


def test_a_lower_allotment_is_refused_below_what_is_claimed(platform, campaign):
    fund(platform, campaign)
    claim(platform, campaign, 150)
    answer = fund(platform, campaign, 74)
    assert (answer.code, float(answer.body["claimed"])) == ("allotment-below-claims", 75)
    assert "75.00" in answer.body["detail"]
    assert fund(platform, campaign, 75, 10).status == 200
    assert balance(platform, campaign)[0] == 75


def test_a_refused_or_withdrawn_claim_frees_its_amount(platform, campaign):
    fund(platform, campaign)
    one, two = (claim(platform, campaign).body["claim_id"] for _ in range(2))
    assert decide(platform, one, "refuse", body={"reason": " "}).code == "invalid-reason"
    refused = decide(platform, one, "refuse", body={"reason": "Another campaign's."}).body
    assert (refused["state"], refused["reason"]) == ("refused", "Another campaign's.")
    assert decide(platform, one, "refuse", body={"reason": "Another campaign's."}).body == refused
    assert decide(platform, one, "refuse", body={"reason": "Too late."}).code == "wrong-state"
    assert decide(platform, two, "withdraw", "retailer").body["state"] == "withdrawn"
    assert balance(platform, campaign) == [100, 0, 0, 0, 100]
    for step, user in (("approve", "brand"), ("pay", "brand"), ("withdraw", "retailer")):
        assert decide(platform, one, step, user).code == "wrong-state"
    assert spent(platform, campaign) == (0, 0, 0)
    assert "fund-claim-withdrawn" in notices(platform, "brand")
    told = ask(platform, "retailer", "GET", "/notices").body["items"]
    assert [one["count"] for one in told if one["cause"] == "fund-claim-refused"] == [1]


def test_what_was_sent_is_taken_from_the_ledgers_and_stays(platform, mailing):
    fund(platform, mailing.campaign_id, 1000)
    message = mailing.draft()
    mailing.ledger(message, ["sent", "sent", "failed"], accepted_attempts=0)
    platform.run(
        "update email_sends set accepted_attempts = 1 where email_campaign_id = %s and status = 'sent'",
        message,
    )
    made = claim(platform, mailing.campaign_id).body
    assert (made["emails_sent"], made["sms_sent"], made["posts_published"]) == (2, 0, 0)
    platform.run("update email_sends set accepted_attempts = 0 where email_campaign_id = %s", message)
    found = ask(platform, "brand", "GET", f"/fund-claims/{made['claim_id']}").body
    assert found["emails_sent"] == 2


def test_a_cost_of_messages_is_one_that_was_booked_and_the_roi_counts_it_once(platform, campaign):
    fund(platform, campaign, 1000, 100)
    answer = claim(platform, campaign, 1, covers="messages")
    assert (answer.code, float(answer.body["left"])) == ("cost-not-booked", 0)
    platform.run(
        "insert into campaign_expenses (campaign_id, amount, description, created_by_user_id) values (%s, 40, 'E-mail', %s)",
        campaign, platform.users["retailer"],
    )  # fmt: skip
    made = claim(platform, campaign, 30, covers="messages").body
    assert float(claim(platform, campaign, 11, covers="messages").body["left"]) == 10
    decide(platform, made["claim_id"], "approve")
    assert spent(platform, campaign) == (70, 30, 2)
    platform.run(
        "insert into ddp.campaign_stats (campaign_id, owner_user_id, conversion_cents) values (%s, %s, 8000)"
        " on conflict (campaign_id) do update set conversion_cents = 8000",
        campaign, platform.users["brand"],
    )  # fmt: skip
    roi = "select roi_percentage from campaign_analytics where campaign_id = %s"
    assert platform.query(roi, campaign)[0][0] == 100, "80 earned for 40"
    costs = "select retailer_id, cost from ddp.campaign_costs(array[%s::uuid])"
    assert platform.query(costs, campaign) == [(platform.users["retailer"], 40)]
    # A cost of its own is a further one, and the retailer's.
    decide(platform, claim(platform, campaign, 40).body["claim_id"], "approve")
    assert platform.query(costs, campaign) == [(platform.users["retailer"], 80)]
    assert platform.query(roi, campaign)[0][0] == 0
    assert platform.query("select ddp.recompute_counters()")[0][0] == 0


def test_others_see_nothing_and_decide_nothing(platform, campaign):
    fund(platform, campaign)
    made = claim(platform, campaign).body["claim_id"]
    for user in ("rival", "other"):
        for step in ("approve", "pay", "withdraw"):
            assert decide(platform, made, step, user).status == 404
        assert decide(platform, made, "refuse", user, {"reason": "x"}).status == 404
        assert ask(platform, user, "GET", f"/fund-claims/{made}").status == 404
        assert ask(platform, user, "GET", f"/campaigns/{campaign}/funds").status == 404
        assert ask(platform, user, "GET", "/funds").body["items"] == []
        assert ask(platform, user, "GET", "/fund-claims").body["items"] == []
        assert fund(platform, campaign, user=user).status == 404
        assert claim(platform, campaign, user=user).status == 404
    for step in ("approve", "pay"):
        assert decide(platform, made, step, "retailer").code == "not-owner"
    assert decide(platform, made, "withdraw").code == "not-owner"
    assert fund(platform, campaign, user="retailer").status == 403
    assert fund(platform, campaign, retailer="other").code == "user-not-found"
    assert decide(platform, made, "approve", "admin").status == 200


def test_only_owners_of_an_account_handle_money(platform, campaign):
    fund(platform, campaign)
    made = claim(platform, campaign).body["claim_id"]
    for account, step in (("brand", "approve"), ("retailer", "withdraw")):
        for role in ("viewer", "editor"):
            platform.run(
                "delete from account_members where account_id = %s and member_id = %s",
                platform.users[account], platform.users["other"],
            )  # fmt: skip
            platform.run(
                "insert into account_members (account_id, member_id, member_role, accepted_at) values (%s, %s, %s, now())",
                platform.users[account], platform.users["other"], role,
            )  # fmt: skip
            answer = decide(platform, made, step, "other", account=platform.users[account])
            assert answer.code == "role-too-low", (account, role, answer)
            found = ask(platform, "other", "GET", f"/fund-claims/{made}", account=platform.users[account])
            assert found.status == 200
        platform.run(
            "update account_members set ended_at = now(), member_role = 'owner' where member_id = %s and account_id = %s",
            platform.users["other"], platform.users[account],
        )  # fmt: skip
        assert decide(platform, made, step, "other", account=platform.users[account]).code == "not-a-member"


def test_the_brand_sees_the_proof_as_long_as_the_claim_stands(platform, campaign):
    fund(platform, campaign, 1000)
    file = platform.file("retailer", lambdas_pdf(platform))
    seen = lambda user: platform.call(user, "GET", f"/files/{file}").status  # noqa: E731
    assert seen("brand") == 404
    made = claim(platform, campaign, file_ids=[file]).body
    assert made["file_ids"] == [file]
    assert (seen("brand"), seen("rival"), seen("other")) == (200, 404, 404)
    assert platform.call("brand", "GET", f"/files/{file}/download").status == 200
    decide(platform, made["claim_id"], "withdraw", "retailer")
    assert seen("brand") == 404
    assert seen("retailer") == 200
    made = claim(platform, campaign, file_ids=[file]).body
    decide(platform, made["claim_id"], "approve")
    assert seen("brand") == 200
    platform.call("retailer", "DELETE", f"/files/{file}")
    assert seen("brand") == 404
    assert claim(platform, campaign, file_ids=[file]).code == "file-not-found"
    others = platform.file("brand", lambdas_pdf(platform))
    assert claim(platform, campaign, file_ids=[others]).code == "file-not-found"


def lambdas_pdf(platform) -> bytes:
    """A PDF that no other test has uploaded."""
    return b"%PDF-1.7\n%" + random.randbytes(20).hex().encode() + b"\n1 0 obj\n<<>>\nendobj\n" * 10


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"cost": 0}, 422), ({"cost": -1}, 422), ({"cost": "0.001"}, 422), ({"cost": "NaN"}, 422), ({"cost": 1e10}, 422),
        ({"covers": "x"}, 422), ({"description": "x" * 2001}, 422), ({"file_ids": ["x"]}, 422), ({"amount": 5}, 422),
    ],
)  # fmt: skip
def test_claims_that_are_none(platform, campaign, body, status):
    fund(platform, campaign)
    assert claim(platform, campaign, **body).status == status


def test_a_cost_of_which_the_share_is_nothing(platform, campaign):
    fund(platform, campaign, share=1)
    assert claim(platform, campaign, "0.40").code == "invalid-amount"


def test_lists_have_filters_pages_and_a_file(platform, campaign):
    fund(platform, campaign, 1000)
    ids = [claim(platform, campaign, cost).body["claim_id"] for cost in (1, 2, 3)]
    decide(platform, ids[0], "approve")
    page = ask(platform, "brand", "GET", "/fund-claims", campaign_id=campaign, limit=2).body
    rest = ask(
        platform, "brand", "GET", "/fund-claims", campaign_id=campaign, cursor=page["next_cursor"]
    ).body
    assert [c["claim_id"] for c in page["items"] + rest["items"]] == ids[::-1]
    approved = ask(platform, "retailer", "GET", "/fund-claims", state="approved").body["items"]
    assert [c["claim_id"] for c in approved] == ids[:1]
    platform.run("update campaigns set campaign_name = '=1+1' where campaign_id = %s", campaign)
    text = csv_of(platform, "brand", f"/campaigns/{campaign}/funds")
    header, row, _ = text.split("\r\n")
    assert header.lstrip("\ufeff").startswith(
        "campaign_id,campaign_name,retailer_id,retailer,brand,share_percent,allotment"
    )
    assert ",'=1+1," in row, "a spreadsheet does not run it"
    assert ",retailer,brand,50.00,1000.00,2.50,0.50,0.00,997.00," in row


def csv_of(platform, user, path) -> str:
    from functions.campaigns import http

    platform.login("ddp_api")
    event = lambdas.http_event(
        "GET", path, None, caller=lambdas.claims(platform.users[user]), headers={"accept": "text/csv"}
    )
    return http.handler(event, lambdas.Context())["body"]


def test_an_erased_retailers_words_and_proof_go_and_the_amounts_stay(platform, campaign):
    fund(platform, campaign, 1000)
    file = platform.file("retailer", lambdas_pdf(platform))
    made = claim(platform, campaign, description="By Ann", file_ids=[file]).body["claim_id"]
    decide(platform, made, "approve")
    rows = platform.query("select ddp.erase_fund_claims(%s, 100)", platform.users["retailer"])
    assert rows == [(2,)]
    assert platform.query("select ddp.erase_fund_claims(%s, 100)", platform.users["retailer"]) == [(0,)]
    assert platform.query(
        "select description, amount, state::text from fund_claims where claim_id = %s", made
    ) == [(None, Decimal(50), "approved")]
    assert platform.query("select deleted_at is null from files where file_id = %s", file) == [(False,)]
    assert platform.call("brand", "GET", f"/files/{file}").status == 404


@pytest.fixture
def calling(platform):
    """Makes callers, and closes their connections at the end."""
    callers: list[Caller] = []

    def make(user: str) -> Caller:
        callers.append(Caller(platform, user))
        return callers[-1]

    yield make
    for caller in callers:
        caller.connection.close()


class Caller:
    """Acts as a user on a connection of its own."""

    def __init__(self, platform, user: str) -> None:
        self.connection = platform.database.connect("ddp_api")
        self.claims = json.dumps({"sub": str(platform.users[user])})
        self.broken = False

    def become(self) -> None:
        """Act as the user in this transaction."""
        self.connection.execute(
            "select set_config('role', 'authenticated', true), set_config('request.jwt.claims', %s, true)",
            [self.claims],
        )

    def run(self, statement: str, *values: object) -> str | None:
        """Run it in a transaction. Returns the code of a refusal, None if it was done."""
        try:
            with self.connection.transaction():
                self.become()
                self.connection.execute(statement, values)
        except psycopg.Error as error:
            detail = json.loads(error.diag.message_detail or "{}")
            return detail.get("code") or error.diag.sqlstate
        return None

    def sees_that_all_holds(self, campaign: str) -> bool:
        """One statement, one snapshot: the claims do not pass the allotment, and each approved one is booked."""
        with self.connection.transaction():
            self.become()
            row = self.connection.execute(
                "select f.allotment >= coalesce(s.claimed, 0) and coalesce(s.booked, 0) = k.budget_spent"
                " from campaign_funds f join campaigns k using (campaign_id), lateral ("
                "  select sum(amount) filter (where state in ('requested', 'approved', 'paid')) as claimed,"
                "   sum(amount) filter (where state in ('approved', 'paid')) as booked"
                "  from fund_claims c where c.fund_id = f.fund_id) s where f.campaign_id = %s",
                [campaign],
            ).fetchone()
        return row == (True,)


def at_once(count: int, work) -> list[str | None]:
    answers: list[str | None] = []
    barrier = threading.Barrier(count)

    def call(number: int) -> None:
        barrier.wait()
        answers.append(work(number))

    threads = [threading.Thread(target=call, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_eight_callers_at_once_do_not_pass_the_allotment(platform, calling, campaign):
    fund(platform, campaign, 100, 50)
    callers = [calling("retailer") for _ in range(8)]
    answers = at_once(8, lambda n: callers[n].run("select request_fund_claim(%s, 60)", campaign))
    assert sorted(answers, key=str) == [None] * 3 + ["allotment-passed"] * 5
    assert balance(platform, campaign) == [100, 90, 0, 0, 10]


def test_a_transaction_that_sees_the_sum_of_before_is_refused(platform, calling, campaign):
    """Above READ COMMITTED: the change of the fund's row refuses it, where a lock would let it through."""
    fund(platform, campaign, 100, 50)
    brand, retailer = calling("brand"), calling("retailer")
    for caller in (brand, retailer):
        caller.connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    assert retailer.run("select request_fund_claim(%s, 150)", campaign) == "0A000"
    with brand.connection.transaction(force_rollback=True):
        brand.become()
        brand.connection.execute("select from campaign_funds")
        assert claim(platform, campaign, 150).status == 201
        lower = "select set_campaign_fund(%s, %s, 10, 50)", [campaign, platform.users["retailer"]]
        with pytest.raises(psycopg.errors.SerializationFailure):
            brand.connection.execute(*lower)


def test_eight_callers_at_once_book_one_expense(platform, calling, campaign):
    fund(platform, campaign)
    made = claim(platform, campaign).body["claim_id"]
    callers = [calling("brand") for _ in range(8)]
    assert at_once(8, lambda n: callers[n].run("select approve_fund_claim(%s)", made)) == [None] * 8
    assert spent(platform, campaign) == (50, 0, 1)


@pytest.mark.parametrize("seed", range(3))
def test_whatever_callers_do_at_once_the_sums_hold(platform, calling, campaign, seed):
    """Random claims, decisions, withdrawals and allotments; watched by a caller who reads all the while."""
    fund(platform, campaign, 100, 50)
    retailer = platform.users["retailer"]
    brands, retailers = ([calling(user) for _ in range(4)] for user in ("brand", "retailer"))

    def act(number: int) -> str | None:
        dice = random.Random(seed * 100 + number)
        brand, own = brands[number], retailers[number]
        unexpected = None
        for _ in range(12):
            some = "(select claim_id from fund_claims where campaign_id = %s order by random() limit 1)"
            who, statement, values = dice.choice(
                [
                    (own, "select request_fund_claim(%s, %s)", (campaign, dice.randint(1, 120))),
                    (own, "select request_fund_claim(%s, %s)", (campaign, dice.randint(1, 120))),
                    (own, f"select withdraw_fund_claim({some})", (campaign,)),
                    (brand, f"select approve_fund_claim({some})", (campaign,)),
                    (brand, f"select refuse_fund_claim({some}, 'no')", (campaign,)),
                    (brand, f"select pay_fund_claim({some})", (campaign,)),
                    (
                        brand,
                        "select set_campaign_fund(%s, %s, %s, %s)",
                        (campaign, retailer, dice.randint(0, 200), dice.randint(1, 100)),
                    ),
                ]
            )
            code = who.run(statement, *values)
            own.broken |= not own.sees_that_all_holds(campaign)
            if code not in EXPECTED:
                unexpected = code
        return unexpected

    assert at_once(4, act) == [None] * 4
    assert not any(caller.broken for caller in retailers)
    rows = platform.query(
        "select state::text, amount, (select count(*) from campaign_expenses e where e.fund_claim_id = c.claim_id),"
        " (select sum(amount) from campaign_expenses e where e.fund_claim_id = c.claim_id)"
        " from fund_claims c where campaign_id = %s",
        campaign,
    )
    for state, amount, booked, total in rows:
        assert (booked, total) == ((1, amount) if state in {"approved", "paid"} else (0, None))
    assert spent(platform, campaign)[0] == sum(a for s, a, _, _ in rows if s in {"approved", "paid"})


EXPECTED = {
    None, "allotment-passed", "allotment-below-claims", "wrong-state", "invalid-amount", "claim-not-found",
}  # fmt: skip
