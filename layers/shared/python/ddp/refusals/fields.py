"""What is wrong with a field of a request, in our own words, from pydantic's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

MUST_BE_TIME: Final = "must be a date and time with a time zone, such as 2027-03-01T09:00:00Z"
MUST_BE_WHOLE: Final = "must be a whole number"
_NUMBER: Final = "must be a number"
MUST_BE_ID: Final = "must be an id (UUID)"
_TRUTH: Final = "must be true or false"
_OBJECT: Final = "must be an object"

# Forms of text that people know by a name, as pydantic's patterns. 6 to 15 digits, as the ledger has them.
E164: Final = r"^\+[1-9][0-9]{5,14}$"
_FORMS: Final = {E164: "must be a number in E.164, such as +447400123456"}

# By pydantic's type of the error. In braces: names of pydantic's context.
_SENTENCES: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "json_invalid": "is not valid JSON",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_short": "must have at least {min_length:,} characters",
    "string_too_long": "may have at most {max_length:,} characters",
    "string_pattern_mismatch": "must have the form {pattern}",
    "int_type": MUST_BE_WHOLE,
    "int_parsing": MUST_BE_WHOLE,
    "int_parsing_size": MUST_BE_WHOLE,
    "int_from_float": MUST_BE_WHOLE,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": "must be a finite number",
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "may have at most {max_digits} digits",
    "decimal_max_places": "may have at most {decimal_places} decimals",
    "decimal_whole_digits": "may have at most {whole_digits} digits before the decimal point",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "may be at most {le}",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "uuid_type": MUST_BE_ID,
    "uuid_parsing": MUST_BE_ID,
    "uuid_version": MUST_BE_ID,
    "datetime_type": MUST_BE_TIME,
    "datetime_parsing": MUST_BE_TIME,
    "datetime_from_date_parsing": MUST_BE_TIME,
    "datetime_object_invalid": MUST_BE_TIME,
    "timezone_aware": MUST_BE_TIME,
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length:,} entries",
    "too_long": "may have at most {max_length:,} entries",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "union_tag_not_found": "must have the field {discriminator}",
    "union_tag_invalid": "must have a {discriminator} that is one of {expected_tags}",
    "value_error": "{error}",
}


def rule(error: Mapping[str, Any]) -> str:
    """The rule that the field breaks, from one entry of pydantic's `errors()`; never pydantic's own sentence."""
    context = error.get("ctx", {})
    sentence = _FORMS.get(context.get("pattern")) or _SENTENCES.get(error["type"], "is not valid")
    return sentence.format_map(context)
