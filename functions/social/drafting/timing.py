"""When posts go out, as people say it: by the clock of a place, with an offset, in a slot, or now."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from psycopg import Cursor
from psycopg.rows import DictRow

from ddp.providers.social.base import Problem
from ddp.queries.social import accounts
from functions.social.drafting.requests import WhenAt, WhenDraft, WhenNextSlot, WhenNow
from functions.social.validation.problems import problem

_FORM = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:?\d\d)?", re.ASCII)
LONGEST_AHEAD = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """An instant, and how a person said it. `local` has no offset."""

    at: datetime
    local: datetime | None = None
    zone: str | None = None


def moments(
    cursor: Cursor[DictRow], when: WhenDraft | WhenAt | WhenNextSlot | WhenNow, known: Mapping[UUID, DictRow]
) -> Mapping[UUID, Moment | Problem | None]:
    """When the post of each account goes out, or what is wrong with the time; None: at no time.

    Finding the next slots locks their accounts until the transaction ends.
    """
    if isinstance(when, WhenNextSlot):
        # In one order, because each locks its account.
        return {account_id: _slot(cursor, known[account_id]) for account_id in sorted(known)}
    moment = None if isinstance(when, WhenDraft) else _moment(when)
    return dict.fromkeys(known, moment)


def _moment(when: WhenAt | WhenNow) -> Moment | Problem:
    return Moment(at=datetime.now(UTC)) if isinstance(when, WhenNow) else read(when.at, when.time_zone)


def _slot(cursor: Cursor[DictRow], account: DictRow) -> Moment | Problem:
    if not account["has_slots"]:
        return problem("when", "no-slots", "This account has no slots: set some first, or choose a time.")
    slot = accounts.next_slot(cursor, account["account_id"])
    return Moment(at=slot["at"], local=slot["local_time"], zone=slot["time_zone"])


def read(text: str, zone_name: str | None, *, now: datetime | None = None) -> Moment | Problem:
    """The moment that a time means, or what is wrong with it."""
    try:
        given = datetime.fromisoformat(text.upper()) if _FORM.fullmatch(text) else None
    except ValueError:
        given = None
    if (
        given is None or not 1970 <= given.year < 9999
    ):  # the edges of the calendar have no time in other zones
        sentence = "Give a date and time that exist, such as 2027-03-01T09:00 with a time_zone, or 2027-03-01T09:00Z."
        return problem("when.at", "invalid-time", sentence)
    given = given.replace(microsecond=0)
    zone = _zone(zone_name)
    if zone_name is not None and zone is None:
        sentence = "There is no such time zone: give the name of one, such as Europe/Zurich."
        return problem("when.time_zone", "invalid-time-zone", sentence)
    if given.tzinfo is None:
        if zone is None:
            sentence = (
                "Give a time_zone, such as Europe/Zurich, or a time with an offset: whose clock is this?"
            )
            return problem("when.time_zone", "time-zone-missing", sentence)
        if wrong := _unclear(given, zone):
            return wrong
        return _within_a_year(Moment(at=_instant(given, zone), local=given, zone=zone.key), now)
    local = given.astimezone(zone).replace(tzinfo=None) if zone else None
    return _within_a_year(Moment(at=given.astimezone(UTC), local=local, zone=zone_name), now)


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ValueError, KeyError, OSError):  # what a hostile name raises depends on the file system
        return None


def _instant(local: datetime, zone: ZoneInfo, fold: int = 0) -> datetime:
    return local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _unclear(local: datetime, zone: ZoneInfo) -> Problem | None:
    """What is wrong with a time that the clocks there leave out, or show twice; None: it is clear."""
    shown = f"{local:%Y-%m-%d %H:%M}"
    first, second = _instant(local, zone), _instant(local, zone, 1)
    after = first.astimezone(zone).replace(tzinfo=None)
    if after != local:
        sentence = (
            f"{shown} does not exist in {zone.key}: the clocks go forward over it. Choose another time, such as"
            f" {after:%H:%M}."
        )
        return problem("when.at", "nonexistent-local-time", sentence)
    if first != second:
        offsets = [local.replace(tzinfo=zone, fold=fold).isoformat(timespec="minutes") for fold in (0, 1)]
        sentence = (
            f"{shown} comes twice in {zone.key}, because the clocks go back: say which one you mean, {offsets[0]} (the"
            f" first) or {offsets[1]} (the second)."
        )
        return problem("when.at", "ambiguous-local-time", sentence)
    return None


def _within_a_year(moment: Moment, now: datetime | None) -> Moment | Problem:
    now = now or datetime.now(UTC)
    shown = moment.at.strftime("%Y-%m-%d %H:%M UTC")
    if moment.at <= now:
        sentence = f"{shown} has passed: choose a time that is still to come, or publish now."
        return problem("when.at", "time-passed", sentence)
    if moment.at > now + LONGEST_AHEAD:
        return problem(
            "when.at", "time-too-far", f"{shown} is more than a year ahead: choose an earlier time."
        )
    return moment
