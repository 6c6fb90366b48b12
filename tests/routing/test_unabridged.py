"""An expression with nothing left out says what the expression says."""

from typing import Any

import pytest
from cel import compile as compile_cel
from hypothesis import given
from hypothesis import strategies as st

from routing.unabridged import quoted, tokens, unabridged

VALUES: dict[str, Any] = {"a": "x", "n": 3, "yes": True, "no": False, "some": ["x", "y"], "of": {"x": 1.5}}

numbers = st.sampled_from(["n", "1", "2.5e0", "-n", "some.size()", "of['x']", "(yes ? n : 4)"])
texts = st.sampled_from(["a", "'x'", '"a && b"', "r'\\'", "'''x'''", "some[0]", "(a + 'y')"])
compared = st.one_of(
    st.sampled_from(["yes", "no", "true", "has(of.x)", "a in of", "a in some"]),
    st.builds("{} {} {}".format, numbers, st.sampled_from([">", "<=", "==", "!="]), numbers),
    st.builds("{}.{}({})".format, texts, st.sampled_from(["contains", "startsWith"]), texts),
)
expressions = st.recursive(
    compared,
    lambda inner: st.one_of(
        st.builds("{} && {}".format, inner, inner),
        st.builds("({} || {})".format, inner, inner),
        st.builds("!({})".format, inner),
        st.builds("({} ? {} : {})".format, inner, inner, inner),
        st.builds("some.{}(e, e == {} || {})".format, st.sampled_from(["all", "exists", "exists_one"]), texts, inner),
        st.builds("some.map(e, {}, {})[0]".format, inner.map(lambda each: f"true || {each}"), inner),
        st.builds("{{'k': {}, 'l': {}}}['k']".format, inner, inner),
        st.builds("{} // and so on: {}\n".format, inner, texts),
    ),
    max_leaves=8,
)


@given(expressions)
def test_it_says_the_same(written: str) -> None:
    assert compile_cel(unabridged(written)).execute(VALUES) is compile_cel(written).execute(VALUES)


@pytest.mark.parametrize(
    "written",
    [
        "no && 1 / 0 == 1",
        "yes || 1 / 0 == 1",
        "yes ? true : 1 / 0 == 1",
        "some.all(e, e == 'y' && 1 / 0 == 1)",
        "some.filter(e, e == 'z').all(e, 1 / 0 == 1)",
        "some.map(e, e == 'z', 1 / 0).size() == 0",
        "some.exists(e, e == 'x') || some.exists(e, 1 / 0 == 1)",
        "{'a': no && 1 / 0 == 1}['a']",
        "(no && (yes || 1 / 0 == 1))",
        "yes ? yes : no ? 1 / 0 == 1 : yes",
    ],
)
def test_nothing_is_left_out(written: str) -> None:
    assert compile_cel(written).execute(VALUES) in (True, False)
    with pytest.raises(ZeroDivisionError):
        compile_cel(unabridged(written)).execute(VALUES)


def test_words_in_quotation_marks_are_one_and_comments_none() -> None:
    assert tokens("a == r'\\' && b != \"c // d\" // all\n") == ["a", "==", "r'\\'", "&&", "b", "!=", '"c // d"']
    assert [quoted(each) for each in ("'a'", 'b"c"', "'''d'e'''", "f")] == ["a", "c", "d'e", None]
