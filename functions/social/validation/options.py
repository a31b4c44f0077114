"""A platform's own options of a post, checked against its rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ddp.providers.social.base import Problem
from functions.social.validation.problems import problem

# Options that every platform has: the address of a link post, and what is done with an image of another shape.
_LINK, _FIT = "link", "fit"
_FITS = ("pad", "crop", "refuse")


def of_options(name: str, rules: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with the options."""
    known = rules["options"]
    for option in given.keys() - known.keys() - {_LINK, _FIT}:
        offered = ", ".join(known) or "none"
        yield problem(
            f"options.{option[:50]}", "unknown-option", f"{name} has no such option; it has {offered}."
        )
    if given.get(_FIT, "pad") not in _FITS:
        yield problem("options.fit", "option-choice", f"There is no such choice. Choose {', '.join(_FITS)}.")
    for option, rule in known.items():
        field = f"options.{option}"
        if option not in given:
            if rule.get("required"):
                sentence = rule.get("help") or f"{name} asks for {option.replace('_', ' ')}."
                yield problem(field, "option-missing", f"{sentence} {_choices(rule)}".strip())
            continue
        yield from _of_value(name, field, rule, given[option], is_audited=rules["is_audited"])


def _of_value(
    name: str, field: str, rule: Mapping[str, Any], value: object, *, is_audited: bool
) -> Iterator[Problem]:
    match rule["type"]:
        case "boolean" if not isinstance(value, bool):
            yield problem(field, "option-type", "This option is true or false.")
        case "choice" if value not in rule["choices"]:
            yield problem(field, "option-choice", f"There is no such choice. {_choices(rule)}")
        case "choice" if not is_audited and value not in rule.get("unaudited", rule["choices"]):
            allowed = " or ".join(rule["unaudited"])
            sentence = (
                f"{name} has not reviewed this platform's application yet, and would hide the post: until then choose"
                f" {allowed}."
            )
            yield problem(field, "not-reviewed", sentence)
        case "text" if not isinstance(value, str) or len(value) > rule["longest"]:
            yield problem(
                field, "option-type", f"This option is a text of at most {rule['longest']} characters."
            )
        case "words" if not _are_words(value, rule["longest"]):
            sentence = f"This option is a list of words, together at most {rule['longest']} characters."
            yield problem(field, "option-type", sentence)


def _are_words(value: object, longest: int) -> bool:
    words = value if isinstance(value, list) else [None]
    return all(isinstance(word, str) and word for word in words) and sum(map(len, words)) <= longest


def _choices(rule: Mapping[str, Any]) -> str:
    return f"Choose {', '.join(rule['choices'])}." if "choices" in rule else ""
