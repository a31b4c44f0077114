"""Liquid programs by its grammar, with data that is large, odd or missing: what the fuzzer renders."""

from __future__ import annotations

from hypothesis import strategies as st

# 30 KB of what is slow to search, split, escape or decode.
SIZE = 30_000
TEXTS = {
    "letters": "a" * SIZE,
    "blanks": " " * SIZE,
    "words": "a " * (SIZE // 2),
    "lines": "\n" * SIZE,
    "entities": "&a" * (SIZE // 2),
    "long_entities": ("&" + "a" * 31) * (SIZE // 32),
    "open_tags": "<" * SIZE,
    "percents": "é%" * (SIZE // 2),
    "sharp": "ß" * SIZE,
    "mirror": "ab" + "a" * (SIZE // 2),
    "digits": "1" * 4_000,
    "commas": "x," * 4_000,
}
VALUES: dict[str, object] = {
    "number": 7**900,
    "float": 1e308,
    "day": "2026-02-30 25:61 +99:99",
    "names": [f"n{n % 7}" for n in range(3_000)],
    "numbers": list(range(3_000)),
    "products": [{"k": n % 3, "name": "n", "tags": ["a", "b"]} for n in range(400)],
    "lists": [[n] * 5 for n in range(500)],
    "deep": [[[[[[1]]]]]] * 500,
    "decimals": ["1." + "1" * 30] * 800,
    "nothing": None,
    "yes": True,
}

# Filters by their number of arguments.
FILTERS = {
    0: "abs ceil floor capitalize downcase upcase escape escape_once lstrip rstrip strip newline_to_br strip_html"
    " strip_newlines squish url_encode url_decode base64_encode base64_decode base64_url_safe_encode"
    " base64_url_safe_decode first last size reverse",
    1: "at_most at_least divided_by minus plus times modulo append prepend remove remove_first remove_last split concat"
    " map date join round sort sort_natural sum uniq compact truncate truncatewords default where reject find"
    " find_index has slice",
    2: "replace replace_first replace_last slice where reject find find_index has truncate truncatewords",
}

_NAMES = [
    *TEXTS,
    *VALUES,
    "a",
    "b",
    "i",
    "forloop",
    "missing",
    "forloop.index",
    "products.first.tags",
    "names.size",
]
_LITERALS = [
    "1",
    "-1",
    "2.5",
    "'a'",
    "''",
    "' '",
    "'x' ",
    "nil",
    "true",
    "'k'",
    "'%Y %j'",
    "9999999999",
    "(1..9)",
]

_names = st.sampled_from(_NAMES)
_values = st.sampled_from([*_NAMES, *_LITERALS, "(1..3000)", "(number..float)", "(1..names.size)"])
_FORMS = [
    name + ": " * bool(count) + ", ".join(["{}"] * count)
    for count in FILTERS
    for name in FILTERS[count].split()
]
_filters = st.lists(
    st.builds(lambda form, one, other: form.format(one, other), st.sampled_from(_FORMS), _values, _values),
    max_size=4,
)
_expressions = st.builds(lambda value, filters: " | ".join([value, *filters]), _values, _filters)
_comparisons = st.builds(
    "{} {} {}".format,
    _values,
    st.sampled_from(["==", "!=", "<", ">=", "contains", "== blank or x ==", "!= empty or x =="]),
    _values,
)
_conditions = st.lists(st.one_of(_values, _comparisons), min_size=1, max_size=3).map(" or ".join)
_loops = st.builds(
    "{} in {}{}".format,
    st.sampled_from(["i", "a"]),
    st.sampled_from([*_NAMES, "(1..3)", "(1..2000)", "(1..names.size)"]),
    st.sampled_from(["", " reversed", " limit: 3", " offset: 2", " offset: continue", " limit: names.size"]),
)

_simple = st.one_of(
    st.sampled_from(["text ", "<p>", "\n", "{% break %}", "{% continue %}", "{% increment a %}", "{% decrement b %}"]),
    _expressions.map("{{{{ {} }}}}".format),
    _expressions.map("{{% echo {} %}}".format),
    st.builds("{{% assign {} = {} %}}".format, st.sampled_from(["a", "b"]), _expressions),
    st.builds("{{% cycle {}, {} %}}".format, _values, _values),
    st.builds("{{% liquid\nassign b = {}\necho b %}}".format, _expressions),
)  # fmt: skip


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.builds("{{% if {} %}}{}{{% else %}}{}{{% endif %}}".format, _conditions, inner, inner),
        st.builds("{{% unless {} %}}{}{{% endunless %}}".format, _conditions, inner),
        st.builds("{{% case {} %}}{{% when {}, 1 %}}{}{{% endcase %}}".format, _values, _values, inner),
        st.builds("{{% for {} %}}{}{{% endfor %}}".format, _loops, inner),
        st.builds("{{% tablerow {} %}}{}{{% endtablerow %}}".format, _loops, inner),
        st.builds("{{% capture {} %}}{}{{% endcapture %}}".format, st.sampled_from(["a", "b"]), inner),
        st.builds("{{% ifchanged %}}{}{{% endifchanged %}}".format, inner),
        # The same again and again: what is slow once is deadly a hundred times.
        st.builds(lambda text, times: text * times, inner, st.sampled_from([2, 20, 200])),
    )


programs = st.recursive(_simple, _blocks, max_leaves=12)
