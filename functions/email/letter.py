"""The letter of a plan, or of one of its variants: the content from which each recipient's message is composed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from ddp import attachments, db, placeholder
from ddp.addresses import AddressError, mask
from ddp.errors import Invalid
from ddp.links import conversions, unsubscribe
from ddp.providers import s3
from ddp.providers.email.base import Attachment, Mailbox, Message, mailbox, unsubscribe_headers
from ddp.queries.email import contents
from ddp.queries.email.contents import Content
from ddp.queries.sending.sends import Claimed
from ddp.rendering import Prepared, Renderer, variables_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is the same for all recipients of a plan's variant; implements functions.sending.channels.composer.Composer.

    `is_masked`: the sender may not see the recipients' addresses, so its template does not see them either. Otherwise
    the URL of an image could send them to the sender. `sender_profile`, `slots`: see
    ddp.rendering.variables_of.
    """

    renderer: Renderer
    sender: Mailbox
    attachments: tuple[Attachment, ...]
    is_masked: bool = False
    is_tracked: bool = False
    sender_profile: Mapping[str, object] = field(default_factory=dict)
    slots: Mapping[str, object] | None = None
    reply_to: Mailbox | None = None

    def compose(self, recipient: Claimed) -> Message:
        """One recipient's message. Raises Invalid if the template cannot be rendered for this recipient."""
        return self.write(
            address=recipient.address,
            name=recipient.name,
            data=recipient.template_data,
            url=unsubscribe.url(unsubscribe.token(recipient.send_id)),
            tags={"ddp_send": str(recipient.send_id), "ddp_attempt": str(recipient.attempt)},
            reference=conversions.reference(recipient.send_id) if self.is_tracked else "",
        )

    def write(
        self,
        *,
        address: str,
        name: str | None,
        data: Mapping[str, object],
        url: str,
        tags: Mapping[str, str],
        reference: str = "",
    ) -> Message:
        """A message to an address. `data` cannot replace the address or the unsubscribe link. Raises Invalid."""
        shown = mask(address) if self.is_masked else address
        known = {
            "name": name or data.get("name") or "",
            "email": shown,
            "unsubscribe_url": placeholder.PLACEHOLDER,
        }
        variables = variables_of(data, self.sender_profile, self.slots) | known
        rendered = placeholder.exchange(self.renderer.render(variables), url, reference)
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
            reply_to=(self.reply_to,) if self.reply_to else (),
            attachments=self.attachments,
        )


def of_plan(send_plan_id: UUID, variant: int | None) -> Letter:
    """The letter of a plan's variant. Raises Invalid if no messages can be made of it, and S3's errors for files."""
    with db.transaction(role="service_role") as cursor:
        content = contents.of_plan(cursor, send_plan_id, variant)
    if content.html is None or content.text is None:
        raise Invalid("The plan's content was never prepared.", code="content-missing")
    profile = content.sender_profile or {}
    return Letter(
        renderer=Renderer(
            content.subject,
            Prepared(html=content.html, text=content.text, call_size=1),
            postal_address=profile.get("postal_address", ""),
        ),
        sender=sender_mailbox(content.sender, content.sender_name),
        attachments=tuple(_attachments(content)),
        is_masked=content.recipients_masked,
        # A masked recipient is not the sender's customer, and a reference would show who follows a link.
        is_tracked=content.tracks_conversions and not content.recipients_masked,
        sender_profile=profile,
        slots=content.slots,
        reply_to=reply_mailbox(content.reply_to),
    )


def sender_mailbox(address: str, name: str | None) -> Mailbox:
    """The sender as messages show it. Raises Invalid."""
    try:
        return mailbox(address, name)
    except AddressError as error:
        raise Invalid(f"The sender's address: {error.reason}", code="sender-address") from error


def reply_mailbox(address: str | None) -> Mailbox | None:
    """Where answers go; None: to the sender. Raises Invalid."""
    return sender_mailbox(address, None) if address else None


def _attachments(content: Content) -> list[Attachment]:
    attached, total = [], 0
    for file in content.attachments:
        if file["file_path"] is None:
            raise Invalid(f"The attached file {file['file_id']} no longer exists.", code="attachment-missing")
        body = s3.client().get_object(Bucket=s3.BUCKET, Key=file["file_path"])["Body"].read()
        total += len(body)
        attachments.check_size(total)
        attached.append(
            Attachment(file_name=file["file_name"], content_type=file["content_type"], content=body)
        )
    return attached
