"""Attacks that were slow once, with what they took: each is refused, or rendered, in the time of one message.

Seconds are the processor's for this thread, because the machine is busy with other things.
"""

# ruff: noqa: E501  # templates are easier to read on one line

from __future__ import annotations

import time
from contextlib import suppress
from itertools import product

import pytest
from liquid import Environment
from liquid.context import RenderContext

from ddp.errors import Invalid
from ddp.rendering import Prepared, Renderer, TooSlow, check, preview
from ddp.rendering.language.charges import CHARGES, steps
from ddp.rendering.language.context import BoundedContext
from ddp.rendering.language.environment import ESCAPING, PLAIN
from ddp.rendering.language.limits import STEPS, LimitReached
from ddp.rendering.language.meter import Meter
from tests.unit.ddp.rendering import clock
from tests.unit.ddp.rendering.programs import TEXTS, VALUES

pytestmark = pytest.mark.thorough

LINK = "https://ddp.example.com/unsubscribe/" + "a" * 108
MANY = "{% assign a = '" + "x," * 1_500 + "' | split: ',' %}"
WHERE = "{% assign c = a | where: 'x','y' %}"


def renderer(html: str) -> Renderer:
    return Renderer("s", Prepared(html=html, text="t", call_size=1))


# By what they took before they were bounded, in seconds; the data comes with each.
SLOW_MESSAGES: dict[str, tuple[str, dict[str, object]]] = {
    "filters_over_a_list_behind_a_condition_took_14": (
        MANY + "{% if email != blank %}" + WHERE * 1_500 + "{% endif %}",
        {},
    ),
    "a_few_filters_over_a_long_list": (MANY + "{% if email != blank %}" + WHERE * 300 + "{% endif %}", {}),
    "a_loop_over_a_range_took_a_third": ("{% for i in (1..33000) %}{{ i }}{% endfor %}", {}),
    "a_list_as_the_name_of_a_field_took_a_third": ("{{ l | map: l }}", {"l": ["x"] * 2_000}),
    "a_named_argument_took_as_long": ("{{ l | map: key: l }}", {"l": ["x"] * 4_000}),
    "a_text_sought_from_its_end_took_1": ("{{ v | remove_last: w }}", {"v": "a" * 99_999, "w": "ab" + "a" * 50_000}),
    "links_in_a_comment_took_4": ('<!--{% for i in (1..4000) %}<a href="{{ unsubscribe_url }}">{% endfor %}', {}),
    "entities_unescaped_took_a_sixth": ("{{ v | escape_once | size }}", {"v": "&a" * 120_000}),
    "percents_decoded_took_a_third": ("{{ v | url_decode | size }}", {"v": "é%" * 120_000}),
    "lists_of_lists_compared_took_2": ("{{ v | uniq | size }}", {"v": [[0] * 8 + [n] for n in range(1_000)]}),
    "lists_searched_took_3": ("{% if v contains 'x' %}{% endif %}" * 1_000, {"v": [[str(n)] for n in range(4_900)]}),
    "texts_searched_took_1": ("{% if v contains w %}{% endif %}" * 1_000, {"v": "ab" * 80_000, "w": "ab" * 40_000 + "c"}),
    "cases_of_lists_took_3": ("{% case v %}" + "{% when w %}" * 1_000 + "{% endcase %}", {"v": [[1]] * 2_400, "w": [[1]] * 2_400}),
    "cycles_over_lists_took_4": ("{% cycle v: 1, 2 %}" * 500, {"v": [[n] for n in range(4_900)]}),
    "lists_printed_again_and_again": ("{% echo v %}" * 400, {"v": ["x"] * 3_000}),
    "conditions_of_literals_in_a_loop": ("{% for i in (1..9000) %}{% if " + "1 == 2 or " * 120 + "1 %}{% endif %}{% endfor %}", {}),
    "empty_tables": ("{% tablerow i in (1..9000) %}{% endtablerow %}" * 10, {}),
    "a_loop_that_a_filter_takes": ("{% for i in (1..9000) %}{{ forloop | join: s }}{% endfor %}", {"s": "x" * 200_000}),
}  # fmt: skip

# What the parser took; with each the whole source is of valid tags, or the error stands in its last line.
SLOW_SOURCES = {
    "blanks_in_outputs_took_92": ("{{" + " " * 3_990 + "}}") * 120,
    "a_few_blanks_in_many_outputs": ("{{" + " " * 90 + "}}") * 2_900,
    "blanks_behind_the_names_of_tags": ("{% if a %}{% endif" + " " * 90 + "%}") * 1_400,
    "lines_of_comments_took_74": ("{% #" + "\n" * 3_980 + " %}") * 120,
    "blanks_in_lines_of_tags": ('{% liquid echo "a' + " " * 3_900 + 'b" %}') * 120,
    "arguments_took_3": ("{% assign a = b|slice:" + "1," * 1_980 + "1 %}") * 120,
    "paths_took_2": ("{% assign a = b" + ".c" * 1_980 + " %}") * 120,
    "brackets_behind_what_is_parsed": ("{% case a %}{% when 1 or " + "(" * 3_900 + " %}{% endcase %}") * 120,
    "many_tags_took_1": "{{ a|upcase|append:'b' }} " * 10_000,
    "braces_kept_verbatim_and_an_open_block": "{% raw %}" + "{{" * 100_000 + "{% endraw %}{% capture a %}",
    "filters_in_73_kb_took_42": MANY + "{% if email != blank %}" + WHERE * 1_900 + "{% endif %}",
}  # fmt: skip


@pytest.mark.parametrize("name", SLOW_MESSAGES)
def test_a_message_is_made_or_refused_in_time(name: str) -> None:
    html, data = SLOW_MESSAGES[name]
    variables = {"email": "a@b.c", "unsubscribe_url": LINK, **data}
    assert clock.seconds(lambda: renderer(html).render(variables)) < clock.MESSAGE


@pytest.mark.parametrize("name", SLOW_SOURCES)
def test_a_source_is_checked_in_time(name: str) -> None:
    assert clock.seconds(lambda: check(SLOW_SOURCES[name])) < clock.CHECK


PREVIEWS = {
    **{name: html for name, (html, _) in SLOW_MESSAGES.items()},
    **SLOW_SOURCES,
    "many_outputs": "<table>" + "<tr><td>{{ a }}</td><td>{{ b }}</td></tr>" * 1_000 + "</table>",
    "many_elements": "<a href='http://x.example/'>y</a>" * 5_900,
    "many_line_breaks_took_3": "<br>" * 120_000,
    "elements_and_outputs": "<p>{{ a }}</p>" * 1_990 + "<p>x</p>" * 4_000,
    "loops_in_loops_in_loops": "{% for a in x %}{% for b in y %}{% for c in z %}{{ c }}{% endfor %}{% endfor %}{% endfor %}" * 99,
}  # fmt: skip


@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_takes_less_than_a_second(name: str) -> None:
    data = SLOW_MESSAGES[name][1] if name in SLOW_MESSAGES else {}
    assert clock.seconds(lambda: preview("s", PREVIEWS[name], None, data)) < clock.PREVIEW


@pytest.mark.usefixtures("by_steps_alone")
def test_too_slow_names_the_line_and_what_to_do() -> None:
    with pytest.raises(TooSlow) as error:
        renderer(MANY + "\n" + WHERE * 100).render({})
    assert isinstance(error.value, Invalid)
    assert error.value.code == "template-too-slow"
    assert error.value.extra == {"part": "html", "line": 2}
    assert error.value.detail == (
        "Line 2, at “where: 'x','y'”: making the message takes too long: shorten its loops and lists, or use fewer filters."
    )


@pytest.mark.usefixtures("by_steps_alone")
def test_the_three_parts_share_one_limit() -> None:
    part = "{% for i in (1..9000) %}{% endfor %}"
    renderer(part).render({})
    with pytest.raises(TooSlow) as error:
        Renderer("s", Prepared(html=part * 2, text=part, call_size=1)).render({})
    assert error.value.extra["part"] == "text"


def test_a_slow_machine_stops_by_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.thread_time
    monkeypatch.setattr(time, "thread_time", lambda: now() * 1_000)
    with pytest.raises(TooSlow):
        renderer("{% for i in (1..500) %}{{ i }}{% endfor %}").render({})


def test_a_check_tries_the_template_with_data_that_makes_conditions_hold() -> None:
    with pytest.raises(TooSlow):
        check("{% if email != blank %}{% for i in (1..9000) %}{{ i }}{% endfor %}{% endif %}")


def test_a_check_looks_behind_errors_that_come_of_missing_data() -> None:
    with pytest.raises(TooSlow):
        check("{{ x | divided_by: y }}{% for i in (1..9000) %}{{ i }}{% endfor %}")


@pytest.mark.usefixtures("by_steps_alone")
def test_a_preview_leaves_room_for_other_data() -> None:
    html = "{% for i in l %}{{ i }}{% endfor %}"
    data = {"l": ["x"] * 4_000}
    renderer(html).render(data)
    with pytest.raises(TooSlow):
        preview("s", html, None, data)


@pytest.mark.usefixtures("by_steps_alone")
def test_loops_in_loops_of_ordinary_size_pass() -> None:
    check(
        "{% for a in x %}{% for b in a.y %}{% for c in b.z %}"
        + "<b>{{ c.name | escape }}</b>" * 10
        + "{% endfor %}{% endfor %}{% endfor %}"
    )


@pytest.mark.usefixtures("by_steps_alone")
def test_a_link_behind_a_comment_counts() -> None:
    html = f'<!-- x --><p><!-- <a href="{LINK}"> --></p><a href="{LINK}">y</a>'
    assert renderer(html).render({"unsubscribe_url": LINK}).html == html
    assert renderer(f'<!-- <a href="{LINK}">').render({"unsubscribe_url": LINK}).html.count(LINK) == 2


@pytest.mark.usefixtures("by_steps_alone")
def test_named_arguments_are_refused_where_charges_do_not_know_them() -> None:
    with pytest.raises(Invalid, match="takes no named arguments"):
        renderer("{{ v | replace: seq: 'x', sub: v }}").render({"v": "x" * 9_000})
    assert renderer("{{ v | default: 'x', allow_false: true }}").render({"v": False}).html == "false"


def test_every_filter_has_its_charge() -> None:
    assert set(CHARGES) == set(ESCAPING.filters) == set(PLAIN.filters)


@pytest.mark.parametrize("name", sorted(CHARGES))
def test_a_filter_takes_about_what_it_is_charged(name: str) -> None:
    values = [*TEXTS.values(), *VALUES.values()]
    for value, arguments in product(values, ARGUMENTS):
        with suppress(LimitReached):
            charged = steps(name, value, arguments)
            if charged <= STEPS:
                allowed = 0.001 + 3 * charged * 1e-6
                # Again, if something else came in between.
                assert any(_taken(name, value, arguments) < allowed for _ in range(3)), (value, arguments)


ARGUMENTS: list[tuple[object, ...]] = [
    *[(), ("",), (" ",), ("a",), ("k",), (3,), ("%Y",), (["b"] * 300,), ({"k": 1},), ("ab" + "a" * 2_000,)],
    *[("k", 1), ("a", "b"), ("", ""), (1, 99_999_999), ("ab" + "a" * 2_000, "x"), ("k", ["b"] * 300)],
]


def _taken(name: str, value: object, arguments: tuple[object, ...]) -> float:
    """Processor seconds of the slower of both environments."""
    return max(_seconds_of(environment, name, value, arguments) for environment in (ESCAPING, PLAIN))


def _seconds_of(environment: Environment, name: str, value: object, arguments: tuple[object, ...]) -> float:
    context = BoundedContext(environment.from_string(""), meter=Meter())
    function = RenderContext.filter(context, name, None)
    start = time.thread_time()
    with suppress(Exception):
        function(value, *arguments)
    return time.thread_time() - start
