"""What a field means wherever it occurs. A model that says more, or something else, describes the field itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MEANINGS: Final = {
    "accepted_at": "When the person accepted; null: not yet.",
    "attempt": "How often sending to this recipient was begun.",
    "bounced_at": "When the recipient's server refused the message for good.",
    "budget_allocated": "What may be spent, with two decimals.",
    "budget_spent": "The sum of all expenses, with two decimals. It may exceed the budget.",
    "cancelled_at": "When the send was cancelled for good.",
    "clicked_at": "When a person first followed a link.",
    "compare_at_price": "The price before a reduction, to show beside `price`.",
    "complained_at": "When the recipient marked the message as unwanted.",
    "created_by": "The account that made it.",
    "created_by_user_id": "The account that made it.",
    "deleted_at": "When it was deleted; null: it is there.",
    "delivered_at": "When the recipient's server accepted the message.",
    "email_content": "HTML with Liquid.",
    "email_subject": "Liquid, with the recipient's data as variables.",
    "end_date": "Nothing is sent after this time.",
    "external_product_id": "The shop's own id, unique in the account.",
    "external_variant_id": "The shop's own id, unique in the product.",
    "failure_code": "Why it failed. Stable, for programs.",
    "failure_reason": "Why it failed, in a sentence for people.",
    "identity": "A domain, or an e-mail address.",
    "inventory_quantity": "How many there are. Below zero: sold more than there was.",
    "is_open": "Whether any retailer may join while the campaign is active.",
    "is_public": "Whether everyone signed in sees it.",
    "last_login_at": "When the person last signed in.",
    "latitude": "In degrees.",
    "longitude": "In degrees.",
    "member_role": "What the member may do: look (`viewer`), also work (`editor`), also manage (`owner`).",
    "metadata": "Free-form JSON object, stored as given.",
    "mpn": "The manufacturer's part number.",
    "not_before": "Nothing is sent to this recipient before this time.",
    "opened_at": "When a person first opened the message, as far as mail programs tell.",
    "pause_code": "Why sending is paused. Stable, for programs.",
    "pause_reason": "Why sending is paused, in a sentence for people.",
    "planned_at": "When the recipients were known.",
    "profile_data": "Free-form JSON object, stored as given.",
    "provider_message_id": "The provider's own id of the message.",
    "published_at": "From when everyone signed in sees it; null: only its brand does.",
    "record_id": "The id of the changed row.",
    "row_count": "Rows of the file, once it is written.",
    "screen_resolution": "Width x height, in pixels.",
    "sender_name": "Shown by mail programs beside the sender's address.",
    "since": "When it began.",
    "sku": "The shop's own stock-keeping unit.",
    "target_audience": "Criteria that select the default recipients.",
    "template_data": "Values of the template's variables.",
    "text_content": "The plain-text alternative, with Liquid. If there is none, it is made from the HTML.",
    "unknown_at": "Since when it is not known whether the provider accepted the message.",
    "unsubscribed_at": "When the recipient unsubscribed by this message.",
    "user_type": "What the account is; it decides what the account may see and do.",
    "version": "Counted from 1.",
}


def describe(schemas: Mapping[str, dict[str, Any]]) -> None:
    """Add the meaning to each field that has no description."""
    for schema in schemas.values():
        for name, field in schema.get("properties", {}).items():
            if name in MEANINGS:
                field.setdefault("description", MEANINGS[name])
