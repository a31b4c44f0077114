"""The device that a user agent names, by ua-parser's rules."""

from __future__ import annotations

from ddp.errors import Invalid

# Characters. Browsers send a few hundred; the rules take time in proportion.
LONGEST_AGENT = 2_000

Device = dict[str, str | None]


def named(user_agent: str) -> Device:
    """Columns of `devices`; null where the agent does not say. Raises Invalid for an agent that no browser sends."""
    if len(user_agent) > LONGEST_AGENT:
        raise Invalid(
            f"The User-Agent header may have at most {LONGEST_AGENT:,} characters.", code="agent-too-long"
        )
    import ua_parser  # imported only if needed: its rules load slowly

    found = ua_parser.parse(user_agent)
    system, browser = found.os, found.user_agent
    return {
        "device_type": kind(user_agent, system.family) if system else None,
        "device_brand": found.device.brand if found.device else None,
        "device_model": found.device.model if found.device else None,
        "operating_system": " ".join(filter(None, (system.family, system.major))) if system else None,
        "browser": browser.family if browser else None,
    }


def kind(user_agent: str, system: str) -> str:
    """Mobile, tablet or desktop: a tablet names iPad, or Android without Mobile."""
    if "iPad" in user_agent or (system == "Android" and "Mobile" not in user_agent):
        return "tablet"
    return "mobile" if "Mobile" in user_agent else "desktop"
