"""What is wrong with a field of a request, in our own words, from pydantic's errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_TIME: Final = "must be a date and time with a time zone, such as 2027-03-01T09:00:00Z"
_WHOLE: Final = "must be a whole number"
_NUMBER: Final = "must be a number"
_ID: Final = "must be an id (UUID)"
_TRUTH: Final = "must be true or false"
_OBJECT: Final = "must be an object"

# By pydantic's type of the error. In braces: names of pydantic's context.
_SENTENCES: Final = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this request",
    "json_invalid": "must be JSON; here it is not",
    "string_type": "must be text",
    "string_unicode": "must be text",
    "string_too_short": "must have at least {min_length:,} characters",
    "string_too_long": "may have at most {max_length:,} characters",
    "string_pattern_mismatch": "must have the form {pattern}",
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_from_float": _WHOLE,
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
    "uuid_type": _ID,
    "uuid_parsing": _ID,
    "uuid_version": _ID,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "datetime_object_invalid": _TIME,
    "timezone_aware": _TIME,
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "list_type": "must be a list",
    "too_short": "must have at least {min_length:,} entries",
    "too_long": "may have at most {max_length:,} entries",
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "union_tag_not_found": "must have the field {discriminator}",
    "union_tag_invalid": "must have as {discriminator} one of {expected_tags}",
    "value_error": "{error}",
}


def rule(error: Mapping[str, Any]) -> str:
    """The rule that the field breaks, from one entry of pydantic's `errors()`; never pydantic's own sentence."""
    sentence = _SENTENCES.get(error["type"], "is not valid")
    return sentence.format_map(error.get("ctx", {}))
