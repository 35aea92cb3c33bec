"""The node types of neurons."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ShapeError
from isospike.namespace import to_host
from isospike.parameter import Parameter, check_plausible
from isospike_nir.cells import Membrane, Spiking
from isospike_nir.nodes.context import Context
from isospike_nir.nodes.kind import Kind, Shape
from isospike_nir.nodes.spec import Spec

__all__ = ["NeuronKind"]

#: Fields that older files leave out, with the value that NIR then takes.
_OPTIONAL = {"v_reset": 0.0, "w_in": 1.0}


class NeuronKind(Kind):
    """A neuron, whose parameters have the names that they have in NIR.

    Parameters
    ----------
    type : str
        Name in NIR.
    cell : type
        Class of isospike.
    """

    def __init__(self, type: str, cell: type[Membrane]) -> None:
        super().__init__(type)
        self.cell = cell
        self.parameters = {name: field for name, field in cell.fields.items() if isinstance(field, Parameter)}

    def in_shape(self, spec: Spec) -> Shape | None:
        """Return the shape of the parameters; one number tells nothing."""
        arrays = {name: self._read(spec, name) for name in self.parameters}
        try:
            shape = np.broadcast_shapes(*(a.shape for a in arrays.values()))
        except ValueError:
            listed = ", ".join(f"{name} {array.shape}" for name, array in arrays.items())
            msg = f"{spec.title} has parameters of shapes that do not go together: {listed}. Give them one shape"
            raise ShapeError(msg) from None
        return None if shape in ((), (1,)) else shape

    def build(self, spec: Spec, shape: Shape, context: Context) -> Membrane:
        """Return the neurons, and note how they make their step."""
        values = {}
        for name, field in self.parameters.items():
            array = self._read(spec, name, positive=name in context.profile.positive)
            if field.unit == "second":
                array = array / context.divisor
                check_plausible(f"{spec.title}: {name}", array, context.profile.times_in, context.profile.usual)
            values[name] = units.quantity(_fit(array, shape), field.unit_object())
        how = "synaptic" if "tau_syn" in values else "leaky" if "tau" in values else "integrating"
        context.audit.note(spec.name, context.profile.steps()[how])
        if issubclass(self.cell, Spiking):
            values["spk_fun"] = context.spk_fun
            context.audit.note(spec.name, context.profile.resets())
        return self.cell(shape, profile=context.profile, **values)

    def write(self, module: Any) -> dict[str, Any]:
        """Return the parameters, one for each neuron."""
        values = {name: to_host(units.split(getattr(module, name))[0]) for name in self.parameters}
        return {name: np.array(np.broadcast_to(value, module.in_size)) for name, value in values.items()}

    def has_state(self) -> bool:
        """Say that it has a state."""
        return True

    def time_constants(self, spec: Spec) -> list[float]:
        """Return the shortest of each kind of time constant of a node, in seconds."""
        return [float(self._read(spec, n).min()) for n, f in self.parameters.items() if f.unit == "second"]

    def _read(self, spec: Spec, name: str, *, positive: bool = False) -> np.ndarray:
        if name in _OPTIONAL and not spec.has(name):
            return np.array(_OPTIONAL[name])
        return spec.array(name, positive=positive or self.parameters[name].positive)


def _fit(array: np.ndarray, shape: Shape) -> np.ndarray:
    """Return one number without axes, as it fits every shape."""
    return array.reshape(()) if array.size == 1 and array.shape != shape else array
