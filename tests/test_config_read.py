"""From a file to settings: what an operator who slips gets to read."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from outfall.config import Mode, Settings, load, parse, read
from outfall.config.read import MAX_FILE, MAX_PROBLEMS
from outfall.errors import SettingsError
from outfall.model import Action, Category

FILE = "outfall.toml"


def problems(text):
    """The lines of the refusal that `text` earns, without the file's name."""
    with pytest.raises(SettingsError) as refusal:
        parse(text if isinstance(text, bytes) else text.encode(), FILE)
    return [line.removeprefix(FILE + ":") for line in str(refusal.value).split("\n")]


def test_no_file_is_the_defaults():
    """Everything works with nothing set."""
    assert Settings() == load(None)


def test_settings_arrive(tmp_path):
    """A file's settings are taken, with their lines; the rest stays as it is."""
    path = tmp_path / FILE
    path.write_text(
        '[engine]\nmemory = "64 MiB"\n\n[actions]\nmode = "enforce"\nenforce.spam = "hold"\n'
    )
    loaded = read(path)

    assert 64 << 20 == loaded.settings.engine.memory
    assert Mode.ENFORCE is loaded.settings.actions.mode
    assert Action.HOLD is loaded.settings.actions.enforce.of(Category.SPAM)
    assert Settings().milter == loaded.settings.milter
    assert f"{path}:6" == loaded.origin(("actions", "enforce", "spam"))
    assert "default" == loaded.origin(("actions", "enforce", "bulk"))


@pytest.mark.parametrize(
    "text, problem",
    [
        ("\nmod = 1", "2: mod is not a setting: remove it; known here are engine, actions"),
        ("[engin]", '1: engin is not a setting: did you mean "engine"?'),
        ("[engine]\nmemroy = 1", '2: engine.memroy is not a setting: did you mean "memory"?'),
        ("[http]\ndeadline = 1", "2: http.deadline is not a setting: it belongs into [milter]"),
        ('[engine]\nmemory = "1 MiB"', '2: engine.memory: 1 MiB is too little: write "32 MiB"'),
        ("engine = 3", "1: engine: is a table of settings"),
        (
            '[actions]\nmode = "enforced"',
            "2: actions.mode: 'enforced' is not one of the choices (did",
        ),
        (
            'actions.enforce.suspect = "reject"',
            "1: actions.enforce.suspect: 'reject' is not one of",
        ),
        ("[http]\nenabled = 7", "2: http.enabled: 7 is of the wrong kind: write true or false"),
        ("[milter]\nconnections = 0", "2: milter.connections: 0 is out of range"),
        ("[milter]\n\n[[milter.listeners]]\nlocal = true", "3: milter.listeners[0] has no address"),
        ("[milter]\nlisteners = []", "1: milter: there are no listeners: add"),
        (
            '[milter]\nlisteners = [\n {address = "unix:/a"},\n {address = "inet:[::1]:x"}]',
            "4: milter.listeners[1].address: 'x' is not a port",
        ),
        ('[milter]\nbuffered = "1 MiB"', "1: milter: buffered (1 MiB) has no room for one message"),
        ("[engine]\nfalse_alarms_per_day = nan", "2: engine.false_alarms_per_day: nan is out of"),
        (
            'engine.shared_networks = ["192.0.2.1/24"]',
            "1: engine.shared_networks[0]: '192.0.2.1/24'",
        ),
        (
            'engine.identity_header = "X-A: b"',
            "1: engine.identity_header: 'X-A: b' is not a header",
        ),
        ('state.directory = "var"', "1: state.directory: 'var' is not a whole path: write it"),
        ('actions.header_prefix = "X:"', "1: actions.header_prefix: 'X:' cannot begin a header"),
        ("[engine]\nmemory = 256 MiB", "2: not TOML: "),
        ("\n[engine", "2: not TOML: "),
        ("a = 1\na = 2", "2: not TOML: "),
        (b"\n\n# \xff", "3: not UTF-8 text: save the file as UTF-8"),
        (b"\xef\xbb\xbf", "1: begins with a byte order mark: save it as plain UTF-8"),
    ],
)
def test_a_refusal_names_line_reason_and_remedy(text, problem):
    """One slip gives one line, and the line says where, why and what to do."""
    found = problems(text)

    assert 1 == len(found)
    assert found[0].startswith(problem)
    assert ":" in found[0].removeprefix(problem.partition(":")[0] + ": ")


def test_all_slips_are_told_at_once():
    """Three slips are three lines, in the order of the file."""
    text = '[http]\nlissen = 1\n[log]\nlevel = "loud"\n[engine]\nmemory = "1 MiB"'

    assert ["2", "4", "6"] == [line.partition(":")[0] for line in problems(text)]


def test_a_wrong_file_does_not_fill_the_screen():
    """A file of another kind is refused in a few lines that count the rest."""
    found = problems("".join(f"key{number} = 1\n" for number in range(500)))

    assert MAX_PROBLEMS + 1 == len(found)
    assert " and 480 more" == found[-1]


@pytest.mark.parametrize(
    "key", ['"0123456789abcdef"', '["0123456789abcdef"]', '"zz0123456789abcdef"']
)
def test_an_error_does_not_repeat_the_key(key):
    """A key that is refused does not end up in the terminal or the journal."""
    assert not any("0123456789abcdef" in line for line in problems(f"engine.key = {key}"))


@pytest.mark.parametrize(
    "text",
    [
        b"a = " + b"[" * 100_000,
        b"a = " + b"{a=" * 50_000,
        b"a" + b".a" * 300_000 + b" = 1",
        b"[" + b"a." * 300_000 + b"a]",
        b"a = " + b"9" * 5000,
        b'a = "' + b"x" * MAX_FILE,
        b"\0" * 100,
    ],
    ids=["arrays", "inline tables", "dotted key", "dotted table", "digits", "size", "NULs"],
)
def test_hostile_files_are_refused(text):
    """Depth, length and digits beyond all bounds earn a refusal of a sentence or two."""
    assert all(len(line) < 400 for line in problems(text))


def test_the_size_limit_is_exact():
    """A file of the full size is read; one byte more is refused before it is looked at."""
    parse(b"#" * MAX_FILE, FILE)

    assert f"is over {MAX_FILE} bytes" in problems(b"#" * (MAX_FILE + 1))[0]


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet="[]{}=.,\"'\\#\n enginmory1", max_size=80).map(str.encode),
    )
)
@example(b"a\r")
@example(b"[engine]\n[[engine]]")
def test_any_bytes_are_settings_or_a_refusal(content):
    """No bytes raise anything but a SettingsError whose every line names the file."""
    try:
        parse(content, FILE)
    except SettingsError as refusal:
        assert all(line.startswith(FILE) for line in str(refusal).split("\n"))


@pytest.mark.parametrize("path", ["/no/such/file", "/", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(path):
    """A missing file, a directory and a path that is none are refused with the reason."""
    with pytest.raises(SettingsError, match=r"cannot be read \(.+\): name a readable file"):
        load(path)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("Spam\nspam", "cannot be in an SMTP reply"),
        ("Böse", "cannot be in an SMTP reply"),
        ("\x7f", "cannot be in an SMTP reply"),
        ("  ", "the text is empty"),
        ("{sender}", "a brace stands for nothing"),
        ("{reference", "a brace stands for nothing"),
        ("{reference.__class__}", "a brace stands for nothing"),
        ("x" * 401, "keep it to 400"),
        ("{reference}" * 11, "keep it to 400"),
    ],
)
def test_reply_texts_are_checked_when_read(text, reason):
    """A text that no SMTP client could be told is refused before any message meets it."""
    with pytest.raises(ValueError, match=reason):
        Settings.model_validate({"actions": {"reject_text": text}})


def test_a_reply_text_may_have_percent_signs():
    """A percent sign is plain text; doubling it is the milter's business."""
    assert (
        "100% {code}"
        == Settings.model_validate({"actions": {"reject_text": "100% {code}"}}).actions.reject_text
    )
