"""Published posts of a simulated platform whose numbers an adapter reads: what the suites about numbers share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

from ddp.providers.social import measuring
from ddp.providers.social.base import Account, Platform, PostType
from ddp.providers.social.measures import Kind, MeasuredPost, Reading
from ddp.providers.social.measuring import counting
from tests.unit.ddp.providers.social.connected import TYPES, USUAL, Connected
from tests.unit.infra.local.simulators.platforms.publishing import publish

ACCOUNTS = [
    (Platform.FACEBOOK, "page"),
    (Platform.INSTAGRAM, "business"),
    (Platform.TWITTER, "user"),
    (Platform.LINKEDIN, "organization"),
    (Platform.LINKEDIN, "member"),
    (Platform.TIKTOK, "creator"),
    (Platform.YOUTUBE, "channel"),
]
READS = [
    (platform, kind_of_account, kind)
    for platform, kind_of_account in ACCOUNTS
    for kind in Kind
    if counting.batch(platform, kind, kind_of_account)
]
POSTS = [(platform, kind, each) for platform, kind in ACCOUNTS for of, each in TYPES if of is platform]

# What each call is, by the simulator's names: of one post, and of several.
OPERATIONS = {
    (Platform.FACEBOOK, "page", Kind.COUNTERS): ("facebook.batch", "facebook.batch"),
    (Platform.FACEBOOK, "page", Kind.INSIGHTS): ("facebook.insights", "facebook.batch"),
    (Platform.INSTAGRAM, "business", Kind.COUNTERS): ("instagram.read", "instagram.batch"),
    (Platform.INSTAGRAM, "business", Kind.INSIGHTS): ("instagram.insights", "instagram.batch"),
    (Platform.TWITTER, "user", Kind.COUNTERS): ("twitter.several", "twitter.several"),
    (Platform.TWITTER, "user", Kind.INSIGHTS): ("twitter.several", "twitter.several"),
    (Platform.LINKEDIN, "organization", Kind.COUNTERS): ("linkedin.metadata", "linkedin.metadata"),
    (Platform.LINKEDIN, "organization", Kind.INSIGHTS): ("linkedin.statistics", "linkedin.statistics"),
    (Platform.LINKEDIN, "member", Kind.COUNTERS): ("linkedin.member_statistics", "linkedin.member_statistics"),
    (Platform.TIKTOK, "creator", Kind.COUNTERS): ("tiktok.query", "tiktok.query"),
    (Platform.YOUTUBE, "channel", Kind.COUNTERS): ("youtube.list", "youtube.list"),
}  # fmt: skip
_VIDEOS = {PostType.VIDEO, PostType.REEL}
_MEMBER_SCOPES = ["r_member_postAnalytics", "w_member_social"]


@dataclass
class Measured:
    """Posts of one account, by our ids."""

    connected: Connected
    kind_of_account: str
    account: Account = field(init=False)
    posts: list[MeasuredPost] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = self.connected.account
        if self.kind_of_account == "member":
            # LinkedIn gives this right to few applications, so consent does not ask for it.
            given = self.connected.running.client.tokens(
                "linkedin", self.account.external_account_id, _MEMBER_SCOPES
            )
            self.account = replace(self.account, access_token=given["access_token"])

    @property
    def platform(self) -> Platform:
        return self.connected.platform

    def publish(self, kind: PostType | None = None) -> MeasuredPost:
        """A post that the adapter published, with the id that it answered."""
        post = self.connected.post(kind)
        published = self.connected.finish(post, self.connected.prepare(post))
        return self._add(published.external_id, kind or USUAL[self.platform])

    def publish_many(self, number: int, kind: PostType | None = None, **body: object) -> list[MeasuredPost]:
        """Posts that were put there without their uploads; `body` changes what the platform keeps of them."""
        platform, index = str(self.platform), {"member": 0}.get(self.kind_of_account)
        start = int(self.connected.running.clock.now) * 10_000
        ids = [
            publish(self.connected.running, platform, start + each, index, **body) for each in range(number)
        ]
        if self.platform is Platform.TIKTOK:
            ids = [f"73{start + each}" for each in range(number)]
        return [self._add(each, kind or USUAL[self.platform]) for each in ids]

    def read(
        self, kind: Kind, posts: Sequence[MeasuredPost] | None = None, without: Collection[str] = ()
    ) -> Reading:
        """By as many calls as the adapter's batches take."""
        adapter = measuring.of(self.platform)
        posts, size = (
            self.posts if posts is None else posts,
            counting.batch(self.platform, kind, self.kind_of_account),
        )
        readings = [
            adapter.measure(self.account, posts[start : start + size], kind, without=without)
            for start in range(0, len(posts), size)
        ]
        return Reading(
            counts={each: found for one in readings for each, found in one.counts.items()},
            gone=frozenset(each for one in readings for each in one.gone),
            retired={name: words for one in readings for name, words in one.retired.items()},
            reads=sum(one.reads for one in readings),
        )

    def rest(self, hours: float = 20) -> None:
        """People see the posts, and then do nothing more."""
        self.connected.running.clock.now += hours * 3_600
        self.connected.running.client.stop_growing()

    def truth(self, kind: Kind, posts: Sequence[MeasuredPost] | None = None) -> dict[UUID, dict[str, int]]:
        """The true numbers of what this kind of call tells."""
        posts = self.posts if posts is None else posts
        return {post.post_id: found for post in posts if (found := self._truth(kind, post))}

    def _truth(self, kind: Kind, post: MeasuredPost) -> dict[str, int]:
        true = self.connected.running.client.truth(self.platform, post.external_id)
        if self.kind_of_account == "member":
            true["reaction"] += true["like"]
        return {name: true[name] for name in told(self.platform, self.kind_of_account, kind, post.post_type)}

    def _add(self, external_id: str, kind: PostType) -> MeasuredPost:
        self.posts.append(
            MeasuredPost(
                post_id=uuid4(), external_id=external_id, post_type=kind, published_at=datetime.now(UTC)
            )
        )
        return self.posts[-1]


def told(platform: Platform, kind_of_account: str, kind: Kind, of: PostType) -> set[str]:
    """The types of engagement that a platform tells, by our vocabulary. Written from the platforms' documentation."""
    is_video = of in _VIDEOS
    match platform, kind_of_account, kind:
        case Platform.FACEBOOK, _, Kind.COUNTERS:
            return {"like", "reaction", "comment", "share"}
        case Platform.FACEBOOK, _, Kind.INSIGHTS:
            return {"view", "reach", "click"} | ({"watch_seconds"} if is_video else set())
        case Platform.INSTAGRAM, _, Kind.COUNTERS:
            return {"like", "comment"}
        case Platform.INSTAGRAM, _, Kind.INSIGHTS:
            of_type = {"watch_seconds"} if is_video else {"follow"}
            return {"view", "reach", "share"} | of_type | ({"save"} if of is not PostType.STORY else set())
        case Platform.TWITTER, _, Kind.COUNTERS:
            return {"like", "comment", "share", "save", "view"}
        case Platform.TWITTER, _, Kind.INSIGHTS:
            return {"click"}
        case Platform.LINKEDIN, "organization", Kind.COUNTERS:
            return {"like", "reaction", "comment"}
        case Platform.LINKEDIN, "organization", Kind.INSIGHTS:
            return {"share", "click", "view", "reach"}
        case Platform.LINKEDIN, "member", Kind.COUNTERS:
            return {"reaction", "comment", "share", "save", "click", "view", "reach"}
        case Platform.TIKTOK, _, Kind.COUNTERS:
            return {"like", "comment", "share", "view"} if is_video else set()
        case Platform.YOUTUBE, _, Kind.COUNTERS:
            return {"like", "comment", "view"}
    return set()


def plain(reading: Reading) -> dict[UUID, Mapping[str, int]]:
    return {post_id: dict(found) for post_id, found in reading.counts.items()}


Measure = Callable[[Platform, str], Measured]
