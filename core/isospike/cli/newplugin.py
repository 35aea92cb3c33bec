"""``isospike new-plugin``: a complete third-party distribution, with the names filled in."""

from __future__ import annotations

import importlib.util
import keyword
import re
from pathlib import Path

from isospike.errors import ConfigError

__all__ = ["make_plugin"]

_CACHES = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


def make_plugin(name: str, folder: Path) -> str:
    """Copy the template to ``folder / name`` and return what to do next.

    Parameters
    ----------
    name : str
        Name of the distribution, such as ``"my-cells"``; the package is then ``my_cells``, the neuron
        ``MyCellsNeuron``.
    folder : Path
        Where the new folder is made.

    Raises
    ------
    ConfigError
        The name is not one of a distribution, is taken, or there is something of this name already.
    """
    _check_name(name)
    target, template = folder / name, _template()
    if target.exists() or target.is_symlink():
        raise ConfigError(f"{target} exists already, and is left alone: choose another name, or move it away")
    files = [path for path in sorted(template.rglob("*")) if path.is_file() and not _CACHES.intersection(path.parts)]
    for path in files:
        copy = target / _named(str(path.relative_to(template)), name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(_named(path.read_text(encoding="utf-8"), name), encoding="utf-8")
    return f'{target}: {len(files)} files. Next: cd {name} && pip install -e ".[test]" && pytest'


def _check_name(name: str) -> None:
    package = name.replace("-", "_")
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+", name)
        fix = re.sub(r"^[0-9-]+", "", "-".join(words).lower()) or "my-cells"
        problem = "expected small letters and digits, in words that are joined by hyphens"
    elif keyword.iskeyword(package) or importlib.util.find_spec(package) is not None:
        fix, problem = f"isospike-{name}", f"but `import {package}` means something else already"
    else:
        return
    raise ConfigError(f"new-plugin {name!r}: {problem}. Write: isospike new-plugin {fix}")


def _named(text: str, name: str) -> str:
    """Return a text of the template with the names of the new plugin."""
    words = name.split("-")
    text = text.replace("isospike_template", "_".join(words)).replace("isospike-template", name)
    return text.replace("Template", "".join(word.capitalize() for word in words))


def _template() -> Path:
    """Return the template: beside this file in a wheel, in its own place in a checkout."""
    packed = Path(__file__).with_name("template")
    return packed if packed.is_dir() else Path(__file__).parents[3] / "plugins" / "template"
