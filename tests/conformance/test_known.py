"""Known differences are data, strict, and come from every plugin."""

from __future__ import annotations

import pytest

from isospike.errors import ConfigError
from isospike_conformance import known
from isospike_conformance.finding import Finding
from isospike_conformance.known import FILE, Difference, Known, known_differences, parsed
from isospike_conformance.way import REFERENCE

ENTRY = Difference(case="lif", backend="numpy", level="L1", kind="never", reason="It is so.", link="https://x.org")
TEXT = """
[[difference]]
case = "lif"
backend = "numpy"
level = "L1"
kind = "never"
reason = "It is so."
link = "https://x.org"
"""


def found(status: str, **changes: str) -> Finding:
    return Finding(
        **{"level": "L1", "case": "lif", "way": "numpy", "precision": "float32", "detail": "d"} | changes, status=status
    )


def test_a_failure_that_is_known_is_no_failure():
    result = Known([ENTRY]).applied(found("failed"), REFERENCE)
    assert result.status == "known difference"
    assert result.detail == "never: It is so.; d"
    assert result.holds


def test_a_difference_that_is_gone_is_a_failure():
    result = Known([ENTRY]).applied(found("passed"), REFERENCE)
    assert result.status == "failed"
    assert "no longer differs: remove the entry" in result.detail


def test_what_is_not_claimed_stays_so():
    known = Known([ENTRY])
    assert known.applied(found("not claimed"), REFERENCE).status == "not claimed"
    assert known.met() == []


@pytest.mark.parametrize("other", [{"level": "L0e"}, {"case": "coba"}])
def test_other_findings_are_left_alone(other):
    failed = found("failed", **other)
    assert Known([ENTRY]).applied(failed, REFERENCE) is failed


@pytest.mark.parametrize(
    ("changes", "covers"),
    [
        ({"engine": "interpreter"}, True),
        ({"engine": "other"}, False),
        ({"precision": "float32"}, True),
        ({"precision": "float64"}, False),
        ({"backend": "jax"}, False),
    ],
)
def test_an_entry_may_be_about_an_engine_or_a_precision_alone(changes, covers):
    assert ENTRY.model_copy(update=changes).covers(found("failed"), REFERENCE) is covers


def test_an_entry_that_matches_nothing_of_what_was_run_is_named():
    known = Known([ENTRY.model_copy(update={"precision": "float64"})])
    known.applied(found("failed"), REFERENCE)
    assert known.unmet([found("failed")]) == known.differences
    known.applied(found("failed", precision="float64"), REFERENCE)
    assert known.unmet([found("failed"), found("failed", precision="float64")]) == []
    assert known.met() == known.differences


@pytest.mark.parametrize("other", [{"case": "coba"}, {"level": "C"}, {"way": "jax xla"}, {"way": "numpy other"}])
def test_an_entry_on_what_was_not_asked_for_is_not_named(other):
    entry = ENTRY.model_copy(update={"engine": "interpreter"})
    asked = {"way": "numpy interpreter", **other}
    assert Known([entry]).unmet([found("passed", **asked)]) == []


def test_an_entry_on_a_case_that_does_not_exist_is_named_whatever_case_is_asked_for():
    entry = ENTRY.model_copy(update={"case": "lief"})
    assert Known([entry]).unmet([found("passed", case="coba")]) == [entry]
    assert Known([entry]).unmet([found("passed", level="C")]) == [], "its level was not judged"


def test_a_file_is_read():
    assert parsed(TEXT, "a file") == [ENTRY]
    assert parsed("", "a file") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[difference", "cannot be read as TOML"),
        (TEXT.replace('"never"', '"perhaps"'), "kind: .*notimpl, notyet or never"),
        (TEXT.replace('level = "L1"', 'level = "L9"'), "level: "),
        (TEXT.replace('reason = "It is so."', ""), "reason: Field required"),
        (TEXT + 'extra = "1"', "extra: "),
        ("[other]", "it has other"),
        ("difference = 1", r"expected tables \[\[difference\]\]"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_its_place(text, message):
    with pytest.raises(ConfigError, match=f"(?s)a file.*{message}"):
        parsed(text, "a file")


def test_a_plugin_carries_a_file_in_its_package(tmp_path, monkeypatch):
    package = tmp_path / "plugin_with_a_difference"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / FILE).write_text(TEXT)
    monkeypatch.syspath_prepend(tmp_path)
    plugins = [type("P", (), {"module": m}) for m in ("plugin_with_a_difference.plugin", "nowhere.plugin", "single")]
    monkeypatch.setattr(known.registry, "plugins", lambda: plugins)
    assert ENTRY in known_differences().differences


def test_the_files_of_the_installed_plugins_can_be_read():
    assert all(isinstance(entry, Difference) for entry in known_differences().differences)
