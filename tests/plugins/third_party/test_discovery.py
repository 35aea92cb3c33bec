"""Plugins that are broken in every way are installed for real: all else works, and doctor names the culprit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isospike import registry

Place = Any  # see conftest.py
QUICK = {"ISOSPIKE_BLOCK": "hangs-at-import"}  # for which only two tests wait

HANG = "import time\ntime.sleep(60)\n"
BACKENDS = """
from isospike.hookspecs import Offer, hookimpl
@hookimpl
def isospike_backends():
    return {"at-import": Offer("hangs_later.imported:Stuck"), "at-start": Offer("hangs_later.started:Stuck")}
"""
STUCK = "import time\nclass Stuck:\n    def __init__(self, device=None, engine=None):\n        time.sleep(60)\n"
OTHERS = ",".join(p.name for p in registry.plugins() if "backends" in p.offers and "numpy" not in p.offers["backends"])

NEURON = "from isospike.hookspecs import hookimpl\n@hookimpl\ndef isospike_neurons():\n    return {names}\n"
MODEL = '''
import isospike as iso
class MyNeuron(iso.LIF):
    """A neuron from elsewhere."""
'''
# What each is, and what doctor says of it.
CULPRITS = {
    "raises-at-import": ("import no_such_library\n", "broken: ModuleNotFoundError: No module named 'no_such_library'"),
    "hangs-at-import": ("import time\ntime.sleep(5)\n" + NEURON.format(names={"Slow": "a:A"}), "s to load"),
    "wrong-signature": (
        "from isospike.hookspecs import hookimpl\n@hookimpl\ndef isospike_neurons(wrong): ...\n",
        "broken: PluginValidationError",
    ),
    "from-the-future": ("ISOSPIKE_API = '2.0'\n", "broken: it is written for version 2.0 of the plugin API"),
    "takes-a-name": (NEURON.format(names={"LIFRef": "takes_a_name.model:MyNeuron"}), "API 1.0: neurons LIFRef"),
}
NETWORK = """
[run]
duration = "20 ms"
dt = "0.1 ms"
backend = "numpy"
[populations.cells]
model = "MyNeuron"
size = 5
tau = "10 ms"
V_th = "5 mV"
[inputs.drive]
model = "ConstantInput"
target = "cells"
amplitude = "20 mA"
"""


@pytest.fixture(scope="module")
def place(installed: Callable[..., Place], wheel: Callable[..., Path]) -> Place:
    """Install the culprits beside one plugin that is as it should be; one culprit bears the name of another plugin."""
    offered = NEURON.format(names={"MyNeuron": "is_good.model:MyNeuron"})
    good = wheel("is-good", offered, model=MODEL)
    twin = wheel("same-name", NEURON.format(names={"TwinNeuron": "same_name.model:MyNeuron"}), "is-good", model=MODEL)
    wheels = [wheel(name, source, model=MODEL) for name, (source, _) in CULPRITS.items()]
    return installed(good, twin, *wheels)


@pytest.fixture(scope="module")
def doctor(place: Place) -> str:
    """What doctor says, in one line."""
    done = place.isospike("doctor", ISOSPIKE_BACKEND="numpy")
    assert done.returncode == 0, done.stderr
    assert "the plugin 'hangs-at-import' (hangs-at-import 1.2) took" in done.stderr
    return " ".join(done.stdout.split())


@pytest.mark.parametrize("name", CULPRITS)
def test_doctor_names_every_culprit_with_its_distribution_version_and_reason(doctor: str, name: str) -> None:
    (own,) = (part for part in doctor.split(f" {name} {name} 1.2")[1:])
    assert CULPRITS[name][1] in own.partition(" 1.2")[0]


def test_doctor_names_both_owners_of_a_name_and_how_to_choose(doctor: str) -> None:
    assert "The neuron 'LIFRef' is offered by plugin 'models' (isospike" in doctor
    assert (
        "plugin 'takes-a-name' (takes-a-name 1.2). Rename one, or block a plugin: ISOSPIKE_BLOCK=takes-a-name" in doctor
    )


def test_doctor_lists_what_good_plugins_offer_though_they_have_one_name(doctor: str) -> None:
    assert "is-good 1.2, API 1.0: neurons MyNeuron" in doctor
    assert "same-name 1.2, API 1.0: neurons TwinNeuron" in doctor


def test_doctor_waits_for_none_of_those_that_hang_and_names_them_all(
    installed: Callable[..., Place], wheel: Callable[..., Path]
) -> None:
    later = wheel("hangs-later", BACKENDS, imported=HANG, started=STUCK)
    place = installed(wheel("hangs-first", HANG), wheel("hangs-second", HANG), later)
    chosen = {"ISOSPIKE_BACKEND": "at-start", "ISOSPIKE_BLOCK": OTHERS, "ISOSPIKE_PLUGIN_TIMEOUT": "2"}
    doctor = " ".join(place.isospike("doctor", **chosen).stdout.split())
    for name in ("first", "second"):
        assert f"broken: hangs_{name}.plugin was still being imported after 2 s; ISOSPIKE_PLUGIN_TIMEOUT=12" in doctor
    for name in ("at-import", "at-start"):
        late = f"The backend {name!r} of plugin 'hangs-later' (hangs-later 1.2) was still being loaded after 2 s; "
        assert f" {name} {late}ISOSPIKE_PLUGIN_TIMEOUT=12 waits longer, ISOSPIKE_BLOCK=hangs-later leaves" in doctor
    assert "at-start (environment variable ISOSPIKE_BACKEND), but The backend 'at-start' of plugin" in doctor
    assert "numpy cpu" in doctor


def in_python(place: Place, statement: str, **variables: str) -> Any:
    """Run a statement that sets ``found``, and return that."""
    code = f"import json\nimport isospike as iso\n{statement}\nprint(json.dumps(found))"
    done = place.python("-c", code, **(variables or QUICK))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_names_of_plugins_are_attributes_and_completions_beside_the_bundled_ones(place: Place) -> None:
    found = in_python(
        place,
        "found = [iso.MyNeuron.__module__, iso.neurons.MyNeuron is iso.MyNeuron, iso.neurons.TwinNeuron.__module__,"
        "'MyNeuron' in dir(iso), 'MyNeuron' in dir(iso.neurons), iso.LIF.__module__]",
        ISOSPIKE_PLUGIN_TIMEOUT="3",
    )
    assert found == ["is_good.model", True, "same_name.model", True, True, "isospike_models.neurons.lif"]


def test_a_name_that_two_offer_is_an_error_only_where_it_is_used_until_one_is_blocked(place: Place) -> None:
    use = "try:\n    found = iso.LIFRef.__module__\nexcept iso.errors.PluginError as error:\n    found = str(error)"
    assert "(isospike 0.1.0) and by plugin 'takes-a-name' (takes-a-name 1.2)" in in_python(place, use)
    assert in_python(place, use, ISOSPIKE_BLOCK="hangs-at-import, takes-a-name") == "isospike_models.neurons.lif_ref"


def test_models_lists_and_shows_what_plugins_offer_and_imports_no_array_library(place: Place) -> None:
    code = (
        "import sys\nfrom isospike.cli import app\napp(sys.argv[1:], standalone_mode=False)\n"
        "print('heavy', {'jax', 'torch', 'saiunit'} & set(sys.modules))"
    )
    done = place.python("-c", code, "models", **QUICK)
    assert "MyNeuron" in done.stdout
    assert "A neuron from elsewhere." in done.stdout
    assert "heavy set()" in done.stdout
    assert "V_th=" in place.isospike("models", "MyNeuron", **QUICK).stdout


def test_a_network_file_names_the_neuron_of_a_plugin(place: Place, tmp_path: Path) -> None:
    (tmp_path / "net.toml").write_text(NETWORK)
    out = ["--out", str(tmp_path / "result"), "--no-plot"]
    done = place.isospike("run", str(tmp_path / "net.toml"), *out, **QUICK)
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "result" / "run.json").read_text())["populations"][0]["spikes"] > 0


def test_a_shell_completes_the_names_of_plugins(place: Place) -> None:
    shell = {"_ISOSPIKE_COMPLETE": "complete_bash", "COMP_WORDS": "isospike models MyN", "COMP_CWORD": "2"}
    code = "from isospike.cli import app\napp(prog_name='isospike')"
    assert place.python("-c", code, **QUICK, **shell).stdout.split() == ["MyNeuron"]


def test_a_folder_may_block_what_hangs(place: Place, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.isospike]\nblock = ["hangs-at-import"]\n')
    code = f"import os; os.chdir({str(tmp_path)!r})\nfrom isospike import registry\n"
    done = place.python("-W", "error", "-c", f"{code}print(registry.broken().keys())")
    assert "hangs" not in done.stdout + done.stderr
    assert "raises-at-import" in done.stdout
