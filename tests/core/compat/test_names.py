from __future__ import annotations

import pytest

import isospike as iso
from isospike import registry
from isospike.compat import brainpy, brainstate, braintools
from isospike.compat.names import Names


def test_names_of_the_peer_lead_to_the_very_same_objects() -> None:
    assert brainpy.state.LIF is iso.LIF
    assert brainpy.state.Neuron is iso.Neuron
    assert brainpy.state.Gif is iso.GIF
    assert brainpy.state.WangBuzsakiHH is iso.WangBuzsaki
    assert brainstate.nn.EventFixedProb is iso.EventFixedProb
    assert brainstate.nn.init_all_states is iso.init_all_states
    assert brainstate.nn.exp_euler_step is iso.exp_euler
    assert brainstate.environ is iso.environ
    assert brainstate.transform.for_loop is iso.transform.for_loop
    assert brainstate.nn.Linear is iso.Linear
    assert braintools.init.Normal is iso.Normal
    assert braintools.init.KaimingNormal is iso.KaimingNormal
    assert braintools.surrogate.ReluGrad is iso.ReluGrad
    assert issubclass(brainstate.HiddenState, brainstate.ShortTermState)


@pytest.mark.parametrize(
    ("package", "name", "there"),
    [
        (braintools.init, "LecunNormal", "Did you mean 'Normal'? What is: Constant, KaimingNormal, "),
        (braintools.init, "simulate", "Constant, KaimingNormal, "),
        (braintools.surrogate, "LIF", "ReluGrad, S2NN, Sigmoid"),
        (brainpy.state, "PoissonInput", "AlignPostProj, AlignPreProj, "),
        (brainstate.nn, "Embedding", "AllToAll, "),
        (brainstate, "random", "environ, nn, transform"),
        (braintools, "metric", "init, optim, surrogate"),
        (brainpy, "dyn", "state"),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_those_that_are(package: object, name: str, there: str) -> None:
    with pytest.raises(AttributeError, match="is not part of isospike yet") as refused:
        getattr(package, name)
    assert f".{name} " in str(refused.value)
    assert there in str(refused.value)


@pytest.mark.parametrize(
    "package", [brainpy.state, brainstate.nn, braintools.init, braintools.surrogate], ids=lambda p: repr(p)
)
def test_every_name_that_is_listed_is_there(package: Names) -> None:
    assert dir(package)
    for name in dir(package):
        assert getattr(package, name).__doc__


def test_a_model_of_a_plugin_is_found_among_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "names", lambda kind: ["Foo"] if kind == "neurons" else [])
    monkeypatch.setattr(registry, "resolve", lambda kind, name: (kind, name))
    assert brainpy.state.Foo == ("neurons", "Foo")
    assert "Foo" in dir(brainpy.state)
    assert "Foo" not in dir(brainstate.nn)
