"""Random programs and random sources: each renders or is refused within the time that one message may take."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from liquid.exceptions import LiquidError
from liquid.lex import get_lexer
from liquid.token import Token

from ddp.errors import Invalid
from ddp.rendering import Prepared, Renderer, check
from ddp.rendering.language.environment import ESCAPING
from tests.unit.ddp.rendering import clock
from tests.unit.ddp.rendering.programs import TEXTS, VALUES, programs

pytestmark = pytest.mark.thorough

DATA = {**TEXTS, **VALUES}
# The same in every run, so that a slow machine is the only other reason for a failure.
_SAME = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
# 500 programs take 9 s, 300 sources 6 s.
_PROGRAMS, _MORE_PROGRAMS = settings(_SAME, max_examples=500), settings(_SAME, max_examples=4_000)
_SOURCES = settings(_SAME, max_examples=300)

_pieces = st.sampled_from(
    [
        *[
            "{{",
            "}}",
            "{%",
            "%}",
            "-%}",
            "{{ a }}",
            "{% liquid ",
            "{% # ",
            "{% assign a = ",
            "{% when ",
            "<p>",
            "é",
        ],
        *["{% raw %}", "{% endraw %}", "{% comment %}", "{% endcomment %}", "{% doc %}", "{% enddoc %}"],
        *[
            "{% if a %}",
            "{% endif %}",
            "{% case a %}",
            "{% endcase %}",
            " or a",
            " | upcase",
            "a",
            "1",
            "-",
            "\n",
            "\t",
        ],
        *" ([]'\".|:,",
        "..",
    ]
)
_sources = st.lists(
    st.builds(lambda piece, times: piece * times, _pieces, st.sampled_from([1, 1, 1, 2, 60, 2_000])),
    max_size=12,
).map("".join)
_repeated = st.builds(lambda source, times: source * times, _sources, st.sampled_from([1, 1, 100]))

_blanks = st.sampled_from(["", " ", "\n ", "  \t"])
# Most of them well formed: a lexer differs in blanks and dashes.
_tags = st.tuples(
    st.sampled_from(["{{", "{{-", "{%", "{%-", "{% -", "{"]),
    _blanks,
    st.sampled_from(["a", "if a - b", "raw", "endraw", "doc", "enddoc", "#", "# a", "comment", "endcomment", "-a"]),
    _blanks,
    st.sampled_from(["}}", "-}}", "--}}", "%}", "-%}", "}"]),
    st.sampled_from(["", " text ", "\n", "}", "-"]),
).map("".join)  # fmt: skip


@_PROGRAMS
@given(programs)
def test_every_program_renders_or_is_refused_in_time(program: str) -> None:
    require_in_time(program)


@pytest.mark.slow
@_MORE_PROGRAMS
@given(programs)
def test_thousands_of_programs(program: str) -> None:
    require_in_time(program)


def require_in_time(program: str) -> None:
    try:
        renderer = Renderer("s", Prepared(html=program, text="t", call_size=1))
    except Invalid:
        return
    used = {name: value for name, value in DATA.items() if name in program}
    assert clock.seconds(lambda: renderer.render(used)) < clock.MESSAGE


@_SOURCES
@given(_repeated)
def test_every_source_is_parsed_or_refused_in_time(source: str) -> None:
    assert clock.seconds(lambda: check(source)) < clock.CHECK


@_SOURCES
@given(st.lists(_tags, max_size=6).map("".join))
def test_our_lexer_reads_what_the_librarys_reads(source: str) -> None:
    def read(lexer: Callable[[str], Iterator[Token]]) -> object:
        try:
            # Where nothing stands, its place does not matter.
            return [(*token[:2], token[1] and token[2]) for token in lexer(source)]
        except LiquidError as error:
            return str(error)

    assert read(ESCAPING.tokenizer()) == read(get_lexer())
