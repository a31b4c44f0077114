"""All that is wrong with a post on one platform, at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ddp.providers.social import applications, rules, x_api
from ddp.providers.social.base import Platform, Problem
from ddp.queries.social.steps import Step
from functions.social.validation import media, options, text
from functions.social.validation.media import File
from functions.social.validation.problems import problem, shown

_ADDRESS = re.compile(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", re.IGNORECASE)

__all__ = ["Draft", "problems", "problems_of_step", "shown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post as it was written for one account. `is_premium`: the account may write longer posts (X).

    `goes_at`: None: not decided.
    """

    platform: str
    account_kind: str
    type: str
    text: str
    title: str | None = None
    files: Sequence[File] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    first_comment: str | None = None
    is_premium: bool = False
    goes_at: datetime | None = None

    @property
    def written(self) -> str:
        """The text as the platform gets it."""
        if self.platform == Platform.TWITTER:
            return x_api.written(self.text, self.type, self.options)
        return self.text

    @property
    def longest(self) -> int:
        """What the platform counts at most in the text of a post of this type."""
        of_platform = rules.of(self.platform)
        rule, kind = of_platform["text"], of_platform["types"].get(self.type, {})
        premium = rule.get("premium_longest") if self.is_premium else None
        return int(kind.get("text_longest") or premium or rule["longest"])


def problems_of_step(step: Step) -> list[Problem]:
    """The problems of a post that a worker has leased."""
    comment = next((part["content"] for part in step.parts if part["part_no"] == 1), None)
    draft = Draft(
        platform=step.platform,
        account_kind=step.account_kind or "",
        type=step.post_type,
        text=step.post_content or "",
        title=step.title,
        files=media.of_step(step.media),
        options=step.options,
        first_comment=comment,
        is_premium=bool(step.account_metadata.get("is_premium")),
        goes_at=step.scheduled_at,
    )
    return problems(draft)


def problems(draft: Draft) -> list[Problem]:
    """All problems of a post; those with `is_warning` keep it from nothing."""
    return list(_problems(draft))


def _problems(draft: Draft) -> Iterator[Problem]:
    of_platform = rules.of(draft.platform)
    name = of_platform["name"]
    if not applications.is_on(draft.platform):
        yield problem("account", "platform-off", f"{name} is not set up here: ask an administrator.")
    if draft.account_kind and draft.account_kind not in of_platform["access"]["account_kinds"]:
        kinds = " or ".join(of_platform["access"]["account_kinds"])
        sentence = f"Through its API, {name} accepts posts only for accounts of kind {kinds}: connect such an account."
        yield problem("account", "account-kind", sentence)
    kind = of_platform["types"].get(draft.type)
    if kind is None or "refused" in kind:
        offered = ", ".join(known for known, rule in of_platform["types"].items() if "refused" not in rule)
        sentence = kind["refused"] if kind else f"There is no such type of post: use {offered}."
        yield problem("post_type", "post-type", sentence)
        return
    yield from _of_text(draft, of_platform, kind)
    yield from _of_title(draft, of_platform)
    fit = str(draft.options.get("fit", "pad"))
    yield from media.of_media(name, of_platform, kind, draft.files, fit=fit)
    yield from media.of_terms(draft.files, draft.goes_at)
    yield from options.of_options(name, of_platform, draft.options)
    yield from _of_link(draft, kind)
    yield from _of_comment(draft, of_platform)


def _of_text(draft: Draft, of_platform: rules.Rules, kind: Mapping[str, Any]) -> Iterator[Problem]:
    if kind.get("needs_text") and not draft.text.strip():
        yield problem("text", "text-missing", "A post of this type needs a text: add one.")
    yield from text.of_text(of_platform["text"], draft.written, longest=draft.longest)


def _of_title(draft: Draft, of_platform: rules.Rules) -> Iterator[Problem]:
    rule = of_platform.get("title")
    if rule and rule.get("required") and not (draft.title or "").strip():
        yield problem("title", "title-missing", f"{of_platform['name']} needs a title: add one.")
    if draft.title and rule:
        yield from text.of_text(rule, draft.title, field="title")


def _of_link(draft: Draft, kind: Mapping[str, Any]) -> Iterator[Problem]:
    link = draft.options.get("link")
    if not kind.get("needs_link") and link is None:
        return
    if not isinstance(link, str) or not _ADDRESS.fullmatch(link):
        sentence = "Give the address that the post links to, beginning with https://."
        yield problem("options.link", "link-missing", sentence)


def _of_comment(draft: Draft, of_platform: rules.Rules) -> Iterator[Problem]:
    if draft.first_comment is None:
        return
    rule = of_platform["first_comment"]
    if rule is None or "refused" in rule:
        sentence = (rule or {}).get("refused") or (
            f"Comments cannot be posted through {of_platform['name']}'s API: put it into the text."
        )
        yield problem("first_comment", "no-first-comment", sentence)
    else:
        yield from text.of_text(
            {"counted_in": "characters", **rule}, draft.first_comment, field="first_comment"
        )
