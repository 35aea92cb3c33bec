"""The page of a model that is a text: its equations, its event, its parameters."""

from __future__ import annotations

from isospike.equations.arguments import Given
from isospike.equations.system import System
from isospike.parameter import REQUIRED

__all__ = ["page"]


def page(system: System, given: Given, method: str) -> str:
    """Return the docstring of the class of a model, as those that are written by hand have it."""
    described = system.description()
    texts = described["equations"].splitlines()
    parts = ["Neuron that is given by its equations.", "::\n\n" + "\n".join(f"    {line}" for line in texts)]
    if system.threshold is not None:
        parts.append(_event(system, described))
    parts.append("Parameters\n----------\n" + "\n".join([*_parameters(system, given), _method(method)]))
    return "\n\n".join(parts) + "\n"


def _event(system: System, described: dict[str, str]) -> str:
    spike = f"A cell spikes in the step in which ``{described['threshold']}``"
    if not system.reset:
        text = f"{spike} becomes true. There is no reset."
    else:
        text = f"{spike}; at the beginning of the next step, ``{described['reset']}``."
    if system.refractory:
        held = f", in which {' and '.join(system.held)} stand still" if system.held else ""
        text += f"\nIt cannot spike again within ``{system.refractory}``{held}."
    return text


def _parameters(system: System, given: Given) -> list[str]:
    lines = ["in_size : int or tuple of int\n    Shape of the population."]
    for name, unit in given.units.items():
        kind = f"Quantity, {unit}" if unit else "float"
        default = given.defaults[name]
        shown = "Has no default." if default is REQUIRED else f"{default:g} {unit}".rstrip() + " by default."
        lines.append(f"{name} : {kind}\n    {shown}")
    for name, statement in system.states.items():
        start = given.starts.get(name, f"0 {statement.unit_text}".rstrip())
        shown = f'"{start}"' if isinstance(start, str) and name in given.starts else str(start)
        lines.append(f"{name}_initializer : Initializer or str, {statement.unit_text or '1'}\n    {shown} by default.")
    return lines


def _method(method: str) -> str:
    return f'method : {{"exp_euler", "euler", "rk2", "rk4"}}\n    Integration scheme; "{method}" by default.'
