"""SendEmail and SendBulkEmail: turns checked parameters into messages, with the limits of SES."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Any

from infra.local.simulators.mailbox.api import SesError
from infra.local.simulators.mailbox.message import Message

MAX_ENTRIES = 50
MAX_RECIPIENTS = 50  # per message
MAX_TEMPLATE = 1024 * 1024  # bytes of an inline template as JSON
MAX_MESSAGE = 40 * 1024 * 1024
# Names and values of tags in SES.
TAG = re.compile(r"[A-Za-z0-9_.@-]{1,256}")
ADDRESS = re.compile(r"[!-;=?-~]{1,64}@[A-Za-z0-9._-]{1,255}")
VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")
UNSUPPORTED = re.compile(r"\{\{\s*[#/>!^&]")


def single(parameters: Mapping[str, Any]) -> Message:
    """The message of a SendEmail call. Raises SesError."""
    content, destination = parameters["Content"], parameters.get("Destination", {})
    message = {
        **_common(parameters),
        **_recipients(destination),
        "tags": _tags(parameters.get("EmailTags", [])),
    }
    kinds = [kind for kind in ("Simple", "Raw", "Template") if kind in content]
    if len(kinds) != 1:
        raise SesError("BadRequestException", "Provide exactly one of Simple, Raw and Template content.")
    made = {"Simple": _simple, "Raw": _raw, "Template": _templated}[kinds[0]](content[kinds[0]])
    to = message["to"] + message["cc"] + message["bcc"] or made.get("to", ())
    if problem := problem_with(to):
        raise SesError("BadRequestException", problem)
    return Message(**{**made, **{name: value for name, value in message.items() if value}})


def bulk(parameters: Mapping[str, Any]) -> list[Message | str]:
    """For each entry of SendBulkEmail, its message, or a sentence about what is wrong with it. Raises SesError."""
    entries = parameters["BulkEmailEntries"]
    if not 1 <= len(entries) <= MAX_ENTRIES:
        raise SesError("BadRequestException", f"The number of destinations must be 1 to {MAX_ENTRIES}.")
    template = parameters["DefaultContent"].get("Template")
    if not template:
        raise SesError("BadRequestException", "DefaultContent.Template must not be null.")
    parts = _template_parts(template)
    common, defaults = _common(parameters), _data(template.get("TemplateData", "{}"))
    default_tags = parameters.get("DefaultEmailTags", [])
    return [_entry(entry, common, parts, defaults, default_tags, template) for entry in entries]


def _entry(
    entry: Mapping[str, Any],
    common: Mapping[str, Any],
    parts: Mapping[str, str],
    defaults: Mapping[str, Any],
    default_tags: Sequence[Mapping[str, str]],
    template: Mapping[str, Any],
) -> Message | str:
    recipients: dict[str, Any] = {**_recipients(entry["Destination"])}
    if problem := problem_with(recipients["to"] + recipients["cc"] + recipients["bcc"]):
        return problem
    replacement = entry.get("ReplacementEmailContent", {}).get("ReplacementTemplate", {})
    try:
        data = {**defaults, **_data(replacement.get("ReplacementTemplateData", "{}"))}
        tags = {**_tags(default_tags), **_tags(entry.get("ReplacementTags", []))}
    except SesError as error:
        return error.message
    headers = _headers(template) | _headers({"Headers": entry.get("ReplacementHeaders", [])})
    return Message(
        **common, **recipients, **_rendered(parts, data), tags=tags, headers=tuple(headers.items())
    )


def _common(parameters: Mapping[str, Any]) -> dict[str, Any]:
    source = parameters.get("FromEmailAddress")
    if not source:
        raise SesError("BadRequestException", "FromEmailAddress must not be null.")
    return {
        "source": source,
        "reply_to": tuple(parameters.get("ReplyToAddresses", ())),
        "configuration_set": parameters.get("ConfigurationSetName"),
        "tenant": parameters.get("TenantName"),
    }


def _recipients(destination: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(destination.get(f"{name.title()}Addresses", ())) for name in ("to", "cc", "bcc")}


def problem_with(recipients: Sequence[str]) -> str | None:
    """SES's sentence about recipients that it refuses; None if it takes them."""
    if not recipients:
        return "At least one recipient is needed."
    if len(recipients) > MAX_RECIPIENTS:
        return f"Recipient count exceeds {MAX_RECIPIENTS}."
    for recipient in recipients:
        address = recipient.rpartition("<")[2].removesuffix(">") if recipient.endswith(">") else recipient
        if any(ord(sign) < 32 for sign in recipient) or not ADDRESS.fullmatch(address):
            return f"Illegal address: {recipient[:100]!r}"
    return None


def _tags(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    for tag in tags:
        if not TAG.fullmatch(tag["Name"]) or not TAG.fullmatch(tag["Value"]):
            raise SesError("BadRequestException", f"Invalid message tag: {tag['Name'][:50]!r}")
    return {tag["Name"]: tag["Value"] for tag in tags}


def _headers(content: Mapping[str, Any]) -> dict[str, str]:
    return {header["Name"]: header["Value"] for header in content.get("Headers", ())}


def _simple(content: Mapping[str, Any]) -> dict[str, Any]:
    body, attachments = content["Body"], content.get("Attachments", ())
    html, text = body.get("Html", {}).get("Data", ""), body.get("Text", {}).get("Data", "")
    size = len(html.encode()) + len(text.encode()) + sum(len(part["RawContent"]) for part in attachments)
    if not html and not text:
        raise SesError("BadRequestException", "The message has no body.")
    if size > MAX_MESSAGE:
        raise SesError("MessageRejected", f"Message length is more than {MAX_MESSAGE} bytes long.")
    return {
        "subject": content["Subject"]["Data"],
        "html": html,
        "text": text,
        "headers": tuple(_headers(content).items()),
        "attachments": tuple(part["FileName"] for part in attachments),
    }


def _raw(content: Mapping[str, Any]) -> dict[str, Any]:
    if len(content["Data"]) > MAX_MESSAGE:
        raise SesError("MessageRejected", f"Message length is more than {MAX_MESSAGE} bytes long.")
    parsed = email.message_from_bytes(content["Data"], _class=EmailMessage, policy=email.policy.default)
    html, text = parsed.get_body(("html",)), parsed.get_body(("plain",))
    known = {"from", "to", "cc", "bcc", "subject", "message-id", "reply-to"}
    return {
        "to": tuple(str(parsed.get("To", "")).split(", ")) if parsed.get("To") else (),
        "subject": str(parsed.get("Subject", "")),
        "html": html.get_content() if html else "",
        "text": text.get_content() if text else "",
        "headers": tuple((name, str(value)) for name, value in parsed.items() if name.lower() not in known),
        "attachments": tuple(part.get_filename() or "unnamed" for part in parsed.iter_attachments()),
        "raw": content["Data"],
    }


def _templated(content: Mapping[str, Any]) -> dict[str, Any]:
    rendered = _rendered(_template_parts(content), _data(content.get("TemplateData", "{}")))
    names = tuple(part["FileName"] for part in content.get("Attachments", ()))
    return {**rendered, "headers": tuple(_headers(content).items()), "attachments": names}


def _template_parts(template: Mapping[str, Any]) -> dict[str, str]:
    """Subject, html and text of an inline template; the mailbox has no stored templates."""
    content = template.get("TemplateContent")
    if content is None:
        raise SesError("NotFoundException", f"Template {template.get('TemplateName')} does not exist.")
    if len(json.dumps(content, ensure_ascii=False).encode()) > MAX_TEMPLATE:
        raise SesError("BadRequestException", "The template is larger than 1 MB.")
    if any(UNSUPPORTED.search(part) for part in content.values()):
        raise SesError("BadRequestException", "Template contains unsupported operations.")
    return {name.lower(): part for name, part in content.items()}


def _data(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError:
        raise SesError("BadRequestException", "Template data is not JSON.") from None
    if not isinstance(value, dict):
        raise SesError("BadRequestException", "Template data is not a JSON object.")
    return value


def _rendered(parts: Mapping[str, str], data: Mapping[str, Any]) -> dict[str, Any]:
    """Render as SES does: a missing variable is reported by an event, after the message was accepted."""
    wanted = {name for part in parts.values() for name in VARIABLE.findall(part)}
    if missing := sorted(wanted - set(data)):
        return {"failure": f"Attribute '{missing[0]}' is not present in the rendering data."}
    return {name: VARIABLE.sub(lambda match: str(data[match[1]]), part) for name, part in parts.items()}
