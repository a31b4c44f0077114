"""The arguments of `ddp campaign` that several of its actions have."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from ddp.channels import CHANNELS, EMAIL
from infra.cli.campaign import audiences

# Options of `send` that only one channel has.
EMAIL_ONLY: Final = ("subject", "html", "from_name")
SMS_OPTIONS: Final = (
    "default_country", "max_cost", "max_parts", "consent", "transliterate", "ignore_windows",
)  # fmt: skip
SMS_ONLY: Final = ("text", "text_file", "transactional", *SMS_OPTIONS)


def add_channel(parser: argparse.ArgumentParser) -> None:
    """--channel."""
    parser.add_argument(
        "--channel", choices=[channel.name for channel in CHANNELS], default=EMAIL.name, help="default: email"
    )


def describe_send(send: argparse.ArgumentParser) -> None:
    """What is sent, to whom, when and how: of `send` and `forecast`."""
    add = send.add_argument
    add_channel(send)
    audiences.describe(send)
    add("--campaign", metavar="ID", help="the campaign that the message belongs to; default: a new one")
    add("--at", metavar="TIME", help="when to send: ISO 8601 with an offset; default: now")
    add(
        "--max-lateness",
        type=int,
        metavar="SECONDS",
        help="recipients it would reach later than this become missed",
    )
    add(
        "--spread-over",
        metavar="TIME",
        help="spread the messages over this time, such as 90m or 6h: 1 minute to 72 hours",
    )
    add("--from", dest="sender", metavar="SENDER", help="e-mail: an address of a verified identity. SMS: a number, a"
        " short code or a sender ID; default: the best in each country")  # fmt: skip
    email = send.add_argument_group("e-mail").add_argument
    email("--subject", help="may use Liquid")
    email("--html", type=Path, metavar="FILE", help="the content; may use Liquid")
    email("--from-name", metavar="NAME", help="the sender's name")
    sms = send.add_argument_group("SMS").add_argument
    sms("--text", help="the text; may use Liquid")
    sms("--text-file", type=Path, metavar="FILE", help="a file that holds the text")
    sms(
        "--default-country", metavar="CC", help="the country of numbers that have no country code, such as GB"
    )
    sms("--max-cost", metavar="DOLLARS", help="the most that it may cost")
    sms("--max-parts", type=int, metavar="N", help="messages of more parts are rejected; default: 4")
    sms("--consent", choices=["required", "declared"], help="declared: you state that all recipients agreed")
    sms("--transliterate", action="store_true", help="replace characters that make the text dear")
    sms("--ignore-windows", action="store_true", help="send at any hour where no law forbids it")
    sms(
        "--transactional",
        action="store_true",
        help="with an administrator's permission: no windows, no consent",
    )
