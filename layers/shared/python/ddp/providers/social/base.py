"""What an adapter of a social platform takes and answers.

Publishing has one irreversible step, `finalise`. Everything before it can be repeated: uploads resume from the state
that `prepare` returned last. No platform has an idempotency key. Therefore an error of `finalise` is Permanent or
Transient only with proof that nothing was published; without proof it is Unknown, never repeated, and `find` looks.

An adapter raises, from any method that calls its platform: Refused (no for good), Transient (it may work later, after
the seconds that the platform named), StateLost, QuotaReached, CredentialsExpired (the owner must connect again), and
Unknown, only from `finalise`, `comment` and `remove`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID

from ddp.errors import Permanent, Transient


class Platform(StrEnum):
    """The platforms, by the names that the database has."""

    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"
    TWITTER = "twitter"
    LINKEDIN = "linkedin"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"


class PostType(StrEnum):
    """What a post is. Each platform's rules say which of these it publishes."""

    TEXT = "text"
    LINK = "link"
    IMAGE = "image"
    CAROUSEL = "carousel"
    VIDEO = "video"
    REEL = "reel"
    STORY = "story"


class Refused(Permanent):
    """The platform says no for good. `code`: a stable word, at most 50 characters; the text: the platform's reason."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class NotPublished(Refused):
    """The platform says that it did not publish an accepted post, and will not."""


class QuotaReached(Transient):
    """A quota of the account or of the application is used up."""


class AllQuotaReached(QuotaReached):
    """It is certainly the application's: calls for all other accounts would be refused too."""


class StateLost(Transient):
    """What was prepared is lost or too old on the platform: preparation starts again, with an empty state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """The platform's application through which everyone publishes. Neither field is ever logged."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a platform gives for a code or a refresh token. `scopes`: what was granted; None: it does not say."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """Where to send a person to grant access. `verifier`: PKCE's secret, kept until the exchange; None: not used."""

    url: str
    verifier: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAccount:
    """A page, channel, organisation or person that the granted access can publish as.

    `kind`: the platform's word in lower case (page, business, creator, organization, member, channel, user).
    `access_token`: its own, where the platform gives it one (pages); else None: the person's serves. `lacks`: sentences
    that say what is missing before it can publish; empty: nothing. `person_id`: who granted it, by the id that the
    platform has for the application; None: its callbacks name nobody, or the account itself.
    """

    external_account_id: str
    kind: str
    handle: str
    name: str
    access_token: str | None = field(default=None, repr=False)
    lacks: tuple[str, ...] = ()
    person_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A connected account, with the token that its calls carry."""

    external_account_id: str
    kind: str
    handle: str
    access_token: str = field(repr=False)
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file of a post, in the form in which the platform takes it.

    `read(start, length)` returns up to `length` bytes from byte `start`, by one ranged read. `url`: an address on our
    own domain from which the platform may fetch it (no redirect, two hours); None: none was made. `seconds`: a video's
    duration. Sizes are in pixels and bytes.
    """

    position: int
    content_type: str
    size: int
    read: Callable[[int, int], bytes] = field(repr=False)
    url: str | None = field(default=None, repr=False)
    alt_text: str | None = None
    width: int | None = None
    height: int | None = None
    seconds: float | None = None

    @property
    def is_video(self) -> bool:
        """Whether it is a video; else it is an image (or, for LinkedIn, a document)."""
        return self.content_type.startswith("video/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """What is to be published, as validated. `options` are the platform's own; its rules describe them."""

    post_id: UUID
    type: PostType
    text: str
    title: str | None = None
    media: Sequence[Media] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


# What an adapter remembers of a post between its steps: JSON. It may hold upload addresses, which are secrets.
State = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the preparation of a post is.

    `state`: what the next step continues from. `is_ready`: `finalise` may be called. Otherwise `check` is to be called
    after `again_in` seconds. `expires_at`: when what was prepared is lost, and preparation starts again.
    """

    state: State
    is_ready: bool
    again_in: float = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A post that is on the platform. `published_at`: by the platform's clock, if it says it."""

    external_id: str
    permalink: str | None = None
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The platform took the post and publishes it in its own time. `state`: what `confirm` continues from."""

    state: State
    again_in: float


class Absent(StrEnum):
    """What it means that a post was not found."""

    # By its id: the platform says that it was not published. It may be finalised again.
    PROVED = "proved"
    # Nothing that looks like it was in a list: proves nothing.
    NOT_SEEN = "not_seen"
    CANNOT_LOOK = "cannot_look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a post. `is_warning`: it can go out all the same.

    `field`: `text`, `title`, `media`, `media[2]`, `options.privacy`, `first_comment`, `account`, `scheduled_at`.
    `limit`: the number that was passed, if there is one. `sentence` says how to mend it.
    """

    field: str
    code: str
    sentence: str
    limit: float | None = None
    is_warning: bool = False


class Access(Protocol):
    """How one platform gives access to accounts. Keeps no state; several threads may use it at once."""

    platform: Platform

    def authorise(self, application: Application, *, redirect_uri: str, state: str) -> Authorisation:
        """The address of the platform's consent page, with the scopes of the rules."""
        ...

    def exchange(
        self, application: Application, *, code: str, redirect_uri: str, verifier: str | None
    ) -> Tokens:
        """The tokens for a code. Raises Refused `code-refused` for one that is used, foreign or too old."""
        ...

    def refresh(self, application: Application, tokens: Tokens) -> Tokens:
        """New tokens. The old refresh token may be worthless from then on: store these before using them."""
        ...

    def accounts(self, application: Application, tokens: Tokens) -> list[FoundAccount]:
        """What these tokens can publish as."""
        ...

    def revoke(self, application: Application, tokens: Tokens) -> None:
        """Gives the access back, where the platform lets an application do so."""
        ...

    def facts(self, account: Account) -> Mapping[str, Any]:
        """What the platform says of the account now: quota left, choices of privacy, whether it is premium. JSON."""
        ...


class Publisher(Protocol):
    """How one platform publishes. Keeps no state and makes no database call; several threads may use it at once."""

    platform: Platform

    def prepare(self, account: Account, post: Post, state: State, save: Callable[[State], None]) -> Progress:
        """Upload, create containers and drafts: everything that nobody sees. Continues from `state` ({} at first).

        Calls `save` with a new state after each step that must not be repeated; a later call continues from it.
        """
        ...

    def check(self, account: Account, post: Post, state: State) -> Progress:
        """One look at how far the platform is. Never waits."""
        ...

    def finalise(self, account: Account, post: Post, state: State) -> Published | Accepted:
        """Make the post public, by one call. The only irreversible step."""
        ...

    def confirm(self, account: Account, state: State) -> Published | Accepted:
        """What became of an accepted post. Raises NotPublished if the platform will not publish it."""
        ...

    def find(self, account: Account, post: Post, state: State, since: datetime) -> Published | Absent:
        """Look for a post whose finalising ended without an answer; it started after `since`. Changes nothing.

        `state` is {} where it was lost. Raises NotPublished if the platform says that it will not publish it.
        """
        ...

    def comment(self, account: Account, external_id: str, text: str) -> Published:
        """Add a first comment by one call, irreversible as `finalise`. Raises Refused where none is taken."""
        ...

    def find_comment(
        self, account: Account, external_id: str, text: str, since: datetime
    ) -> Published | Absent:
        """Look for a first comment whose call ended without an answer."""
        ...

    def remove(self, account: Account, external_id: str) -> None:
        """Delete a published post, where the platform lets an application do so; else raises Refused."""
        ...
