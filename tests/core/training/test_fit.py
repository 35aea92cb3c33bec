"""fit does what a loop by hand does, and ends well however it ends."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tests.core.training.conftest import examples

import isospike as iso
from isospike import units as u
from isospike.data import Batches
from isospike.errors import BackendError, DivergenceError, ParameterError, StateError
from isospike.training import EarlyStopping, History
from isospike.training.bar import bar

Setup = Callable[[], Any]


def test_a_training_is_the_loop_that_one_would_write_by_hand(learner: str, setup: Setup) -> None:
    one, other = setup(), setup()
    history = one.fit(epochs=2, validation=None)
    net = other.net
    optimizer = other.optimizer.register_trainable_weights(net.states(iso.ParamState))

    @iso.transform.jit
    def step(x: Any, y: Any) -> Any:
        (value, metrics), slopes = iso.transform.value_and_grad(net.loss, net.states(iso.ParamState), has_aux=True)(
            x, y
        )
        optimizer.update(slopes)
        return value, metrics["accuracy"]

    for epoch in range(2):
        rows = []
        for x, y in other.data.epoch(epoch):
            iso.reset_all_states(net, batch_size=len(x))
            rows.append([float(v) * len(x) for v in step(x, y)])
        mean = np.array(rows).sum(axis=0) / 22
        assert history["loss"][epoch] == pytest.approx(mean[0], rel=1e-12)
        assert history["accuracy"][epoch] == pytest.approx(mean[1], rel=1e-12)
    for name, weight in other.weights().items():
        assert (one.weights()[name] == weight).all(), name


def test_a_network_learns(learner: str, setup: Setup) -> None:
    history = setup().fit(epochs=12)
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history.last["val_accuracy"] > 0.8
    assert history["epoch"].tolist() == list(range(1, 13))
    assert list(history.last) == ["epoch", "loss", "accuracy", "val_loss", "val_accuracy"]
    assert not history.interrupted


def test_losses_are_the_same_on_every_backend_that_learns(backend_name: str, setup: Setup) -> None:
    if backend_name != "torch":
        pytest.skip("compared with jax")
    pytest.importorskip("jax")
    histories = []
    for backend in ("jax", "torch"):
        with iso.environ.context(backend=backend, dt=1 * u.ms, precision="float64"):
            histories.append(setup().fit(epochs=5))
    np.testing.assert_allclose(histories[0]["loss"], histories[1]["loss"], rtol=1e-6)
    np.testing.assert_allclose(histories[0]["val_loss"], histories[1]["val_loss"], rtol=1e-6)


def test_two_sizes_of_batches_are_two_programs_and_later_epochs_compile_nothing(learner: str, setup: Setup) -> None:
    counts = []
    setup().fit(epochs=3, callbacks=[lambda history: counts.append(iso.transform.cache_info().traces)])
    assert counts[0] == counts[1] == counts[2]
    before = iso.transform.cache_info().traces
    task = setup()
    task.data = Batches(*task.data.arrays, size=8, drop_last=True)
    task.fit(epochs=1, validation=None)
    assert iso.transform.cache_info().traces - before == 1


def test_looking_at_a_validation_does_not_change_what_is_learnt(learner: str, setup: Setup) -> None:
    with_it, without = setup(), setup()
    assert with_it.fit()["loss"].tolist() == without.fit(validation=None)["loss"].tolist()


def test_evaluating_leaves_every_state_as_it_was(learner: str, setup: Setup) -> None:
    task = setup()
    iso.reset_all_states(task.net, batch_size=3)
    before = {k: s.value for k, s in {**task.net.states(), "clock": task.net.clock}.items()}
    measured = iso.evaluate(task.net, task.net.loss, task.data)
    assert measured == iso.evaluate(task.net, task.net.loss, task.data)
    assert set(measured) == {"loss", "accuracy"}
    after = {k: s.value for k, s in {**task.net.states(), "clock": task.net.clock}.items()}
    for name, value in before.items():
        assert np.array_equal(u.split(value)[0], u.split(after[name])[0]), name


def test_a_network_is_told_whether_it_learns(somewhere: str, setup: Setup) -> None:
    task = setup()

    def loss(x: Any, y: Any) -> Any:
        value, _ = task.net.loss(x, y)
        return value, {"learning": iso.math.asarray(1.0 if iso.environ.get("fit") else 0.0)}

    history = iso.fit(task.net, loss, task.data, task.optimizer, epochs=1, validation=task.validation)
    assert (history.last["learning"], history.last["val_learning"]) == (1, 0)


def test_a_loss_may_have_a_unit_and_no_metrics(learner: str) -> None:
    tau = iso.ParamState(20 * u.ms)
    cell = iso.init_all_states(iso.LI(1, tau=tau))

    def loss(current: Any, target: Any) -> Any:
        V = iso.transform.for_loop(lambda: cell(current), length=10)
        return iso.losses.mean_squared_error(V[-1], target)

    # After 10 ms a cell with tau = 10 ms has come to 1 - 1/e of 2 mV.
    data = Batches(np.full((4, 1), 2.0) * u.mA, np.full((4, 1), 2 * (1 - np.exp(-1))) * u.mV, size=4)
    history = iso.fit(cell, loss, data, iso.optim.Adam(0.5), epochs=150)
    assert float(tau.value.to_decimal(u.ms)) == pytest.approx(10, rel=0.02)
    assert list(history.last) == ["epoch", "loss"]


def test_a_training_stops_when_a_callback_says_so(somewhere: str, setup: Setup) -> None:
    told: list[int] = []
    history = setup().fit(epochs=9, callbacks=[lambda h: len(h) == 3, lambda h: told.append(len(h))])
    assert len(history) == 3
    assert told == [1, 2, 3]


def table(*values: float) -> History:
    history = History()
    history.rows = [{"epoch": i + 1, "val_loss": x} for i, x in enumerate(values)]
    return history


def test_early_stopping_waits_for_something_better() -> None:
    stop = EarlyStopping(patience=2)
    assert not stop(table(3.0, 2.0, 2.5))
    assert stop(table(3.0, 2.0, 2.5, 2.0))
    assert not stop(table(3.0, 2.0, 2.5, 1.9, 2.0))
    assert stop(table(3.0, float("nan"), float("nan")))


def test_early_stopping_knows_which_way_is_better_and_by_how_much() -> None:
    assert not EarlyStopping(patience=1, better="higher")(table(0.3, 0.4))
    assert EarlyStopping(patience=1, better="higher", margin=0.2)(table(0.3, 0.4))
    with pytest.raises(KeyError, match=r"no 'val_los'\. Did you mean 'val_loss'"):
        EarlyStopping("val_los")(table(1.0))


@pytest.mark.parametrize("options", [{"patience": 0}, {"patience": 1.5}, {"better": "smaller"}, {"margin": -1.0}])
def test_early_stopping_refuses_what_it_cannot_do(options: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match=r"EarlyStopping\("):
        EarlyStopping(**options)


def test_a_loss_that_is_no_number_stops_the_training_and_names_the_batch(somewhere: str, setup: Setup) -> None:
    task = setup()
    *_, (last,) = Batches(np.arange(22), size=8, seed=5).epoch(0)
    x = task.data.arrays[0]
    x[last[0]] = np.nan

    def loss(x: Any, y: Any) -> Any:
        return task.net.loss(x, y)[0] + iso.math.mean(x)  # the cells themselves would not spike, and go on

    with pytest.raises(DivergenceError, match=r"loss is nan in epoch 1, batch 3 of 3.*iso.optim.Adam\(lr=0.001"):
        iso.fit(task.net, loss, task.data, task.optimizer, epochs=1)
    assert all(np.isfinite(weight).all() for weight in task.weights().values())


def test_a_gradient_that_is_no_number_stops_the_training_before_a_weight_changes(learner: str, setup: Setup) -> None:
    task, good = setup(), setup()
    *_, (last,) = Batches(np.arange(22), size=8, seed=5).epoch(0)
    task.data.arrays[0][last[0], 3, 2] = np.nan  # the cells do not spike, and the loss is finite
    with pytest.raises(DivergenceError, match=r"gradient of 'into.weight'.* epoch 1, batch 3 of 3.*np.isfinite\(x\)"):
        task.fit(epochs=1, validation=None)
    good.data = Batches(*examples(), size=8, seed=5, drop_last=True)
    good.fit(epochs=1, validation=None)
    for name, weight in good.weights().items():
        assert (task.weights()[name] == weight).all(), name
    assert int(np.asarray(task.optimizer.count.value)) == 2


def test_the_progress_is_told_of_every_batch(somewhere: str, setup: Setup) -> None:
    told: list[tuple[int, int]] = []
    setup().fit(epochs=2, progress=lambda done, total: told.append((done, total)))
    assert told == [(i, 6) for i in range(1, 7)]


def test_the_progress_bar_shows_how_many_batches_and_what_was_measured(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")  # draw as on a terminal
    monkeypatch.setenv("COLUMNS", "120")
    with bar(True, 6) as report:
        report(4, {"loss": 0.25, "val_loss": 0.5})
    shown = capsys.readouterr().err
    assert "4/6" in shown
    assert "loss 0.25  val_loss 0.5" in shown


def test_ctrl_c_ends_a_training_after_the_batch(somewhere: str, setup: Setup) -> None:
    def press(done: int, total: int) -> None:
        if done == 5:
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    task = setup()
    history = task.fit(progress=press)
    assert history.interrupted
    assert len(history) == 1
    assert int(np.asarray(task.optimizer.count.value)) == 5
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize(
    "returned",
    [
        lambda x: (x, x),
        lambda x: (x, {"loss": x}),
        lambda x: (x, {"val_a": x}),
        lambda x: (x, {"a": iso.math.stack([x, x])}),
    ],
)
def test_a_loss_that_returns_something_else_is_told_what_is_expected(
    somewhere: str, setup: Setup, returned: Any
) -> None:
    task = setup()
    with pytest.raises(ParameterError, match=r"fit\(loss=...\): the (loss returns|metric 'a')"):
        iso.fit(task.net, lambda x, y: returned(task.net.loss(x, y)[0]), task.data, task.optimizer, epochs=1)


@pytest.mark.parametrize(
    ("argument", "fix"),
    [
        ({"network": 3}, r"fit\(network=3\).*network=iso.init_all_states\(net\)"),
        ({"loss": 0.5}, r"fit\(loss=0.5\).*loss=lambda x, y: iso.losses.cross_entropy"),
        ({"data": examples()}, r"fit\(data=<tuple>\).*data=iso.data.Batches\(inputs, labels, size=64\)"),
        ({"optimizer": "adam"}, r"fit\(optimizer='adam'\).*optimizer=iso.optim.Adam\(0.001\)"),
        ({"optimizer": iso.optim.Adam}, r"fit\(optimizer=Adam\): expected an optimiser"),
        ({"validation": examples()}, r"fit\(validation=<tuple>\).*validation=iso.data.Batches"),
        ({"callbacks": EarlyStopping()}, r"callbacks=<EarlyStopping>\).*callbacks=\[iso.training.EarlyStopping\("),
        ({"callbacks": [3]}, r"fit\(callbacks=<list>\)"),
        ({"resume": True}, r"fit\(resume=True\) has no file.*checkpoint='net.safetensors', resume=True"),
    ],
)
def test_an_argument_of_another_kind_is_refused_with_what_to_write(
    setup: Setup, argument: dict[str, Any], fix: str
) -> None:
    task = setup()
    given = {"network": task.net, "loss": task.net.loss, "data": task.data, "optimizer": task.optimizer, "epochs": 1}
    with pytest.raises(ParameterError, match=fix):
        iso.fit(**{**given, **argument})


def test_an_evaluation_says_what_it_can_look_at(setup: Setup) -> None:
    task = setup()
    with pytest.raises(ParameterError, match=r"evaluate\(data=<tuple>\).*data=iso.data.Batches"):
        iso.evaluate(task.net, task.net.loss, examples())
    with pytest.raises(ParameterError, match=r"evaluate\(loss=None\)"):
        iso.evaluate(task.net, None, task.data)


def test_a_label_outside_the_classes_ends_a_training(somewhere: str, setup: Setup) -> None:
    task = setup()
    task.data.arrays[1][3] = 2
    with pytest.raises(DivergenceError, match="a label outside the classes"):
        task.fit()


@pytest.mark.parametrize("epochs", [0, 1.5, True, "3"])
def test_epochs_that_are_no_number_are_refused(setup: Setup, epochs: Any) -> None:
    with pytest.raises(ParameterError, match=r"fit\(epochs=.*such as epochs=20"):
        setup().fit(epochs=epochs)


def test_weights_of_something_else_than_the_network_are_refused(somewhere: str, setup: Setup) -> None:
    task = setup()
    task.optimizer.register_trainable_weights(iso.ParamState(1.0, name="stray"))
    with pytest.raises(StateError, match=r"changes the State 'stray', which is none of Task"):
        task.fit()


def test_a_network_that_has_nothing_to_learn_is_refused(somewhere: str, setup: Setup) -> None:
    cell = iso.LIF(3, V_th=1 * u.mV)
    arguments = (lambda x: iso.math.mean(cell(x * u.mA)), Batches(np.ones((4, 3)), size=4), iso.optim.Adam())
    with pytest.raises(StateError, match=r"LIF: its states are not initialised\. Call iso.init_all_states"):
        iso.fit(cell, *arguments, epochs=1)
    with pytest.raises(StateError, match="changes nothing, as there is no ParamState in LIF"):
        iso.fit(iso.init_all_states(cell), *arguments, epochs=1)


def test_a_backend_without_gradients_says_so(backend: str, setup: Setup) -> None:
    from isospike.select import get_backend

    if get_backend(backend).capabilities["gradient"].claimed:
        pytest.skip(f"{backend} has gradients")
    with iso.environ.context(dt=1 * u.ms), pytest.raises(BackendError, match="gradient"):
        setup().fit()


def test_a_history_is_a_table_and_says_what_it_has() -> None:
    history = table(2.0, 1.0)
    assert history.table()["val_loss"].tolist() == [2.0, 1.0]
    assert repr(history) == "History(2 epochs: epoch=2, val_loss=1)"
    assert repr(History()) == "History(0 epochs)"
    with pytest.raises(KeyError, match="no epoch yet"):
        History()["loss"]
