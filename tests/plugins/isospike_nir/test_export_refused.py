"""What NIR cannot hold is refused by its name where a module of isospike is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.plugins.isospike_nir.test_export import LEVELS, Outline, cell, dense

import isospike as iso
from isospike import units as u
from isospike.errors import ConfigError


@pytest.fixture(autouse=True)
def _step() -> Iterator[None]:
    with iso.environ.context(backend="numpy", dt=0.5 * u.ms):
        yield


def refused(message: str, step: Callable[..., Any], **parts: Any) -> None:
    with pytest.raises(ConfigError, match=message):
        iso.nir.from_network(iso.init_all_states(Outline(step, **parts)))


def proj(to: Any, **options: Any) -> Any:
    given = {"comm": iso.FixedProb(3, 3, 1.0, 2 * u.mA), "syn": iso.Expon.desc(), "out": iso.CUBA.desc(scale=1.0)}
    return iso.AlignPostProj(**{**given, **options}, post=to)


def sent(net: Any, x: Any) -> Any:
    net["proj"](x)
    return net["cells"]()


def test_a_cell_that_nir_does_not_have_is_named_with_those_that_it_has() -> None:
    adaptive = iso.ALIF(3, **LEVELS)
    refused(
        r"population 'parts\.cells' is a ALIF, which NIR has no node for: it can hold iso\.LIF, iso\.IF, iso\.CubaLIF, "
        r"and iso\.LI for a readout",
        lambda net, x: net["cells"](net["into"](x)),
        into=dense(2, 3),
        cells=adaptive,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"comm": iso.AllToAll(3, 3, 1 * u.nS), "out": iso.COBA.desc()}, "has the output COBA.*iso.CUBA"),
        ({"stp": iso.STP.desc()}, r"short-term plasticity \(STP\)"),
        ({"delay": iso.Delay(3, 0.7 * u.ms, interpolation="linear")}, "has a delay that is interpolated"),
        ({"delay": np.linspace(0, 4, 9) // 0.5 * 0.5 * u.ms}, "has a delay that is one for each synapse"),
    ],
    ids=["coba", "stp", "linear", "synaptic"],
)
def test_a_projection_that_nir_does_not_have_is_named(options: dict[str, Any], message: str) -> None:
    cells = cell()
    refused(rf"projection 'parts\.proj'.*{message}", sent, proj=proj(cells, **options), cells=cells)


def test_a_projection_that_reads_its_population_itself_is_named() -> None:
    cells = cell()
    options = {"comm": iso.FixedProb(3, 3, 1.0, 2 * u.mA), "syn": iso.Expon.desc(), "out": iso.CUBA.desc(scale=1.0)}
    part = iso.AlignPostProj(cells.prefetch("spike").delay.at(1 * u.ms), **options, post=cells)
    refused("projection 'parts.proj' reads a population itself", lambda net, x: net["proj"](), proj=part, cells=cells)


def test_a_kinetic_synapse_is_named() -> None:
    cells = cell()
    part = iso.AlignPreProj(
        comm=iso.AllToAll(3, 3, 1 * u.mA), syn=iso.GABAa.desc(), out=iso.CUBA.desc(scale=1.0), post=cells
    )
    refused(r"'parts\.proj_synapse' is a GABAa.*iso\.Expon, iso\.Alpha", sent, proj=part, cells=cells)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (lambda net, x: net["cells"](net["into"](x) * 2.0), r"update\(\) multiplies by 2\.0 a value"),
        (lambda net, x: net["cells"](net["into"](x) + 3 * u.mA), r"update\(\) adds .*b_init"),
        (lambda net, x: net["cells"](net["into"](x[:2])), "takes .* of a value"),
        (
            lambda net, x: net["cells"](iso.math.exp(net["into"](x))),
            "Outline.update does what NIR has no node",
        ),
        (lambda net, x: net["cells"](net["into"](net["into"](x))), "is called twice in a step"),
        (lambda net, x: (net["cells"](net["into"](x)), net["cells"].V.value), r"uses parts\.cells\.V"),
        (lambda net, x: net["cells"](net["into"](x) + net["cells"].get_spike()), "adds a value in .* to one in mA"),
        (lambda net, x: net["into"](), "'parts.into', a Linear, is called without a value"),
        (lambda net, x: net["cells"](net["into"](x)) * u.mV / u.volt, "a factor of 0.001"),
        (lambda net, x: net["cells"](net["into"](x)) if x else x, "decides by a value"),
        (lambda net, x: net["cells"](net["into"](x)) if x == 0 else x, "compares 0 with a value"),
        (lambda net, x: net["cells"](u.mA * net["into"](x)), r"as in x \* u\.mA"),
        (lambda net, x: None, "Outline.update returns None"),
        (lambda net, x: net["into"](net["cells"].get_spike()), r"does not call 'parts\.cells'"),
        (lambda net, x: net["cells"](net["into"](x) / u.mA), r"gets values in .*, expected a current"),
    ],
    ids=[
        "factor",
        "constant",
        "range",
        "math",
        "twice",
        "state",
        "units",
        "call",
        "prefix",
        "truth",
        "equal",
        "left",
        "nothing",
        "uncalled",
        "unit",
    ],
)
def test_a_step_that_does_more_than_nir_has_words_for_is_refused(step: Callable[..., Any], message: str) -> None:
    refused(message, step, into=dense(3, 3), cells=cell())


def test_a_projection_that_is_called_after_its_target_is_refused() -> None:
    cells = cell()
    refused(
        "'parts.proj' is called after its target",
        lambda net, x: (net["cells"](), net["proj"](x)),
        proj=proj(cells),
        cells=cells,
    )


def test_states_of_a_module_itself_are_refused_and_left_as_they_are() -> None:
    class Counter(iso.Module):
        def __init__(self) -> None:
            self.cells = cell()

        def init_state(self, batch_size: int | None = None) -> None:
            self.count = iso.ShortTermState(np.zeros(3))

        def update(self, x: Any) -> Any:
            spikes = self.cells(x)
            self.count.value = spikes
            return spikes

    net = iso.init_all_states(Counter())
    with pytest.raises(ConfigError, match=r"update\(\) uses count\.value"):
        iso.nir.from_network(net)
    assert not iso.namespace.to_host(net.count.value).any()


def test_currents_that_a_function_gives_are_refused() -> None:
    cells = cell()
    cells.add_current_input("leak", lambda V: -0.1 * V / u.ohm)
    refused("population 'parts.cells' has the current inputs leak", lambda net, x: net["cells"](x), cells=cells)


def test_euler_that_overshoots_is_refused() -> None:
    cells = cell(tau=0.4 * u.ms, method="euler")
    refused(
        "'parts.cells' has a tau of 0.4 ms and method='euler'",
        lambda net, x: net["cells"](net["into"](x)),
        into=dense(3, 3),
        cells=cells,
    )
