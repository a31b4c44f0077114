"""How PostgreSQL's errors appear to callers."""

from __future__ import annotations

import psycopg
import pytest

from ddp.errors import (
    CallerError,
    Conflict,
    Forbidden,
    HttpError,
    Invalid,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from ddp.refusals.database import translate


class Raised(psycopg.Error):
    """An error as the server raises it."""

    def __init__(
        self,
        state: str | None,
        message: str = "",
        detail: str = "",
        constraint: str | None = None,
        table: str = "",
    ) -> None:
        self._state, self._message, self._detail, self._constraint = state, message, detail, constraint
        self._table = table
        super().__init__(message)

    @property
    def sqlstate(self):
        return self._state

    @property
    def diag(self):
        class Diagnostic:
            message_primary, message_detail = self._message, self._detail
            constraint_name, table_name = self._constraint, self._table

        return Diagnostic


@pytest.mark.parametrize(
    ("state", "family"),
    [
        ("PT401", Unauthenticated),
        ("PT403", Forbidden),
        ("PT404", NotFound),
        ("PT409", Conflict),
        ("PT422", Invalid),
    ],
)
def test_our_own_sentences_pass_on_with_their_code_and_members(state, family):
    error = translate(Raised(state, "Do this instead.", '{"code": "a-code", "file_id": "1"}'))
    assert type(error) is family
    assert (error.detail, error.code, error.extra) == ("Do this instead.", "a-code", {"file_id": "1"})


def test_our_own_sentence_needs_no_detail():
    assert translate(Raised("PT404", "Not there.")).code == "not-found"


@pytest.mark.parametrize(
    ("state", "family"),
    [
        ("42501", Forbidden),
        ("23505", Conflict),
        ("23503", Invalid),
        ("23514", Invalid),
        ("22P02", Invalid),
        ("22021", Invalid),
        ("40001", Unavailable),
        ("40P01", Unavailable),
        ("55P03", Unavailable),
        ("57014", Unavailable),
        ("53300", Unavailable),
    ],
)
def test_of_postgresqls_own_words_nothing_passes_on(state, family):
    error = translate(Raised(state, "Key (user_email)=(someone@example.com) already exists."))
    assert type(error) is family
    assert "someone" not in f"{error} {error.extra}"


@pytest.mark.parametrize(
    ("constraint", "sentence"),
    [
        ("campaigns_check", "end_date: must be after start_date"),
        ("another_check", "A value is too large, or outside its allowed range."),
        (None, "A value is too large, or outside its allowed range."),
    ],
)
def test_a_check_constraint_that_requests_can_violate_has_a_sentence_of_its_own(constraint, sentence):
    error = translate(Raised("23514", constraint=constraint))
    assert (type(error), error.detail) == (Invalid, sentence)


@pytest.mark.parametrize(
    ("state", "constraint", "field"),
    [
        ("23514", "products_weight_check", "weight"),
        ("23514", "products_description_size", "description"),
        ("23503", "products_collection_id_fkey", "collection_id"),
    ],
)
def test_a_constraint_of_one_column_names_the_field_and_the_rule(state, constraint, field):
    error = translate(Raised(state, constraint=constraint, table="products"))
    (wrong,) = error.extra["errors"]
    assert wrong["field"] == field
    assert error.detail == f"{field}: {wrong['problem']}"


@pytest.mark.parametrize("constraint", ["products_check", "variants_weight_check", "products_sku_key"])
def test_a_constraint_of_another_kind_or_table_names_no_field(constraint):
    error = translate(Raised("23514", constraint=constraint, table="products"))
    assert (error.detail, error.extra) == ("A value is too large, or outside its allowed range.", {})


def test_text_that_cannot_be_stored_is_the_callers_fault():
    assert type(translate(psycopg.DataError("PostgreSQL text fields cannot contain NUL"))) is Invalid


def test_a_lost_connection_is_neither_a_yes_nor_a_no():
    error = translate(psycopg.OperationalError("server closed the connection"))
    assert type(error) is Unavailable
    assert "not known" in error.detail


def test_a_mistake_of_ours_stays_what_it_is():
    error = Raised("42703", "column does not exist")
    assert translate(error) is error


def test_unavailable_has_an_http_answer_but_is_not_the_callers_to_correct():
    assert issubclass(Unavailable, HttpError)
    assert not issubclass(Unavailable, CallerError)
