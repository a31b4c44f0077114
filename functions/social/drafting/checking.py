"""All that is wrong with posts that somebody makes, changes or schedules, at once and by account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.errors import Invalid
from ddp.providers.social import rules
from ddp.providers.social.base import Problem
from ddp.queries.social import posts_checked
from functions.social.drafting import contents
from functions.social.drafting.contents import Content
from functions.social.drafting.timing import Moment
from functions.social.steps import prices
from functions.social.validation import blackouts, media, posts
from functions.social.validation.problems import problem, shown
from functions.social.validation.text import counted

# Not even a draft may have these: it could not be stored.
_NEVER_STORED = frozenset(
    [
        "account-not-found",
        "account-disconnected",
        "account-reconnect",
        "campaign-not-found",
        "file-not-found",
        "file-deleted",
    ]
)
_MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A post to check. `account`: its row; None: the caller has no such account. `moment`: None: at no time."""

    content: Content
    account: DictRow | None
    moment: Moment | Problem | None = None
    post_id: UUID | None = None
    campaign_id: UUID | None = None
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A post, with all that is wrong with it. `draft`: None: nothing is known without its account."""

    asked: Asked
    type: str | None
    draft: posts.Draft | None
    price: Decimal = Decimal(0)
    problems: Sequence[Problem] = field(default=())

    @property
    def moment(self) -> Moment | None:
        """When it goes out; None: at no time, or its time is wrong."""
        return self.asked.moment if isinstance(self.asked.moment, Moment) else None

    def length(self) -> int | None:
        """How long the platform counts the text; None without an account."""
        if self.draft is None:
            return None
        return counted(rules.of(self.draft.platform)["text"], self.draft.written)

    def obstacles(self, *, is_draft: bool) -> list[Problem]:
        """The problems that keep it from being stored, or (unless it is a draft) scheduled."""
        return [
            found
            for found in self.problems
            if not found.is_warning and (not is_draft or found.code in _NEVER_STORED)
        ]


def check(cursor: Cursor[DictRow], asked: Sequence[Asked]) -> list[Checked]:
    """Check posts. What they cost is checked by functions/social/drafting/money.py."""
    file_ids = {media["file_id"] for one in asked for media in one.content.media}
    files = posts_checked.files(cursor, sorted(file_ids)) if file_ids else {}
    checked = [_checked(one, files) for one in asked]
    return _with_blackouts(cursor, _with_same_texts(cursor, checked))


def _checked(asked: Asked, files: Mapping[UUID, DictRow]) -> Checked:
    content, account = asked.content, asked.account
    post_type = contents.type_of(
        content, {file_id: row["content_type"] or "" for file_id, row in files.items()}
    )
    problems = [*asked.problems, *_of_files(content, files)]
    if isinstance(asked.moment, Problem):
        problems.append(asked.moment)
    if account is None:
        sentence = "You have no such social account: choose one of yours."
        problems.append(problem("account", "account-not-found", sentence))
        return Checked(asked=asked, type=content.post_type, draft=None, problems=problems)
    problems += _of_account(account)
    draft = posts.Draft(
        platform=account["platform"],
        account_kind=account["account_kind"] or "",
        type=post_type,
        text=content.text,
        title=content.title,
        files=[_file(given, files) for given in content.media],
        options=content.options,
        first_comment=content.first_comment,
        is_premium=bool(account["is_premium"]),
        goes_at=asked.moment.at if isinstance(asked.moment, Moment) else None,
    )
    # Which files are missing is said above, in more words.
    problems += [found for found in posts.problems(draft) if found.code != "media-gone"]
    described = sum(1 for given in content.media if given.get("alt_text"))
    price = prices.price(draft.platform, draft.written, described)
    return Checked(asked=asked, type=post_type, draft=draft, price=price, problems=problems)


def _file(given: Mapping[str, Any], files: Mapping[UUID, DictRow]) -> media.File:
    row = files.get(given["file_id"], {"is_available": False})
    return media.of_row({**row, "alt_text": given.get("alt_text")})


def _of_files(content: Content, files: Mapping[UUID, DictRow]) -> Iterator[Problem]:
    for place, given in enumerate(content.media):
        row = files.get(given["file_id"])
        if row is None:
            sentence = "There is no such file, or it is not shared with you: choose another one."
            yield problem(f"media[{place}]", "file-not-found", sentence)
        elif not row["is_available"]:
            sentence = "This file is in the trash: restore it first, or choose another one."
            yield problem(f"media[{place}]", "file-deleted", sentence)


def _of_account(account: DictRow) -> Iterator[Problem]:
    if account["status"] == "disconnected":
        yield problem(
            "account", "account-disconnected", "This account is disconnected: connect it again first."
        )
    elif account["status"] != "active":
        reason = account["status_reason"] or ""
        sentence = f"This account has to be connected again before anything is posted through it. {reason}"
        yield problem("account", "account-reconnect", sentence.strip())


def _with_same_texts(cursor: Cursor[DictRow], checked: Sequence[Checked]) -> list[Checked]:
    given = [
        {"account_id": one.asked.content.account_id, "content": one.asked.content.text, "at": one.moment.at}
        for one in checked
        if one.moment and one.draft and one.asked.content.text.strip()
    ]
    excluded = [one.asked.post_id for one in checked if one.asked.post_id]
    repeated = posts_checked.same_texts(cursor, given, excluded=excluded) if given else set()
    return [
        replace(one, problems=[*one.problems, _SAME_TEXT])
        if one.moment and one.asked.content.account_id in repeated
        else one
        for one in checked
    ]


def _with_blackouts(cursor: Cursor[DictRow], checked: Sequence[Checked]) -> list[Checked]:
    places = [place for place, one in enumerate(checked) if one.moment and one.asked.campaign_id]
    asked = [
        {"campaign_id": one.asked.campaign_id, "at": one.moment.at}
        for one in (checked[place] for place in places)
        if one.moment
    ]
    result = list(checked)
    for number, found in (posts_checked.blackouts(cursor, asked) if asked else {}).items():
        place = places[number]
        problems = [*checked[place].problems, blackouts.held_back(found["reason"], found["ends_at"])]
        result[place] = replace(checked[place], problems=problems)
    return result


_SAME_TEXT = problem(
    "text",
    "same-text",
    "This account has a post with the same text within 24 hours: platforms may refuse or hide the second one.",
    is_warning=True,
)


def require(checked: Sequence[Checked], *, is_draft: bool) -> None:
    """Raise Invalid, with everything that is wrong, if something keeps one of the posts from being made."""
    found = [(one, obstacles) for one in checked if (obstacles := one.obstacles(is_draft=is_draft))]
    if not found:
        return
    count = sum(len(obstacles) for _, obstacles in found)
    others = "" if count == 1 else f" This is the first of {count} problems, which `posts` has by account."
    first, (sentence, *_) = found[0][0], [one.sentence for one in found[0][1]]
    name = f"{rules.of(first.draft.platform)['name']}: " if first.draft else ""
    raise Invalid(
        f"{name}{sentence}{others}",
        code="invalid-post",
        extra={"posts": [_refused(one) for one, _ in found]},
    )


def _refused(checked: Checked) -> dict[str, Any]:
    return {
        "account_id": str(checked.asked.content.account_id),
        "post_id": str(checked.asked.post_id) if checked.asked.post_id else None,
        "platform": checked.draft.platform if checked.draft else None,
        "problems": [shown(found) for found in checked.problems[:_MOST_SHOWN]],
    }
