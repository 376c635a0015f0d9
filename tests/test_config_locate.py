"""Where a setting stands: an error that points at the wrong line is worse than none."""

import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outfall.config.locate import MAX_DEPTH, MAX_STEPS, TooDeepError, lines_of

# ------------------------------------------------------------------ documents with known lines

KEYS = st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="'"), max_size=8)
SCALARS = st.one_of(
    st.integers(-99, 99).map(str),
    st.sampled_from(
        ["true", "1.5", "1979-05-27 07:32:00", "nan", r'"a\"]}#b"', '"#"', "'''''a'''''"]
    ),
    TEXTS.map(lambda text: f"'{text}'"),
    TEXTS.map(lambda text: f"'''\n{text}\n'''"),
    TEXTS.map(
        lambda text: '"""' + text.replace("\\", "").replace('"', "") + '\\\n  \n"quoted" """'
    ),
)
NOISE = st.sampled_from(["", "# [a]\n", "\n\n", "   # x = 1\n\t\n"])


@st.composite
def key_texts(draw, key):
    """A key in one of the ways TOML lets it be written."""
    return draw(st.sampled_from([key, f'"{key}"', f"'{key}'", f'"\\u{ord(key[0]):04x}{key[1:]}"']))


class Document:
    """A document under construction, with the line of every path put into it."""

    def __init__(self):
        self.text = ""
        self.lines = {}

    def note(self, path):
        self.lines.setdefault(path, self.text.count("\n") + 1)


def put_value(draw, document, path, depth):
    kinds = ["scalar", "array", "inline"] if depth < 3 else ["scalar"]
    kind = draw(st.sampled_from(kinds))
    if kind == "scalar":
        document.text += draw(SCALARS)
    elif kind == "array":
        document.text += "["
        for index in range(draw(st.integers(0, 3))):
            document.text += draw(st.sampled_from([" ", "\n", " # ] 'x\n\n"]))
            document.note((*path, index))
            put_value(draw, document, (*path, index), depth + 1)
            document.text += draw(st.sampled_from([",", "\n ,", " # , }\n,"]))
        document.text += draw(st.sampled_from(["]", "\n]", "# ]\n]"]))
    else:
        keys = draw(st.lists(KEYS, max_size=2, unique=True))
        document.text += "{ "
        for number, key in enumerate(keys):
            document.text += ", " if number else ""
            document.note((*path, key))
            document.text += draw(key_texts(key)) + draw(st.sampled_from(["=", " = "]))
            put_value(draw, document, (*path, key), depth + 1)
        document.text += " }"


def put_pairs(draw, document, table):
    for key in draw(st.lists(KEYS, max_size=3, unique=True)):
        document.text += draw(NOISE)
        path = (*table, f"p{key}")
        document.note(path)
        written = draw(key_texts(f"p{key}"))
        if draw(st.booleans()):
            document.note((*path, "deep"))
            path = (*path, "deep")
            written += draw(st.sampled_from([".deep", " . 'deep'"]))
        document.text += f"{written} = "
        put_value(draw, document, path, 0)
        document.text += draw(st.sampled_from(["\n", " # = [\n", "  \n"]))


@st.composite
def documents(draw):
    """A valid document of tables, arrays of tables and all kinds of values."""
    document = Document()
    put_pairs(draw, document, ())
    for name in draw(st.lists(KEYS, max_size=3, unique=True)):
        name = f"t{name}"
        for element in range(draw(st.integers(1, 3)) if draw(st.booleans()) else 0):
            document.text += draw(NOISE)
            document.note((name,))
            document.note((name, element))
            document.text += f"[[ {draw(key_texts(name))} ]]\n"
            put_pairs(draw, document, (name, element))
            if draw(st.booleans()):
                document.note((name, element, "inner"))
                document.text += f"[{name}.inner] # ]\n"
                put_pairs(draw, document, (name, element, "inner"))
        if (name,) not in document.lines:
            document.note((name,))
            document.text += f"[{draw(key_texts(name))}]\n"
            put_pairs(draw, document, (name,))
    return document


@given(documents())
def test_every_path_has_its_line(document):
    """Whatever the layout, each key, table and element is found on the line it was put."""
    tomllib.loads(document.text)  # the generator writes TOML

    assert document.lines == lines_of(document.text)


# ------------------------------------------------------------------ edges


@pytest.mark.parametrize(
    "text, path, line",
    [
        ("", ("a",), None),
        ("\n\na = 1", ("a",), 3),
        ("a.b.c = 1", ("a", "b", "c"), 1),
        ("[x]\na = [\n 1,\n 2 ]\nb = 2", ("x", "b"), 5),
        ("[[x]]\n[[x]]\na = 1", ("x", 1, "a"), 3),
        ("[[x]]\n[[x.y]]\n[x.y.z]\n[[x]]\n[[x.y]]\na=1", ("x", 1, "y", 0, "a"), 6),
        ('a = """\nb = 1\n"""\nb = 2', ("b",), 4),
        ('a = """x\\""" b = 1\n"""\nb = 2', ("b",), 3),
        ("a = ''''''\nb = 2", ("b",), 2),
        ("a = 07:32:00 # b\nb = 2", ("b",), 2),
        ('"a b" = 1', ("a b",), 1),
        ('"\\u0061" = 1', ("a",), 1),
    ],
)
def test_lines(text, path, line):
    """The corners of TOML, each with the line a person would say."""
    assert line == lines_of(text).get(path)


@pytest.mark.parametrize("value", ['"""x"""""', "'''x''''", '"""\\""""'])
def test_quotes_at_the_end_belong_to_the_string(value):
    """A multi-line string may end in up to two quotes of its own, and nothing else begins there."""
    text = f"a = {value}\nb = 2"

    assert {"a", "b"} == set(tomllib.loads(text))
    assert {("a",): 1, ("b",): 2} == {
        path: line for path, line in lines_of(text).items() if len(path) == 1
    }


def test_depth_is_bounded():
    """Steps below the deepest setting are read and not kept."""
    lines = lines_of(".".join(["a"] * MAX_STEPS) + " = 1")

    assert {("a",) * depth for depth in range(1, MAX_DEPTH + 1)} == set(lines)


@pytest.mark.parametrize("text", [".".join(["a"] * (MAX_STEPS + 1)), "a = " + "[" * 50_000])
def test_too_deep_is_refused(text):
    """A key of one step too many and values without end are refused before tomllib sees them."""
    with pytest.raises(TooDeepError):
        lines_of(text)


@example("a=[}")
@example("a={]")
@example("a=[[}]")
@given(st.text(alphabet="[]{}=.,\"'\\#\n ab1", max_size=60))
def test_no_text_makes_it_fail(text):
    """Text that is not TOML never reaches it; should it, it still ends without an error."""
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())
