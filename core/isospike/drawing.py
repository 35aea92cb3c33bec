"""Drawing: a module whose parameters may be drawn by initialisers, a value for each cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from isospike import units
from isospike.errors import ParameterError, ShapeError
from isospike.initializer import Initializer
from isospike.module import Module, seed_of, structure_changed
from isospike.parameter import Drawn
from isospike.random.host import HostRandom

__all__ = ["Drawing"]


class Drawing(Module):
    """Base of what belongs to the cells of a population, so that a parameter of it may be drawn for each of them."""

    def drawn_shape(self) -> tuple[int, ...]:
        """Return the shape of the population."""
        raise NotImplementedError

    def check_parameters(self) -> None:
        """Check parameters against each other; override it where some combination is refused or unlikely."""

    def draw(self, name: str, source: Any) -> Any:
        """Return what an initialiser draws for a parameter; it depends on the seed and on the path of this module.

        Raises
        ------
        ParameterError
            It is no initialiser.
        ShapeError
            The initialiser gives no values of the population's shape.
        """
        title = f"{type(self).__name__}({name}=...)"
        if not isinstance(source, Initializer):
            msg = f"{title} is {source!r}, expected a number, an array or an initialiser, such as iso.Normal(mean, std)"
            raise ParameterError(msg)
        shape = self.drawn_shape()
        try:
            return source(shape, HostRandom(seed_of(self), f"{self.path}.{name}"))
        except ValueError as error:
            msg = f"{title} is {source!r}, which gives no values of shape {shape}: {error}"
            raise ShapeError(msg) from error

    def redraw(self) -> None:
        """Draw the parameters that are initialisers for the seed and the path that this module has now."""
        drawn = {k: v for k, v in vars(self).items() if isinstance(v, Drawn)}
        for name, held in drawn.items():
            value = self.fields[name].check(self, self.draw(name, held.source))
            if not np.array_equal(units.split(value)[0], units.split(held.value)[0]):
                held.value = value
                structure_changed()
        if drawn:
            self.check_parameters()
