"""What people should know before they write again to some recipients of an earlier send."""

from __future__ import annotations

from ddp.queries.messages.drafts import GroupSize


def warnings(group: GroupSize) -> list[str]:
    """Sentences about a group of an earlier send's recipients."""
    return [sentence for sentence in (_of_opens(group), _of_undecided(group)) if sentence]


def _of_opens(group: GroupSize) -> str:
    if group.accepted is None:
        return ""
    share = group.machine_opened / group.accepted if group.accepted else 0
    return (
        "Who did not open an e-mail is not known reliably: mail programs and filters open messages by themselves,"
        f" whether they are read or not. Of the earlier send, machines opened {group.machine_opened:,} of"
        f" {group.accepted:,} accepted messages ({share:.1%}). `not_clicked` is reliable."
    )


def _of_undecided(group: GroupSize) -> str:
    if not group.undecided:
        return ""
    return (
        f"{group.undecided:,} recipients of the earlier send are still pending, being sent to or unknown: they belong"
        " to no group as long as they are."
    )
