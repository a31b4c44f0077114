"""When recipients may get a message: time zones, quiet hours, and nights when clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.database.functions.sending.conftest import Sending

ZONES = (
    "Europe/Zurich",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Casablanca",
    "UTC",
)


def times(sending: Sending, plan: object) -> dict[str, datetime]:
    return dict(sending.sends(plan, "split_part(recipient_email, '@', 1), not_before"))


def at(zone: str, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def day(after: int) -> str:
    """A date in the near future."""
    return (datetime.now(UTC) + timedelta(days=after)).date().isoformat()


def person(name: str, zone: str | None = None) -> dict[str, str]:
    return {"email": f"{name}@example.com"} | ({"time_zone": zone} if zone else {})


def test_the_same_moment_for_all(sending: Sending) -> None:
    when = at("Europe/Zurich", f"{day(5)}T10:00")
    plan = sending.listed(person("here"), person("there", "Asia/Tokyo"), scheduled_at=when)
    sending.work(plan)
    assert times(sending, plan) == {"here": when, "there": when}


def test_by_the_recipients_clock(sending: Sending) -> None:
    when = at("Europe/Zurich", f"{day(5)}T10:00")
    plan = sending.listed(
        person("none"),
        person("tokyo", "Asia/Tokyo"),
        person("honolulu", "Pacific/Honolulu"),
        person("wrong", "Middle/Earth"),
        person("posix", "FOO+3"),
        person("abbreviated", "PST"),
        person("injected", "UTC'; drop table users; --"),
        scheduled_at=when,
        time_zone="Europe/Zurich",
        in_recipient_time_zone=True,
    )
    assert sending.work(plan) == []
    assert times(sending, plan) == {
        "none": when,
        "tokyo": at("Asia/Tokyo", f"{day(5)}T10:00"),
        "honolulu": at("Pacific/Honolulu", f"{day(5)}T10:00"),
        "wrong": when,
        "posix": when,
        "abbreviated": when,
        "injected": when,
    }
    zones = dict(sending.sends(plan, "split_part(recipient_email, '@', 1), time_zone"))
    assert {name for name, zone in zones.items() if zone} == {"tokyo", "honolulu"}


def test_chunks_are_of_near_times(sending: Sending, monkeypatch: pytest.MonkeyPatch) -> None:
    from ddp import chunking

    monkeypatch.setattr(chunking, "CHUNK_SIZE", 3)
    zones = ["Pacific/Honolulu", "Asia/Tokyo", "Europe/Zurich"]
    plan = sending.listed(
        *(person(f"p{n}", zones[n % 3]) for n in range(9)),
        scheduled_at=at("UTC", f"{day(5)}T10:00"),
        in_recipient_time_zone=True,
    )
    sending.work(plan)
    chunks: dict[int, set[str]] = {}
    for chunk_no, zone in sending.sends(plan, "chunk_no, time_zone"):
        chunks.setdefault(chunk_no, set()).add(zone)
    assert chunks == {1: {"Asia/Tokyo"}, 2: {"Europe/Zurich"}, 3: {"Pacific/Honolulu"}}
    due = sending.query(
        "select chunk_no, due_at from ddp.send_chunks where send_plan_id = %s order by 1", plan
    )
    assert due == [
        (n, at(zone, f"{day(5)}T10:00"))
        for n, zone in enumerate(("Asia/Tokyo", "Europe/Zurich", "Pacific/Honolulu"), 1)
    ]


def test_what_is_over_by_the_recipients_clock_is_due_at_once(sending: Sending) -> None:
    """And it is not late, or it would become missed."""
    plan = sending.listed(
        person("east", "Pacific/Auckland"), person("west", "Pacific/Honolulu"),
        in_recipient_time_zone=True, max_lateness=timedelta(minutes=5),
    )  # fmt: skip
    sending.work(plan)
    created, scheduled = sending.row(plan, "created_at, scheduled_at")
    assert times(sending, plan)["east"] == created
    assert times(sending, plan)["west"] - scheduled == timedelta(hours=10)


@pytest.mark.parametrize(
    ("hour", "allowed"),
    [("20:59", "20:59"), ("21:00", "+08:00"), ("23:59", "+08:00"), ("07:59", "08:00"), ("08:00", "08:00")],
)
def test_quiet_hours_over_midnight(sending: Sending, hour: str, allowed: str) -> None:
    plan = sending.listed(
        person("a", "America/New_York"),
        scheduled_at=at("America/New_York", f"{day(5)}T{hour}"),
        quiet_from=time(21),
        quiet_until=time(8),
    )
    sending.work(plan)
    expected = f"{day(6)}T{allowed[1:]}" if allowed.startswith("+") else f"{day(5)}T{allowed}"
    assert times(sending, plan) == {"a": at("America/New_York", expected)}


def test_quiet_hours_are_the_recipients(sending: Sending) -> None:
    plan = sending.listed(
        person("none"),
        person("tokyo", "Asia/Tokyo"),
        scheduled_at=at("Europe/Zurich", f"{day(5)}T13:30"),
        time_zone="Europe/Zurich",
        quiet_from=time(12),
        quiet_until=time(14),
    )
    sending.work(plan)
    tokyo = at("Europe/Zurich", f"{day(5)}T13:30")
    assert times(sending, plan) == {"none": at("Europe/Zurich", f"{day(5)}T14:00"), "tokyo": tokyo}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("quiet_from", "quiet_until"),
    [("22:00", "02:30"), ("00:00", "23:59"), ("01:15", "01:45"), ("23:30", "00:30")],
)
def test_whatever_the_clocks_do(sending: Sending, zone: str, quiet_from: str, quiet_until: str) -> None:
    """For every 20 minutes of a year: not before the time, not in quiet hours, and no later than necessary.

    An hour more is necessary if the night is an hour longer, or quiet hours end in the hour that is skipped.
    """
    start, end = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    longest = timedelta(hours=(end.hour - start.hour) % 24 + 1, minutes=end.minute - start.minute)
    wrong = (
        "x < t or x - t > longest or case"
        " when q < u then (x at time zone z)::time >= q and (x at time zone z)::time < u"
        " else (x at time zone z)::time >= q or (x at time zone z)::time < u end"
    )
    (found,) = sending.query(
        f"select count(*), count(*) filter (where x <> t), min(t) filter (where {wrong}) from"
        " (select z, q, u, longest, t, ddp.expand_not_before(t, z, q, u) as x"
        " from (values (%s, %s::time, %s::time, %s)) v (z, q, u, longest),"
        " generate_series(timestamptz '2027-01-01', '2028-01-01', '20 minutes') t) s",
        zone,
        quiet_from,
        quiet_until,
        longest,
    )
    assert found[0] > 26_000
    assert found[1] > 300
    assert found[2] is None


def test_is_time_zone(sending: Sending) -> None:
    names = [
        "Europe/Zurich",
        "America/Argentina/Buenos_Aires",
        "Etc/GMT+5",
        "UTC",
        "GMT",
        "EST",
        "FOO+3",
        "europe/zurich",
        "",
        "X/Y",
        "Etc/../UTC",
    ]
    found = sending.query("select z from unnest(%s::text[]) z where ddp.is_time_zone(z)", names)
    assert [zone for (zone,) in found] == names[:5]
