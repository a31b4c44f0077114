"""Posts, and what is wrong with them, as answers have them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.providers.social.base import Problem
from ddp.queries.social import posts_read
from functions.social.drafting import answers
from functions.social.drafting.checking import Checked
from functions.social.drafting.making import Made
from functions.social.drafting.money import Left
from functions.social.validation.problems import shown

# Characters: 50 posts take about 40,000 without their problems, and 65,536 can be stored.
_LONGEST_PROBLEMS, _AROUND_A_PROBLEM = 15_000, 100


def post(cursor: Cursor[DictRow], made: Made) -> answers.SocialPostMade:
    """The one post of a request."""
    (one,) = _posts(cursor, made)
    return one


def group(cursor: Cursor[DictRow], made: Made) -> answers.SocialPostGroup:
    """The posts of a request."""
    posts = _shortened(_posts(cursor, made))
    return answers.SocialPostGroup(group_id=posts[0].group_id, posts=posts)


def _shortened(posts: Sequence[answers.SocialPostMade]) -> list[answers.SocialPostMade]:
    """The posts with as many problems as an answer has that is stored for its Idempotency-Key."""
    left, result = _LONGEST_PROBLEMS, []
    for post in posts:
        kept = []
        for problem in post.problems:
            left -= len(problem.sentence) + len(problem.field) + _AROUND_A_PROBLEM
            if left >= 0:
                kept.append(problem)
        result.append(post.model_copy(update={"problems": kept}))
    return result


def found_group(rows: Sequence[DictRow]) -> answers.SocialPostGroup:
    """The posts of a group as they are."""
    posts = [answers.SocialPostMade.model_validate(row | {"problems": []}) for row in rows]
    return answers.SocialPostGroup(group_id=posts[0].group_id, posts=posts)


def _posts(cursor: Cursor[DictRow], made: Made) -> list[answers.SocialPostMade]:
    problems = made.problems()
    return [
        answers.SocialPostMade.model_validate(row | {"problems": problem_list(problems[row["post_id"]])})
        for row in posts_read.summaries(cursor, made.post_ids)
    ]


def detail(cursor: Cursor[DictRow], post_id: UUID) -> answers.SocialPostDetail:
    """A post with its history. Raises NotFound."""
    row = posts_read.get(cursor, post_id)
    kept = posts_read.history(cursor, post_id)
    text = {"text": row["post_content"], "problems": [_stored(problem) for problem in row["problems"]]}
    return answers.SocialPostDetail.model_validate({**row, **text, **kept})


def problem_list(problems: Sequence[Problem]) -> list[answers.PostProblem]:
    """Problems as answers have them."""
    return [answers.PostProblem.model_validate(shown(problem)) for problem in problems]


def _stored(problem: Mapping[str, Any]) -> dict[str, Any]:
    """A problem as the database has it; early ones have a `message` and no limit."""
    return {
        "field": problem.get("field", ""),
        "code": problem.get("code", ""),
        "sentence": problem.get("sentence") or problem.get("message") or "",
        "limit": problem.get("limit"),
        "is_warning": bool(problem.get("is_warning")),
    }


def checked(found: Sequence[Checked], left: Left) -> answers.PostsChecked:
    """What is wrong with posts that are not made yet."""
    price = sum((one.price for one in found), Decimal(0))
    budget, month = left.budget, left.budget["month"]
    return answers.PostsChecked(
        is_valid=not any(one.obstacles(is_draft=False) for one in found),
        posts=[_checked(one) for one in found],
        budget=answers.PostBudget(
            price=price,
            month=month,
            monthly_budget=budget["monthly_budget"],
            reserved=budget["reserved"],
            charged=budget["charged"],
            left=left.of_month(month),
        ),
        quotas=[
            answers.PostQuota.model_validate(
                {
                    "platform": platform,
                    "quota": quota.quota.split("/")[1],
                    "account_id": None if quota.is_share else quota.owner_id,
                    "is_share": quota.is_share,
                    "most": quota.cap,
                    "left": max(quota.cap - used, 0),
                    "ends_at": quota.ends_at,
                }
            )
            for platform, quota, used in left.quotas
        ],
    )


def _checked(one: Checked) -> answers.PostChecked:
    account: Mapping[str, Any] = one.asked.account or {}
    return answers.PostChecked.model_validate(
        {
            "account_id": one.asked.content.account_id,
            "platform": account.get("platform"),
            "account_handle": account.get("account_handle"),
            "account_name": account.get("account_name"),
            "post_type": one.type,
            "scheduled_at": one.moment and one.moment.at,
            "local_time": one.moment and one.moment.local,
            "time_zone": one.moment and one.moment.zone,
            "text_length": one.length(),
            "text_limit": one.draft and one.draft.longest,
            "price": one.price,
            "problems": problem_list(one.problems),
        }
    )
