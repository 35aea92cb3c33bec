"""From the text of equations to a class of neurons."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from isospike import registry, units
from isospike.equations.arguments import Given, read_given
from isospike.equations.checking import UnitCheck
from isospike.equations.neuron import EquationNeuron
from isospike.equations.page import page
from isospike.equations.reading import defined_statements, read_system
from isospike.equations.schemes import METHODS, Scheme, canonical
from isospike.equations.spiking import SpikingEquationNeuron
from isospike.equations.start import as_start, check_unit
from isospike.equations.system import System
from isospike.errors import ParameterError, nearest
from isospike.neuron import Neuron
from isospike.parameter import Field, component, parameter

__all__ = ["from_equations", "made"]


def from_equations(
    equations: str,
    *,
    threshold: str | None = None,
    reset: str | None = None,
    refractory: Any = None,
    method: str = "exp_euler",
    potential: str | None = None,
    scale: str | None = None,
    name: str = "EquationNeuron",
    **parameters: Any,
) -> type[Neuron]:
    """Return a class of neurons whose equations are a text.

    The text is parsed, never evaluated, and its units are checked at once. What it defines is traced like any model:
    it runs on every backend, with the bits of a class that is written by hand.

    Parameters
    ----------
    equations : str
        A statement a line: ``dx/dt = ... : unit`` makes a State, ``x = ... : unit`` names a sub-expression and
        ``x : unit`` a parameter. ``(unless refractory)`` after a State's unit holds it while a cell is refractory,
        ``(constant over dt)`` after a sub-expression's takes its value at the beginning of a step. ``I`` is the input
        current with all projections, in mA unless a line such as ``I : nA`` says otherwise; ``t`` is the time, and
        ``xi`` white noise in 1/sqrt(second).
    threshold : str, optional
        The condition of a spike, of States and parameters, such as ``"v > V_th"``; without one the class does not
        spike.
    reset : str, optional
        What a spike does, such as ``"v = V_r; w += b"``. Without one, a cell spikes where the condition becomes true.
    refractory : Quantity or str, optional
        The refractory period: a time, which is then the parameter ``tau_ref``, or the name of a parameter.
    method : {"exp_euler", "euler", "rk2", "rk4"}
        The integration scheme.
    potential : str, optional
        The State that delta inputs change and that projections see; the first one by default.
    scale : str, optional
        The distance from the threshold that a surrogate takes as 1: by default the jump of the reset, or 1 in the unit
        that is compared where parameters do not tell that jump.
    name : str
        Name of the class.
    **parameters
        Defaults of parameters, each a number with a unit, of ``spk_fun`` (the surrogate, `ReluGrad`), and of the
        initial values as ``<State>_initializer``: a value, an initialiser, or an expression such as ``"b * V"``.

    Raises
    ------
    ParameterError
        The text is malformed, or a name in it means nothing or two things; the piece is marked.
    UnitError
        Units do not fit; the piece is marked.

    Examples
    --------
    >>> import isospike as iso
    >>> from isospike import units as u
    >>> Cell = iso.neurons.from_equations(
    ...     "dv/dt = (E_L - v + R*I) / tau : mV", threshold="v > V_th", reset="v = V_r",
    ...     E_L=-60 * u.mV, R=100 * u.Mohm, tau=20 * u.ms, V_th=-50 * u.mV, V_r=-60 * u.mV, v_initializer=-60 * u.mV,
    ... )
    >>> cells = iso.init_all_states(Cell(100, tau=10 * u.ms))
    """
    method = canonical(method)
    texts = {"threshold": threshold, "reset": reset, "potential": potential, "scale": scale}
    statements = defined_statements(equations)
    given = read_given(statements, refractory, parameters)
    system = read_system(statements, given, texts)
    UnitCheck(system).system_is_sound()
    fields = _fields(system, given, method)
    _check_used(system, given)
    options = {**texts, "refractory": refractory, "method": method, "name": name, **parameters}
    namespace = {
        **fields,
        "system": system,
        "made_of": (equations, options),
        "input_unit": system.input_unit or "1",
        "delta_unit": system.states[system.potential].unit_text or "1",
        "__module__": __name__,
        "__doc__": page(system, given, method),
    }
    base: Any = EquationNeuron if system.threshold is None else SpikingEquationNeuron
    made_class: type[Neuron] = type(base)(name, (base,), namespace)
    return made_class


def made(equations: str, options: Mapping[str, Any]) -> type[Neuron]:
    """Return the class that these arguments make, which is what a pickle of it holds."""
    return from_equations(equations, **options)


def _fields(system: System, given: Given, method: str) -> dict[str, Field]:
    if method not in METHODS:
        known = f"{nearest(str(method), METHODS)} There are {', '.join(METHODS)}"
        raise ParameterError(f"from_equations(method=...): there is no scheme {method!r}.{known}")
    fields: dict[str, Field] = {}
    if system.threshold is not None:
        fields["spk_fun"] = component(partial(_surrogate, given.spk_fun), "spike function")
    for name, unit in given.units.items():
        is_period = name == system.refractory
        fields[name] = parameter(given.defaults[name], unit, nonnegative=is_period, trainable=not is_period)
    for name, statement in system.states.items():
        accepts = partial(as_start, name=name)
        zero = units.quantity(0.0, statement.unit)
        value = given.starts.get(name, zero)
        start = value if callable(value) else accepts(value)
        check_unit("from_equations", start, statement)
        fields[f"{name}_initializer"] = component(partial(_same, start), f"initial {name}", accepts=accepts)
    fields["method"] = Scheme(method, METHODS, "integration scheme")
    return fields


def _check_used(system: System, given: Given) -> None:
    """Refuse a value that nothing reads, which is a slip in its name, and initial values that are none."""
    if given.spk_fun is not None and system.threshold is None:
        raise ParameterError("from_equations(spk_fun=...): without a threshold nothing spikes: pass threshold, too")
    starts = {name: as_start(text, name) for name, text in given.starts.items() if isinstance(text, str)}
    nodes = [start.node for start in starts.values()]
    for start in starts.values():
        start.check(system, starts)
    used = {system.refractory}.union(*(system.reached(node) for node in (*system.expressions(), *nodes)))
    for name in given.values:
        if name not in used:
            raise ParameterError(
                f"from_equations({name}=...): no equation, threshold or reset uses {name!r}.{nearest(name, used)} "
                "Leave it out, or mend its name"
            )


def _surrogate(given: Any) -> Any:
    return registry.resolve("surrogates", "ReluGrad")() if given is None else given


def _same(value: Any) -> Any:
    return value
