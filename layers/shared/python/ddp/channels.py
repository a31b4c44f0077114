"""What a channel is, as data: one value for e-mail, and one for SMS.

Code that channels share (functions/sending, ddp/queries/sending) takes a Channel and never imports a channel's own
modules. How a channel plans, composes and sends is code, behind the Protocols in functions/sending/channels.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way to reach recipients.

    `name` is the label of public.message_channel, and the word in the names of queues, functions and log lines.
    `noun` is what sentences call a message of the channel, `addresses` what they call the addresses. `address_member`
    is the member that holds the address in a list of recipients, and the heading that a file's column should have.
    `address_headings` are usual headings of that column, in lower case, letters and digits only; the first of them that
    a file has counts. The last two name the environment variables with the URLs of the channel's queues.
    """

    name: str
    noun: str
    addresses: str
    address_member: str
    address_headings: tuple[str, ...]
    plan_queue_variable: str
    send_queue_variable: str


EMAIL = Channel(
    name="email",
    noun="e-mail",
    addresses="e-mail addresses",
    address_member="email",
    address_headings=(
        "email", "emailaddress", "mail", "mailaddress", "emailadresse", "mailadresse", "adresseemail",
        "adressemail", "courriel", "correo", "correoelectronico", "indirizzoemail", "epost", "epostadress",
        "recipientemail", "recipient", "useremail", "customeremail", "address",
    ),
    plan_queue_variable="DDP_EMAIL_PLAN_QUEUE_URL",
    send_queue_variable="DDP_EMAIL_SEND_QUEUE_URL",
)  # fmt: skip

SMS = Channel(
    name="sms",
    noun="SMS",
    addresses="phone numbers",
    address_member="phone",
    address_headings=(
        "phone", "phonenumber", "mobile", "mobilenumber", "mobilephone", "cell", "cellphone", "tel", "telephone",
        "telefon", "telefonnummer", "handy", "handynummer", "mobil", "portable", "telefono", "celular", "movil",
        "recipientphone", "msisdn", "number",
    ),
    plan_queue_variable="DDP_SMS_PLAN_QUEUE_URL",
    send_queue_variable="DDP_SMS_SEND_QUEUE_URL",
)  # fmt: skip

CHANNELS = (EMAIL, SMS)
