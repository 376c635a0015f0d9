"""The example file and `show`: both are made from the models, so they cannot lie."""

import re
import tomllib

from outfall.config import Settings, example, parse, show
from outfall.config.values import Section


def paths(section, prefix=()):
    """Every setting below `section`, as paths without the places in arrays."""
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, Section):
            yield from paths(value, (*prefix, name))
        elif isinstance(value, tuple) and value and isinstance(value[0], Section):
            yield from paths(value[0], (*prefix, name))
        else:
            yield (*prefix, name)


def uncommented(text):
    """The example with every setting switched on."""
    return re.sub(r"^#(?! |$)", "", text, flags=re.MULTILINE)


def test_the_example_changes_nothing():
    """A daemon started with the example as it stands runs on the defaults."""
    assert Settings() == parse(example().encode(), "example").settings


def test_the_example_shows_the_defaults():
    """With every line switched on, only what has no default differs."""
    settings = parse(uncommented(example()).encode(), "example").settings
    bare = {"engine": {"key", "identity_header"}, "state": {"directory"}}

    assert Settings().model_dump(exclude=bare) == settings.model_dump(exclude=bare)


def test_the_example_has_every_setting_with_its_meaning():
    """No setting is missing from the example, and each has a sentence above it."""
    lines = example().split("\n")
    for path in paths(Settings()):
        at = next(i for i, line in enumerate(lines) if line.startswith(f"#{path[-1]} = "))

        assert lines[at - 1].startswith("# "), path


def test_every_setting_says_what_it_means():
    """A setting without a description fails here, not in an operator's face."""
    for path in paths(Settings()):
        section = Settings()
        for step in path[:-1]:
            section = getattr(section, step)
            section = section[0] if isinstance(section, tuple) else section
        description = type(section).model_fields[path[-1]].description or ""

        assert len(description) > 15 and description.endswith("."), path


def test_show_reads_back_as_the_same_settings():
    """What `show` prints is a settings file of the same meaning."""
    content = b'[engine]\nmemory = "64 MiB"\n[[milter.listeners]]\naddress = "unix:/run/a.sock"\n'
    loaded = parse(content, "a.toml")

    assert loaded.settings == parse(show(loaded).encode(), "shown").settings


def test_show_names_origins():
    """Each line says whether it is a default or where in the file it stands."""
    text = show(parse(b'[engine]\n\nmemory = "64 MiB"\n', "a.toml"))

    assert re.search(r'^memory = "64 MiB" +# a\.toml:3$', text, re.MULTILINE)
    assert re.search(r'^learning = "1 d" +# default$', text, re.MULTILINE)


def test_show_masks_the_key():
    """The key is shown as set, and not shown."""
    key = "00112233445566778899aabbccddeeff"
    text = show(parse(f'engine.key = "{key}"'.encode(), "a.toml"))

    assert key not in text
    assert "********" == tomllib.loads(text)["engine"]["key"]
