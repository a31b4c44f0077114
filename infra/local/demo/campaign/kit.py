"""The demo's chapter about a kit: a brand's locked template becomes a draft of a retailer, which fills in its slots."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from infra.cli.api_client import ApiError, Client, ask, fetch
from infra.cli.campaign import api as campaign_api
from infra.cli.campaign.api import upload_csv as upload
from infra.local.demo import files
from infra.local.demo.story import Story
from infra.local.identity.users import USERS
from infra.local.schedules import reconcile_now

DOMAIN: Final = "lakeside-jewellers.example"
TEMPLATE: Final[dict[str, Any]] = {
    "template_name": "Spring watches",
    "template_type": "email",
    "template_content": {
        "subject": "{{ name }}, your {{ model }} has arrived",
        "html": Path(__file__).with_name("email.html").read_text(),
    },
    "slots": [
        {"name": "logo", "kind": "image", "required": True},
        {"name": "invitation", "kind": "text", "limit": 120, "required": True},
    ],
    "requires": ["store_name", "postal_address", "website"],
    "is_locked": True,
}
INVITATION: Final = "The watch that you asked for is in our window from Saturday."
SECONDS: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A campaign with a kit, the draft that its template became for the retailer, and what the retailer put into it."""

    campaign_id: str
    email_campaign_id: str
    logo_url: str
    postal_address: str


def give_kit(story: Story, sqs: Any) -> Kit:
    """A retailer says who it is, a brand makes a kit, and the retailer fills in the slots of the draft that it gets."""
    brand, retailer = story.clients["brand"], story.clients["retailer"]
    names = USERS["brand"].user_name, USERS["retailer"].user_name
    story.chapter(f"{names[0]} gives {names[1]} a locked template")
    logo_id = _introduce(story, retailer)
    campaign_id = _make_campaign(story, brand)
    ask(retailer, "POST", f"/campaigns/{campaign_id}/join")
    reconcile_now(sqs)  # makes what a minute would
    logo_url = _host_logo(story, retailer, logo_id)
    item = _wait_for("the draft", lambda: _offered(retailer, campaign_id))
    draft = ask(retailer, "GET", f"/email-campaigns/{item['response']['email_campaign_id']}")
    told = f"{names[1]} joins the campaign and finds the template among its drafts, as an e-mail"
    story.check(told, draft["email_content"] == TEMPLATE["template_content"]["html"], draft)
    _fill_in(story, retailer, draft["email_campaign_id"], logo_url)
    accepted = ask(retailer, "POST", f"/campaigns/{campaign_id}/items/{item['item_id']}/accept", {})
    story.check(
        f"{names[1]} fills in the slots and accepts the e-mail", accepted["state"] == "accepted", accepted
    )
    return Kit(
        campaign_id=campaign_id,
        email_campaign_id=draft["email_campaign_id"],
        logo_url=logo_url,
        postal_address=USERS["retailer"].postal_address,
    )


def _introduce(story: Story, retailer: Client) -> str:
    """The retailer proves its domain, and sets what messages show of it; returns the logo's id."""
    name = USERS["retailer"].user_name
    identity = campaign_api.claim_sender(retailer, DOMAIN)
    story.check(f"{DOMAIN} is verified as a sender", identity["status"] == "verified", identity)
    logo_id = upload(retailer, files.logo("Lakeside logo.png", name))
    sender = {
        "store_name": name,
        "postal_address": USERS["retailer"].postal_address,
        "website": f"https://{DOMAIN}",
        "logo_file_id": logo_id,
    }
    told = ask(retailer, "PATCH", "/me", {"sender": sender})["person"]["sender"]
    is_kept = told.items() >= sender.items()
    story.check(f"{name} says who it is: name, postal address, website and logo", is_kept, told)
    ask(retailer, "POST", f"/files/{logo_id}/host")
    return logo_id


def _make_campaign(story: Story, brand: Client) -> str:
    """An open campaign that asks for approval, with the template as the only item of its kit; returns its id."""
    campaign_id = campaign_api.new_campaign(
        brand, f"Spring watches · {story.run}", is_open=True, approval="first"
    )
    template_id = ask(brand, "POST", "/templates", TEMPLATE)["template_id"]
    item = {
        "title": "Your watch has arrived",
        "template_id": template_id,
        "due_at": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    added = brand.call("POST", f"/campaigns/{campaign_id}/items", item)
    slots = " and ".join(slot["name"] for slot in TEMPLATE["slots"])
    told = f"{USERS['brand'].user_name} puts a locked template into the campaign's kit; its slots are {slots}"
    story.check(told, added.status == 201, added.problem)
    return campaign_id


def _host_logo(story: Story, retailer: Client, logo_id: str) -> str:
    """The logo's public address, once it has one."""
    url = _wait_for("the logo's address", lambda: ask(retailer, "GET", f"/files/{logo_id}/host")["file_url"])
    image = fetch(url)
    story.check(
        "the logo has a public address, which e-mails can show", image.startswith(b"\x89PNG"), image[:20]
    )
    return str(url)


def _offered(retailer: Client, campaign_id: str) -> dict[str, Any] | None:
    """The first item of the kit, once it has become a draft."""
    item: dict[str, Any] = ask(retailer, "GET", f"/campaigns/{campaign_id}/items")["items"][0]
    return item if item["response"] else None


def _fill_in(story: Story, retailer: Client, email_campaign_id: str, logo_url: str) -> None:
    path = f"/email-campaigns/{email_campaign_id}"
    refused = retailer.call("PATCH", path, {"email_subject": "Everything must go"})
    is_locked = (refused.status, refused.body.get("code")) == (422, "locked-template")
    story.check(f"a subject of its own is refused: {refused.problem}", is_locked, refused.status)
    own = {
        "sender_email": f"news@{DOMAIN}",
        "sender_name": USERS["retailer"].user_name,
        "slots": {"logo": logo_url, "invitation": INVITATION},
    }
    ask(retailer, "PATCH", path, own)


def _wait_for(what: str, look: Callable[[], Any]) -> Any:
    """What `look` finds, which is None until then. Raises ApiError after SECONDS."""
    deadline = time.monotonic() + SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise ApiError(f"Waited {SECONDS} s for {what}, in vain.")
        time.sleep(0.3)
    return found
