"""A plan's content, ready to be made into each recipient's message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from ddp import attachments, unsubscribe
from ddp.addresses import AddressError, mask
from ddp.errors import Invalid
from ddp.providers import s3
from ddp.providers.email.base import Attachment, Mailbox, Message, mailbox, unsubscribe_headers
from ddp.queries.email.contents import Content
from ddp.queries.sending.sends import Claimed
from ddp.rendering import Prepared, Renderer


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is the same for all recipients of a plan.

    `is_masked`: the sender has no right to the recipients' addresses, so that its content does not see them either: a
    picture's address would bring them to it.
    """

    renderer: Renderer
    sender: Mailbox
    attachments: tuple[Attachment, ...]
    tenant: str | None
    is_masked: bool = False

    def message(self, claimed: Claimed) -> Message:
        """One recipient's message. Raises Invalid where the template cannot be rendered for this recipient."""
        token = unsubscribe.token(claimed.sender_user_id, claimed.recipient_hash, claimed.email_send_id)
        return self.compose(
            address=claimed.recipient_email,
            name=claimed.recipient_name,
            data=claimed.template_data,
            url=unsubscribe.url(token),
            tags={"ddp_send": str(claimed.email_send_id), "ddp_attempt": str(claimed.attempt)},
        )

    def compose(
        self, *, address: str, name: str | None, data: Mapping[str, object], url: str, tags: Mapping[str, str]
    ) -> Message:
        """A message to an address; `data` cannot replace the address or the unsubscribe link."""
        shown = mask(address) if self.is_masked else address
        known = {"name": name or data.get("name") or "", "email": shown, "unsubscribe_url": url}
        rendered = self.renderer.render({**data, **known})
        try:
            recipient = mailbox(address, name)
        except AddressError as error:
            raise Invalid(error.reason, code=error.code) from error
        return Message(
            sender=self.sender,
            recipient=recipient,
            subject=rendered.subject,
            html=rendered.html,
            text=rendered.text,
            tags=tags,
            headers=unsubscribe_headers(url),
            attachments=self.attachments,
            tenant=self.tenant,
        )


def letter(content: Content) -> Letter:
    """The letter of a plan. Raises Invalid for what no message can be made of; S3's errors where files are attached."""
    if content.html is None or content.text is None:
        raise Invalid("The plan's content was never prepared.", code="content-missing")
    return Letter(
        renderer=Renderer(content.subject, Prepared(html=content.html, text=content.text, call_size=1)),
        sender=sender(content.sender, content.sender_name),
        attachments=tuple(_attachments(content)),
        tenant=content.tenant,
        is_masked=content.recipients_masked,
    )


def sender(address: str, name: str | None) -> Mailbox:
    """Who sends. Raises Invalid."""
    try:
        return mailbox(address, name)
    except AddressError as error:
        raise Invalid(f"The sender's address: {error.reason}", code="sender-address") from error


def _attachments(content: Content) -> list[Attachment]:
    attached, total = [], 0
    for file in content.attachments:
        if file["file_path"] is None:
            raise Invalid(f"The attached file {file['file_id']} is gone.", code="attachment-missing")
        body = s3.client().get_object(Bucket=s3.BUCKET, Key=file["file_path"])["Body"].read()
        total += len(body)
        attachments.check_size(total)
        attached.append(
            Attachment(file_name=file["file_name"], content_type=file["content_type"], content=body)
        )
    return attached


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsendable:
    """Why nothing of a plan can be sent."""

    code: str
    reason: str


Letters = dict[UUID, Letter | Unsendable]
