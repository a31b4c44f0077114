"""What hostile tenants do meanwhile. Each request must be refused; an answer below 400 is a breach.

Their content is refused when it is sent: by the plan, which tries it and sets it aside.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from infra.cli.api_client import Client
from infra.cli.campaign.api import Draft
from infra.local.chaos.happened import Happened
from infra.local.chaos.load import Load, answered
from infra.local.chaos.platform import Platform
from infra.local.identity.issuer import AUDIENCE, KEY_ID
from infra.local.identity.users import USERS

PAUSE = (0.5, 2.0)
# The gateway takes bodies of 10 MB at most, and Lambda events of 6 MB.
HUGE = 7_000_000
# What the authorizer and the limits of the gateway answer.
GATEWAY = (401, 403, 413)
# Of these, one message takes far longer than one may.
SLOW = "{% assign a = '" + "x," * 1_500 + "' | split: ',' %}" + "{% assign c = a | where: 'x','y' %}" * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """A request that must be refused."""

    kind: str
    client: Client
    method: str
    path: str
    body: object = None


@dataclass(slots=True, kw_only=True)
class Attacks:
    """The thread of those who mean harm, until `over`."""

    platform: Platform
    load: Load
    seed: str
    happened: Happened
    over: threading.Event

    def loops(self) -> list[Callable[[], None]]:
        """What each thread does."""
        return [self._attack, self._send_slow_content]

    def _attack(self) -> None:
        chance = random.Random(f"{self.seed}/attacks")  # noqa: S311 (no secret)
        while not self.over.wait(chance.uniform(*PAUSE)):
            for attack in self._round(chance):
                answer = answered(attack.client, attack.method, attack.path, attack.body, of_gateway=GATEWAY)
                self.happened.attack(attack.kind, status=answer.status if answer else None)

    def _round(self, chance: random.Random) -> Iterator[Attack]:
        tenants = self.load.tenants
        hostile = tenants.hostile.client
        foreign = [each for each in self.load.sends if each.tenant != tenants.hostile.key]
        if foreign:
            path = chance.choice(foreign).path
            for method, action in (("GET", "/sends"), ("POST", "/cancel"), ("DELETE", "")):
                yield Attack(kind="foreign ids", client=hostile, method=method, path=path + action)
        for token in self._forged():
            client = Client(api_url=hostile.api_url, token=token)
            yield Attack(kind="forged tokens", client=client, method="GET", path="/suppressions")
        if chance.random() < 0.2:
            body = {"name": "x" * HUGE}
            yield Attack(kind="huge bodies", client=hostile, method="POST", path="/collections", body=body)

    def _forged(self) -> Iterator[str]:
        """Tokens of an administrator that nobody signed, or somebody else did."""
        now = int(time.time())
        claims = {
            "iss": self.platform.urls["Token issuer"],
            "aud": AUDIENCE,
            "sub": str(USERS["admin"].user_id),
            "role": "service_role",
            "iat": now - 60,
            "exp": now + 600,
        }
        header = {"kid": KEY_ID}
        key = ec.generate_private_key(ec.SECP256R1())
        yield jwt.encode(claims, "", algorithm="none", headers=header)
        yield jwt.encode(claims, key, algorithm="ES256", headers=header)

    def _send_slow_content(self) -> None:
        """Send messages that cost too much, over and over again."""
        tenant = self.load.tenants.hostile
        draft = Draft(
            campaign_id=self.load.tenants.campaign_id,
            subject="Hello",
            html=f"<p>{SLOW}</p>",
            sender_email=tenant.sender,
        )
        chance = random.Random(f"{self.seed}/slow")  # noqa: S311 (no secret)
        while not self.over.wait(chance.uniform(5, 10)):
            self.load.send(tenant, draft, [{"email": f"s{n}@shop.example"} for n in range(20)])
