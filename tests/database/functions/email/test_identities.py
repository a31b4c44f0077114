"""Sender identities: HTTP against a real database, with a DNS server on this machine and SES as SES answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from tests import dns_server


@pytest.fixture
def domain() -> str:
    """A domain that nobody has claimed."""
    return f"d{uuid4().hex[:12]}.test"


class Ses:
    """SES's list of identities; moto's verifies nothing."""

    def __init__(self) -> None:
        self.identities: dict[str, dict] = {}
        self.made = 0

    def create_email_identity(self, EmailIdentity, Tags):  # noqa: N803
        if EmailIdentity in self.identities:
            raise ClientError({"Error": {"Code": "AlreadyExistsException"}}, "CreateEmailIdentity")
        self.made += 1
        tokens = [] if "@" in EmailIdentity else [f"t{self.made}a", f"t{self.made}b"]
        self.identities[EmailIdentity] = {"status": "PENDING", "tags": Tags, "tokens": tokens}
        return self.get_email_identity(EmailIdentity)

    def get_email_identity(self, EmailIdentity):  # noqa: N803
        if (found := self.identities.get(EmailIdentity)) is None:
            raise ClientError({"Error": {"Code": "NotFoundException"}}, "GetEmailIdentity")
        return {
            "VerifiedForSendingStatus": found["status"] == "SUCCESS" or self.verified_above(EmailIdentity),
            "VerificationStatus": found["status"],
            "DkimAttributes": {"Tokens": found["tokens"], "Status": found["status"]},
            "Tags": found["tags"],
        }

    def delete_email_identity(self, EmailIdentity):  # noqa: N803
        self.get_email_identity(EmailIdentity)
        del self.identities[EmailIdentity]

    def verified_above(self, identity) -> bool:
        """SES calls an address or a subdomain verified if its domain is, no matter for whom."""
        name = identity.rpartition("@")[2]
        return any(
            other["status"] == "SUCCESS"
            and "@" not in above
            and (name == above or name.endswith(f".{above}"))
            for above, other in self.identities.items()
            if above != identity
        )

    def set(self, identity, status="SUCCESS", *, owner=None, age=timedelta(0)):
        """What SES has found out since, or an identity that was made elsewhere."""
        found = self.identities.setdefault(identity, {"tags": [], "tokens": ["x"]})
        found["status"] = status
        if owner:
            found["tags"] = [{"Key": "ddp-user", "Value": str(owner)}]
        for tag in found["tags"]:
            if tag["Key"] == "ddp-made":
                tag["Value"] = (datetime.now(UTC) - age).isoformat(timespec="seconds")


@pytest.fixture
def ses(monkeypatch):
    from ddp.providers import ses_identities

    ses = Ses()
    monkeypatch.setattr(ses_identities, "client", lambda: ses)
    return ses


@pytest.fixture
def zone(monkeypatch):
    from ddp.providers import dns

    with dns_server.serving() as zone:
        monkeypatch.setattr(dns, "SERVER", zone.address)
        yield zone


def claim(mailing, identity, user="retailer", key=None):
    return mailing.ask(user, "POST", "/sender-identities", {"identity": identity}, key=key)


def look(mailing, claimed, user="retailer"):
    return mailing.ask(user, "GET", f"/sender-identities/{claimed['sender_identity_id']}")


def publish(zone, claimed):
    """Add the TXT record that the claim asks for to the DNS."""
    (record,) = [record for record in claimed["dns_records"] if record["type"] == "TXT"]
    zone.texts.setdefault(record["name"], []).append(record["value"])


def rows(mailing, identity):
    names = {user_id: name for name, user_id in mailing.platform.users.items()}
    found = mailing.platform.query(
        "select created_by_user_id, status from sender_identities where identity = %s", identity
    )
    return {names[owner]: status for owner, status in found}


def test_a_domain_is_claimed_proved_and_used(mailing, ses, zone, domain):
    made = claim(mailing, domain.upper(), key="i1")
    assert (made.status, made.body["identity"], made.body["status"]) == (201, domain, "pending"), made
    assert made.body["dns_records"] == [
        {"type": "TXT", "name": f"_ddp.{domain}", "value": f"ddp={made.body['sender_identity_id']}"},
        {"type": "CNAME", "name": f"t1a._domainkey.{domain}", "value": "t1a.dkim.amazonses.com"},
        {"type": "CNAME", "name": f"t1b._domainkey.{domain}", "value": "t1b.dkim.amazonses.com"},
    ]
    assert "DNS" in made.body["next_step"]
    assert claim(mailing, domain.upper(), key="i1").body["identity"] == domain
    message = mailing.draft(sender_email=f"shop@{domain}")
    assert mailing.send(message).code == "sender-not-verified"
    publish(zone, made.body)
    assert look(mailing, made.body).body["status"] == "pending", "SES has not seen its records yet"
    ses.set(domain)
    proved = look(mailing, made.body).body
    assert (proved["status"], proved["next_step"]) == ("verified", None)
    assert mailing.send(message).status == 202
    assert proved["sender_identity_id"] in [
        item["sender_identity_id"]
        for item in mailing.ask("retailer", "GET", "/sender-identities").body["items"]
    ]
    zone.texts.clear()
    assert look(mailing, made.body).body["status"] == "verified", "what was proved stays"
    ses.set(domain, "FAILED")
    assert look(mailing, made.body).body["status"] == "failed"


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=30)])
def test_whoever_can_publish_the_record_has_the_domain(mailing, ses, zone, domain, age):
    """A squatter claimed it before; SES's identity keeps the squatter's tag for ever."""
    squatted = claim(mailing, domain, "rival").body
    ses.set(domain, "PENDING", age=age)
    owned = claim(mailing, domain).body
    publish(zone, owned)
    ses.set(domain)
    assert look(mailing, squatted, "rival").body["status"] == "pending", (
        "the owner's records prove nothing for others"
    )
    assert look(mailing, owned).body["status"] == "verified"
    assert look(mailing, squatted, "rival").body["status"] == "pending"
    assert (
        mailing.ask("rival", "DELETE", f"/sender-identities/{squatted['sender_identity_id']}").status == 200
    )
    assert domain in ses.identities, "the owner depends on it"


def test_where_ses_gave_up_on_a_squatters_claim_it_begins_anew(mailing, ses, zone, domain):
    """SES looks for its records for 72 hours."""
    claim(mailing, domain, "rival")
    ses.set(domain, "FAILED")
    owned = claim(mailing, domain).body
    assert owned["status"] == "pending"
    assert owned["dns_records"][1]["name"].startswith("t2a."), "records of a new identity"
    publish(zone, owned)
    ses.set(domain)
    assert look(mailing, owned).body["status"] == "verified"


def test_a_new_owner_of_a_domain_replaces_the_old_one(mailing, ses, zone, domain):
    old, shared = claim(mailing, domain, "rival").body, claim(mailing, domain, "admin").body
    ses.set(domain)
    publish(zone, old)
    assert look(mailing, old, "rival").body["status"] == "verified"
    assert look(mailing, shared, "admin").body["status"] == "verified"
    second = claim(mailing, domain, "brand").body
    publish(zone, second)
    assert look(mailing, second, "brand").body["status"] == "verified"
    assert rows(mailing, domain) == {"rival": "verified", "admin": "verified", "brand": "verified"}, (
        "all published"
    )
    zone.texts.clear()
    new = claim(mailing, domain).body
    publish(zone, new)
    assert look(mailing, new).body["status"] == "verified"
    assert rows(mailing, domain) == {
        "rival": "pending", "admin": "verified", "brand": "pending", "retailer": "verified",
    }  # fmt: skip


def test_an_identity_is_seen_and_changed_by_its_user(mailing, ses, domain):
    made = claim(mailing, domain).body["sender_identity_id"]
    assert claim(mailing, domain).body["sender_identity_id"] == made
    path = f"/sender-identities/{made}"
    for user in ("rival", "brand"):
        assert mailing.ask(user, "GET", path).status == 404
        assert mailing.ask(user, "DELETE", path).status == 404
        assert mailing.ask(user, "PUT", f"{path}/sharing", {"is_shared": True}).status == 404
    assert mailing.ask("retailer", "PUT", f"{path}/sharing", {"is_shared": True}).code == "not-an-admin"
    assert mailing.ask("admin", "PUT", f"{path}/sharing", {"is_shared": True}).body["is_shared"] is True
    assert mailing.ask("brand", "GET", path).status == 200, "shared: seen, and as it was seen last"
    assert mailing.ask("retailer", "DELETE", path).status == 200
    assert ses.identities == {}
    assert mailing.ask("retailer", "GET", path).status == 404


def test_an_account_has_no_more_than_twenty_claims(mailing, ses, domain):
    users = mailing.platform.users
    mailing.platform.query(
        "delete from sender_identities where created_by_user_id = %s returning 1", users["rival"]
    )
    for number in range(20):
        assert claim(mailing, f"n{number}.{domain}", "rival").status == 201
    assert claim(mailing, domain, "rival").code == "too-many-identities"
    mailing.platform.query(
        "delete from sender_identities where created_by_user_id = %s returning 1", users["rival"]
    )


def test_what_was_set_up_elsewhere_is_no_proof(mailing, ses, zone, domain):
    """SES has one list per account, which may contain a domain that this user never proved."""
    ses.set(domain)
    made = claim(mailing, domain).body
    assert made["status"] == "pending"
    assert mailing.ask("retailer", "DELETE", f"/sender-identities/{made['sender_identity_id']}").status == 200
    assert domain in ses.identities, "others depend on it"
    assert claim(mailing, domain, "admin").body["status"] == "verified"
    made = claim(mailing, domain).body
    publish(zone, made)
    assert look(mailing, made).body["status"] == "verified", "it is the domain's owner who publishes it"


@pytest.mark.parametrize("status", ["SUCCESS", "PENDING"])
def test_an_address_that_was_set_up_elsewhere_is_refused_before_anything_is_stored(
    mailing, ses, domain, status
):
    ses.set(f"ceo@{domain}", status)
    assert claim(mailing, f"ceo@{domain}").code == "identity-taken"
    assert rows(mailing, f"ceo@{domain}") == {}
    assert claim(mailing, f"ceo@{domain}", "admin").status == 201


@pytest.mark.parametrize("address", ["ceo@{}", "ceo@a.shop.{}"])
def test_what_ses_takes_from_the_domain_above_is_no_proof(mailing, ses, zone, domain, address):
    """SES calls an address or a subdomain verified if its domain is, no matter for whom that was verified."""
    address = address.format(domain)
    before = claim(mailing, address).body
    owned = claim(mailing, domain, "brand").body
    publish(zone, owned)
    ses.set(domain)
    assert look(mailing, owned, "brand").body["status"] == "verified"
    assert look(mailing, before).code == "identity-taken"
    assert look(mailing, before, "admin").code == "identity-taken", "looking is not proof"
    assert claim(mailing, address, "rival").code == "identity-taken"
    assert rows(mailing, address) == {"retailer": "pending"}
    assert claim(mailing, f"shop.{domain}").body["status"] == "pending", "and so for subdomains"
    assert claim(mailing, address, "brand").code == "not-needed"
    assert mailing.send(mailing.draft(sender_email=address)).status == 409


def test_an_address_is_proved_by_one_user_at_a_time(mailing, ses, domain):
    """The link in SES's mail proves it for the identity that SES has, which is one user's while the link works."""
    address = f"ceo@{domain}"
    squatted = claim(mailing, address, "rival").body
    waiting = claim(mailing, address).body
    assert waiting["status"] == "pending"
    assert "Someone else is proving this address until" in waiting["next_step"]
    assert look(mailing, waiting).body["next_step"] == waiting["next_step"]
    ses.set(address, "PENDING", age=timedelta(hours=25))
    assert "Open the link" in look(mailing, squatted, "rival").body["next_step"], (
        "no second turn before others had one"
    )
    assert ses.made == 1
    assert "Open the link" in look(mailing, waiting).body["next_step"]
    assert ses.made == 2
    assert "Someone else" in look(mailing, squatted, "rival").body["next_step"]
    ses.set(address)
    assert look(mailing, squatted, "rival").code == "identity-taken"
    assert look(mailing, waiting).body["status"] == "verified"
    assert claim(mailing, address, "brand").code == "identity-taken"
    assert rows(mailing, address) == {"rival": "pending", "retailer": "verified"}


def test_an_unproved_address_gets_another_mail(mailing, ses, domain):
    made = claim(mailing, f"ceo@{domain}").body
    ses.set(f"ceo@{domain}", "PENDING", age=timedelta(hours=49))
    look(mailing, made)
    assert ses.made == 2


def test_whoever_deletes_a_claim_to_an_address_gives_up_the_turn(mailing, ses, domain):
    """Otherwise a squatter would have all turns, by deleting and claiming again."""
    address = f"ceo@{domain}"
    squatted = claim(mailing, address, "rival").body
    waiting = claim(mailing, address).body
    mailing.ask("rival", "DELETE", f"/sender-identities/{squatted['sender_identity_id']}")
    assert "Someone else" in claim(mailing, address, "rival").body["next_step"]
    assert "Open the link" in look(mailing, waiting).body["next_step"]


def test_identities_at_a_real_client_of_ses(mailing, domain):
    """Moto checks the calls."""
    made = claim(mailing, domain).body
    listed = boto3.client("sesv2").list_email_identities()["EmailIdentities"]
    assert domain in [item.get("EmailIdentity") or item.get("IdentityName") for item in listed]
    assert mailing.ask("retailer", "DELETE", f"/sender-identities/{made['sender_identity_id']}").status == 200


def test_without_ses_administrators_decide_before_anything_is_stored(mailing, monkeypatch, domain):
    from functions.email.routes import identities

    monkeypatch.setattr(identities, "USES_SES", False)
    assert claim(mailing, domain).status == 403
    assert rows(mailing, domain) == {}
    assert claim(mailing, domain, "admin").body["status"] == "verified"


def test_nobody_verifies_himself_past_ses(mailing, ses, domain):
    """A browser may call the database's functions, but its login is not the HTTP functions'."""
    made = claim(mailing, domain).body["sender_identity_id"]
    for call, values in (
        ("record_sender_identity(%s, 'verified', '{}')", [made]),
        ("sender_identity_claimants(%s)", [domain]),
    ):
        with mailing.platform.database.connect(
            "superuser", autocommit=False
        ) as browser:  # as PostgREST's login
            browser.execute(
                "select set_config('request.jwt.claims', %s, true)",
                ['{"sub": "%s"}' % mailing.platform.users["retailer"]],  # noqa: UP031
            )
            browser.execute("set local role authenticated")
            with pytest.raises(Exception, match="Only the HTTP API"):
                browser.execute(f"select {call}", values)


@pytest.mark.parametrize(
    "identity",
    ["", "x", "localhost", "a b.example", "x@y@z.example", "-a.example", "a.example\r\nX: y", "*.example.com",
     "a\x00.example", "1.2.3.4", "x" * 300 + ".example", "a@\ud800.example"],
    ids=ascii,
)  # fmt: skip
def test_identities_that_are_none(mailing, identity):
    assert claim(mailing, identity).status == 422


def test_international_domains_and_single_addresses(mailing, ses, domain):
    assert claim(mailing, f"bücher-{domain}").body["identity"].startswith("xn--")
    made = claim(mailing, f"Shop@{domain}").body
    assert (made["identity"], made["dns_records"]) == (f"shop@{domain}", [])
    assert "link" in made["next_step"]
