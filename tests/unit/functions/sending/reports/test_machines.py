"""User agents that open and click, as seen in real events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from functions.sending.reports.machines import is_machine, is_machine_agent

ACCEPTED = datetime(2026, 10, 12, 8, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"
EDGE_12 = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135"
    " Safari/537.36 Edge/12.246"
)

PEOPLE = [
    CHROME,
    EDGE_12,
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.17328; ms-office; MSOffice 16)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.4.0",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 14; SM-S911B) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36 EdgA/120",
]
MACHINES = [
    "",
    " ",
    "Mozilla/5.0",
    f"{EDGE_12} Mozilla/5.0",
    f"{EDGE_12} Gmail-content-sampling",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; bingbot/2.0) Chrome/116.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/534+ (KHTML, like Gecko) BingPreview/1.0b",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
    "python-requests/2.32.3",
    "Python/3.12 aiohttp/3.10",
    "curl/8.5.0",
    "Wget/1.21",
    "Go-http-client/2.0",
    "Java/17.0.9",
    "okhttp/4.12.0",
    "Apache-HttpClient/4.5.14 (Java/11)",
    "AHC/2.1",
]


@pytest.mark.parametrize("agent", PEOPLE)
def test_people(agent: str) -> None:
    assert not is_machine_agent(agent)
    assert not is_machine(agent, ACCEPTED + timedelta(seconds=2), ACCEPTED)


@pytest.mark.parametrize("agent", MACHINES)
def test_machines(agent: str) -> None:
    assert is_machine_agent(agent)
    assert is_machine(agent, ACCEPTED + timedelta(days=2), ACCEPTED)


@pytest.mark.parametrize("seconds", [-3600, 0, 0.5, 1.999])
def test_nobody_reads_that_fast(seconds: float) -> None:
    assert is_machine(CHROME, ACCEPTED + timedelta(seconds=seconds), ACCEPTED)


def test_a_long_agent_is_judged_at_once() -> None:
    assert not is_machine_agent("x" * 1_000_000)
