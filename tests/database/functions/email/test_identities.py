"""Sender identities, suppressions by hand, and senders: HTTP against a real database, SES by moto."""

from __future__ import annotations

from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from ddp.addresses import email_hash


@pytest.fixture
def domain() -> str:
    """One that nobody has claimed."""
    return f"d{uuid4().hex[:12]}.example"


def claim(mailing, identity, user="retailer", key=None):
    return mailing.ask(user, "POST", "/sender-identities", {"identity": identity}, key=key)


def verify(monkeypatch, identity, *, owner, status="SUCCESS", tokens=("a", "b", "c")):
    """SES as it answers once it has seen the records; moto has none of this."""
    from ddp.providers import ses_identities

    class Client:
        created: list[str] = []  # noqa: RUF012
        deleted: list[str] = []  # noqa: RUF012

        def get_email_identity(self, EmailIdentity):  # noqa: N803
            return {
                "VerifiedForSendingStatus": status == "SUCCESS",
                "VerificationStatus": status,
                "DkimAttributes": {"Tokens": list(tokens), "Status": status},
                "Tags": [{"Key": "ddp-user", "Value": str(owner)}] if owner else [],
            }

        def delete_email_identity(self, EmailIdentity):  # noqa: N803
            self.deleted.append(EmailIdentity)

    client = Client()
    monkeypatch.setattr(ses_identities, "client", lambda: client)
    return client


def test_a_domain_is_claimed_proved_and_used(mailing, monkeypatch, domain):
    owner = mailing.platform.users["retailer"]
    made = claim(mailing, domain.upper(), key="i1")
    assert (made.status, made.body["identity"], made.body["status"]) == (201, domain, "pending"), made
    assert domain in [i["EmailIdentity"] if "EmailIdentity" in i else i["IdentityName"]
                      for i in boto3.client("sesv2").list_email_identities()["EmailIdentities"]]  # fmt: skip
    path = f"/sender-identities/{made.body['sender_identity_id']}"
    verify(monkeypatch, domain, owner=owner, status="PENDING")
    pending = mailing.ask("retailer", "GET", path).body
    assert pending["dns_records"][0] == {
        "type": "CNAME",
        "name": f"a._domainkey.{domain}",
        "value": "a.dkim.amazonses.com",
    }
    assert "DNS" in pending["next_step"]
    message = mailing.draft(sender_email=f"shop@{domain}")
    assert mailing.send(message).code == "sender-not-verified"
    verify(monkeypatch, domain, owner=owner)
    proved = mailing.ask("retailer", "GET", path).body
    assert (proved["status"], proved["next_step"]) == ("verified", None)
    assert mailing.send(message).status == 202
    assert proved["sender_identity_id"] in [
        item["sender_identity_id"]
        for item in mailing.ask("retailer", "GET", "/sender-identities").body["items"]
    ]


def test_an_identity_belongs_to_one_user(mailing, monkeypatch, domain):
    made = claim(mailing, domain).body["sender_identity_id"]
    assert claim(mailing, domain).body["sender_identity_id"] == made
    assert claim(mailing, domain, "rival").code == "identity-taken"
    path = f"/sender-identities/{made}"
    for user in ("rival", "brand"):
        assert mailing.ask(user, "GET", path).status == 404
        assert mailing.ask(user, "DELETE", path).status == 404
        assert mailing.ask(user, "PUT", f"{path}/sharing", {"is_shared": True}).status == 404
    assert mailing.ask("retailer", "PUT", f"{path}/sharing", {"is_shared": True}).code == "not-an-admin"
    assert mailing.ask("admin", "PUT", f"{path}/sharing", {"is_shared": True}).body["is_shared"] is True
    assert mailing.ask("brand", "GET", path).status == 200, "shared: seen, and as it was seen last"
    client = verify(monkeypatch, domain, owner=mailing.platform.users["retailer"])
    assert mailing.ask("retailer", "DELETE", path).status == 200
    assert client.deleted == [domain]
    assert mailing.ask("retailer", "GET", path).status == 404


def test_a_claim_without_proof_lapses(mailing, domain):
    made = claim(mailing, domain).body["sender_identity_id"]
    mailing.platform.query(
        "update sender_identities set created_at = now() - interval '73 hours'"
        " where sender_identity_id = %s returning 1",
        made,
    )
    boto3.client("sesv2").delete_email_identity(EmailIdentity=domain)
    assert claim(mailing, domain, "rival").body["created_by_user_id"] == str(mailing.platform.users["rival"])
    assert mailing.ask("retailer", "GET", f"/sender-identities/{made}").status == 404


def test_what_was_verified_for_somebody_else_is_no_proof(mailing, monkeypatch, domain):
    """SES has one list an account: a domain may be in it that this user never proved."""
    for owner in (None, mailing.platform.users["brand"]):
        client = verify(monkeypatch, domain, owner=owner)
        assert claim(mailing, domain).code == "identity-taken"
        status = "select status from sender_identities where identity = %s"
        assert mailing.platform.query(status, domain) == [("pending",)]
        own = mailing.platform.query(
            "select sender_identity_id from sender_identities where identity = %s", domain
        )
        assert mailing.ask("retailer", "GET", f"/sender-identities/{own[0][0]}").status == 409
        assert mailing.ask("retailer", "DELETE", f"/sender-identities/{own[0][0]}").status == 200
        assert client.deleted == [], "others depend on it"
    assert claim(mailing, domain, "admin").body["status"] == "verified"


@pytest.mark.parametrize("claimed", ["ceo@{}", "shop.{}", "ceo@a.shop.{}"])
def test_what_ses_takes_from_the_domain_above_is_no_proof(mailing, monkeypatch, domain, claimed):
    """SES has an address or a subdomain verified at once whose domain is: whoever that domain was verified for."""
    from ddp.providers import ses_identities

    users, identity = mailing.platform.users, claimed.format(domain)
    owners = {domain: None, identity: users["retailer"]}

    class Client:
        def get_email_identity(self, EmailIdentity):  # noqa: N803
            if EmailIdentity not in owners:
                raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetEmailIdentity")
            owner = owners[EmailIdentity]
            tags = [{"Key": "ddp-user", "Value": str(owner)}] if owner else []
            return {"VerifiedForSendingStatus": True, "VerificationStatus": "SUCCESS", "Tags": tags}

    monkeypatch.setattr(ses_identities, "client", Client)
    for owner in (None, users["brand"]):
        owners[domain] = owner
        assert claim(mailing, identity).code == "identity-taken"
        ((made,),) = mailing.platform.query(
            "select sender_identity_id from sender_identities where identity = %s", identity
        )
        assert mailing.ask("admin", "GET", f"/sender-identities/{made}").status == 409, "looking is not proof"
    assert mailing.send(mailing.draft(sender_email=f"ceo@{identity.rpartition('@')[2]}")).status == 409
    owners[domain] = users["retailer"]
    assert claim(mailing, identity).body["status"] == "verified"
    owners[domain] = users["brand"]
    assert claim(mailing, identity).body["status"] == "verified", "what was proved stays"


def test_nobody_verifies_himself_past_ses(mailing, domain):
    """A browser may call the database's functions, but its login is not the HTTP functions'."""
    made = claim(mailing, domain).body["sender_identity_id"]
    with mailing.platform.database.connect(
        "superuser", autocommit=False
    ) as browser:  # as PostgREST's authenticator
        browser.execute(
            "select set_config('request.jwt.claims', %s, true)",
            ['{"sub": "%s"}' % mailing.platform.users["retailer"]],  # noqa: UP031
        )
        browser.execute("set local role authenticated")
        with pytest.raises(Exception, match="HTTP API only"):
            browser.execute("select record_sender_identity(%s, 'verified', '{}')", [made])


@pytest.mark.parametrize(
    "identity",
    ["", "x", "localhost", "a b.example", "x@y@z.example", "-a.example", "a.example\r\nX: y", "*.example.com",
     "a\x00.example", "1.2.3.4", "x" * 300 + ".example", "a@\ud800.example"],
    ids=ascii,
)  # fmt: skip
def test_identities_that_are_none(mailing, identity):
    assert claim(mailing, identity).status == 422


def test_international_domains_and_single_addresses(mailing, domain):
    assert claim(mailing, f"bücher-{domain}").body["identity"].startswith("xn--")
    made = claim(mailing, f"Shop@{domain}").body
    assert (made["identity"], made["dns_records"]) == (f"shop@{domain}", [])
    assert "link" in made["next_step"]


def test_suppressing_by_hand(mailing):
    add = mailing.ask("retailer", "POST", "/suppressions", {"email": "Ann@Bücher.example"}, key="s1")
    again = mailing.ask("retailer", "POST", "/suppressions", {"email": "ann@bücher.example"})
    assert (add.status, again.body) == (201, add.body)
    suppression_id = add.body["suppression_id"]
    check = mailing.ask(
        "retailer", "POST", "/suppressions/check", {"email": "ann@xn--bcher-kva.example"}
    ).body
    assert (check["is_suppressed"], check["reason"], check["suppression_id"]) == (
        True,
        "manual",
        suppression_id,
    )
    other = mailing.ask("brand", "POST", "/suppressions/check", {"email": "ann@bücher.example"}).body
    assert other == {"is_suppressed": False, "suppression_id": None, "reason": None, "since": None}
    listed = mailing.ask("retailer", "GET", "/suppressions").body["items"]
    assert [(item["suppression_id"], item["reason"]) for item in listed] == [(suppression_id, "manual")]
    assert "bcher" not in str(listed)
    for user in ("brand", "rival"):
        assert mailing.ask(user, "GET", "/suppressions").body["items"] == []
        assert mailing.ask(user, "DELETE", f"/suppressions/{suppression_id}").status == 404
    assert mailing.ask("retailer", "DELETE", f"/suppressions/{suppression_id}").status == 200
    assert mailing.platform.query(
        "select action, changed_by from audit_logs where table_name = 'suppressions' and record_id = %s"
        " order by changed_at", suppression_id
    ) == [("INSERT", mailing.platform.users["retailer"]), ("DELETE", mailing.platform.users["retailer"])]  # fmt: skip
    for wrong in ("x", "a@b.c\r\nd", "", "\x00@b.c"):
        assert mailing.ask("retailer", "POST", "/suppressions", {"email": wrong}).status == 422


def test_what_the_recipient_said_stays(mailing):
    query = mailing.platform.query
    user = mailing.platform.users["retailer"]
    made = {
        reason: query(
            "insert into suppressions (channel, address_hash, owner_user_id, reason)"
            " values ('email', sha256(gen_random_uuid()::text::bytea), %s, %s) returning suppression_id",
            user,
            reason,
        )[0][0]
        for reason in ("hard_bounce", "complaint", "unsubscribe", "soft_bounces", "manual")
    }
    for reason, suppression_id in made.items():
        answer = mailing.ask("retailer", "DELETE", f"/suppressions/{suppression_id}")
        assert answer.status == (200 if reason in {"soft_bounces", "manual"} else 409), reason
    assert mailing.ask("admin", "DELETE", f"/suppressions/{made['hard_bounce']}").status == 200


def test_of_others_suppressions_only_that_there_is_one(mailing):
    address = f"{uuid4().hex}@example.com"
    mailing.platform.query(
        "insert into suppressions (channel, address_hash, owner_user_id, reason)"
        " values ('email', %s, null, 'complaint') returning 1",
        email_hash(address),
    )
    check = mailing.ask("retailer", "POST", "/suppressions/check", {"email": address}).body
    assert check == {"is_suppressed": True, "suppression_id": None, "reason": None, "since": None}


def test_a_paused_sender_sees_why_and_an_administrator_resumes_it(mailing):
    user = mailing.platform.users["retailer"]
    message = mailing.sent()
    mailing.ledger(message, ["pending"])
    mailing.told("send")
    own = mailing.ask("retailer", "GET", "/senders/me").body
    assert (own["is_paused"], own["max_per_second"]) == (False, None)
    mailing.platform.query(
        "insert into senders (user_id, channel, paused_at, pause_code, pause_reason)"
        " values (%s, 'email', now(), 'complaints', 'Too many complaints.') returning 1",
        user,
    )
    own = mailing.ask("retailer", "GET", "/senders/me").body
    assert (own["is_paused"], own["pause_code"], own["pause_reason"]) == (
        True,
        "complaints",
        "Too many complaints.",
    )
    path = f"/senders/{user}"
    assert mailing.ask("retailer", "POST", f"{path}/resume").code == "not-an-admin"
    assert mailing.ask("rival", "GET", path).status == 404
    assert str(user) in [
        s["user_id"] for s in mailing.ask("admin", "GET", "/senders", is_paused="true").body["items"]
    ]
    assert mailing.ask("admin", "POST", f"{path}/resume").body["is_paused"] is False
    assert mailing.platform.query(
        "select s.resumed_at is not null, p.resumed_at > now() - interval '1 minute', c.queued_at from senders s"
        " join send_plans p on p.created_by_user_id = s.user_id join ddp.send_chunks c using (send_plan_id)"
        " where s.user_id = %s", user
    ) == [(True, True, None)]  # fmt: skip
    assert mailing.ask("admin", "POST", f"{path}/resume").status == 200, "twice is harmless"


def test_administrators_limit_senders(mailing):
    path = f"/senders/{mailing.platform.users['brand']}"
    limits = {"max_per_second": 2.5, "ses_tenant_name": "brand-1"}
    assert mailing.ask("brand", "PUT", path, limits).code == "not-an-admin"
    seen = mailing.ask("admin", "PUT", path, limits).body
    assert (seen["max_per_second"], seen["ses_tenant_name"]) == (2.5, "brand-1")
    assert mailing.ask("brand", "GET", "/senders/me").body["max_per_second"] == 2.5
    assert mailing.ask("admin", "PUT", path, {"max_per_second": None, "ses_tenant_name": None}).status == 200
    for wrong in (
        {},
        {"max_per_second": 0, "ses_tenant_name": None},
        {"max_per_second": None, "ses_tenant_name": "a b"},
    ):
        assert mailing.ask("admin", "PUT", path, wrong).status == 422
    assert mailing.ask("admin", "PUT", f"/senders/{uuid4()}", limits).status == 404
