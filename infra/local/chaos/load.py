"""What honest tenants do meanwhile: they send e-mails and SMS, pause, resume and cancel some, and post.

They ask as careful clients do: the same request again, with the same key, until it is answered.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

import urllib3

from infra.cli.api_client import Answer, Client
from infra.cli.campaign.api import Draft, SmsDraft
from infra.cli.social.api import PLATFORMS
from infra.local.chaos.happened import Happened
from infra.local.chaos.tenants import TEXT_PLATFORMS, Tenant, Tenants
from infra.local.demo.phones import mobiles

# Recipients of one send, and the seconds between two of one tenant: in an hour fewer than the simulators' lists keep.
RECIPIENTS, PAUSE = (10, 40), (2.0, 5.0)
TEXTS, TEXT_PAUSE = (5, 25), (3.0, 7.0)
POST_PAUSE = (3.0, 6.0)
# Every so many groups of posts has the platforms that need a picture, too: TikTok takes 15 posts a day.
WITH_PICTURE = 8
COUNTRIES = ("GB", "CH", "FR", "BE", "DE")
# How often a request is repeated that is not answered, and after how many seconds.
TIMES, AGAIN = 20, 1.5
# The share of sends that are paused and resumed, or cancelled.
PAUSED, CANCELLED = 0.1, 0.05
NONE: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A send that the API said that it took."""

    tenant: str
    path: str  # of the message in the API
    recipients: int


@dataclass(slots=True, kw_only=True)
class Load:
    """The tenants' threads. Lists grow while they run."""

    tenants: Tenants
    seed: str
    happened: Happened
    over: threading.Event
    sends: list[Asked] = field(default_factory=list)
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)  # platforms of posts by their mark

    def loops(self) -> list[Callable[[], None]]:
        """What each thread does until `over`."""
        return [
            *(self._loop(self._write, each) for each in self.tenants.writers),
            *(self._loop(self._text, each) for each in self.tenants.texters),
            *(self._loop(self._post, each) for each in self.tenants.posters),
        ]

    def _loop(self, act: Callable[[Tenant, random.Random, int], float], tenant: Tenant) -> Callable[[], None]:
        chance = random.Random(f"{self.seed}/{tenant.key}/{act.__name__}")  # noqa: S311 (no secret)

        def loop() -> None:
            number = 0
            while not self.over.is_set():
                self.over.wait(act(tenant, chance, number))
                number += 1

        return loop

    def _write(self, tenant: Tenant, chance: random.Random, _: int) -> float:
        """Send one e-mail to new addresses; returns the seconds to the next."""
        mark = uuid4().hex[:10]
        draft = Draft(
            campaign_id=self.tenants.campaign_id,
            subject="Hello {{ name }}",
            html="<p>Hello {{ name }}, look at our <a href='https://shop.example/'>watches</a>.</p>",
            sender_email=tenant.sender,
        )
        people = [
            {"email": f"c{n}.{mark}@shop.example", "name": f"N{n}"}
            for n in range(chance.randint(*RECIPIENTS))
        ]
        self._change_mind(tenant, chance, self.send(tenant, draft, people))
        return chance.uniform(*PAUSE)

    def _text(self, tenant: Tenant, chance: random.Random, _: int) -> float:
        """Send one SMS at this hour: administrators may, and so may transactional messages."""
        is_admin = tenant is self.tenants.admin
        draft = SmsDraft(
            campaign_id=self.tenants.campaign_id,
            text="{{ name }}, your watch is ready. {{ opt_out }}",
            message_type="promotional" if is_admin else "transactional",
        )
        numbers = mobiles(chance.choice(COUNTRIES), chance.randint(*TEXTS), chance)
        people = [{"phone": number, "name": f"N{n}"} for n, number in enumerate(sorted(numbers))]
        options = {"consent": "declared", "ignore_windows": True} if is_admin else {}
        self._change_mind(tenant, chance, self.send(tenant, draft, people, options))
        return chance.uniform(*TEXT_PAUSE)

    def send(
        self,
        tenant: Tenant,
        draft: Draft | SmsDraft,
        people: Sequence[Mapping[str, str]],
        options: Mapping[str, Any] = NONE,
    ) -> str | None:
        """Write a message and ask to send it; returns its path in the API, or None if it was not taken."""
        messages = f"/{draft.channel.name}-campaigns"
        made = self._insist(tenant.client, messages, draft.body())
        if made is None:
            return None
        path = f"{messages}/{made.body[f'{draft.channel.name}_campaign_id']}"
        body = {"audience": {"source": "list", "recipients": list(people)}, **options}
        if self._insist(tenant.client, f"{path}/send", body) is None:
            return None
        self.sends.append(Asked(tenant=tenant.key, path=path, recipients=len(people)))
        return path

    def _change_mind(self, tenant: Tenant, chance: random.Random, path: str | None) -> None:
        """Pause and resume, or cancel: seldom."""
        luck = chance.random()
        if path is None or luck > PAUSED + CANCELLED:
            return
        if luck > PAUSED:
            self._insist(tenant.client, f"{path}/cancel", None)
        elif self._insist(tenant.client, f"{path}/pause", None):
            self.over.wait(1.0)
            self._insist(tenant.client, f"{path}/resume", None)

    def _post(self, tenant: Tenant, chance: random.Random, number: int) -> float:
        """Post to several platforms, whose own lists show the mark in the text."""
        mark = f"fire-{uuid4().hex[:12]}"
        wanted = PLATFORMS if number % WITH_PICTURE == 0 else TEXT_PLATFORMS
        # YouTube takes videos only.
        names = tuple(name for name in wanted if name in tenant.accounts and name != "youtube")
        body: dict[str, Any] = {
            "account_ids": [tenant.accounts[name] for name in names],
            "text": f"Our watches ({mark}).",
            "when": {"kind": "now"},
        }
        if set(names) - set(TEXT_PLATFORMS):
            body["media"] = [{"file_id": tenant.image, "alt_text": "A watch"}]
            body["overrides"] = {
                "tiktok": {"title": f"Watches ({mark})", "options": {"privacy": "SELF_ONLY"}}
            }
        if self._insist(tenant.client, "/social-posts", body) is not None:
            self.groups[mark] = names
        return chance.uniform(*POST_PAUSE)

    def _insist(self, client: Client, path: str, body: object) -> Answer | None:
        """Ask until the API takes or refuses it; None if it refuses, or the fire is over before."""
        key = {"Idempotency-Key": str(uuid4())}
        for _ in range(TIMES):
            answer = answered(client, "POST", path, body, key)
            if answer is None:
                self.happened.no_answer()
            elif answer.status < 400:
                return answer
            elif answer.status != 429:
                self.happened.decline(f"{path.rsplit('/', 1)[-1]}: {answer.body['code']}")
                return None
            if self.over.wait(AGAIN):
                return None
        return None


def answered(
    client: Client,
    method: str,
    path: str,
    body: object,
    headers: Mapping[str, str] | None = None,
    *,
    of_gateway: Collection[int] = (),
) -> Answer | None:
    """The platform's own answer, or one of these statuses of the gateway's.

    None if there is none, or if the gateway's functions are not there yet.
    """
    try:
        answer = client.call(method, path, body, headers)
    except (urllib3.exceptions.HTTPError, ValueError):
        return None
    is_ours = answer.status < 400 or (answer.status < 500 and "code" in answer.body)
    return answer if is_ours or answer.status in of_gateway else None
