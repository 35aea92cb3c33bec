"""What a network file may say: its tables and keys, with what each expects.

Only the frame is fixed here. The parameters of a model are those that the model declares, so a plugin's model
is configured like a bundled one. Error messages are made of what each key `Says`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from isospike.config.quantities import parse_time, shown

__all__ = [
    "Document",
    "Input",
    "Part",
    "Population",
    "Projection",
    "Record",
    "Run",
    "Says",
    "Table",
    "Variable",
]


@dataclass(frozen=True)
class Says:
    """What a key is, and a line that sets it."""

    expected: str
    example: str


def _time(text: str) -> str:
    parse_time(text)
    return text


def _label(text: str) -> str:
    # The axes of time have these names in the result, and a name is also a folder there.
    if re.fullmatch(r"(time|step)(_\d+)?", text) or not re.fullmatch(r"[A-Za-z]\w*(\.\w+)*", text):
        msg = f"{shown(text)} is not made of letters, digits, _ and dots, or is time or step, which are taken"
        raise ValueError(msg)
    return text


def _variable(given: Any) -> Any:
    return {"variable": given} if isinstance(given, str) else given


Time = Annotated[str, AfterValidator(_time)]
Label = Annotated[str, AfterValidator(_label)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][0-9A-Za-z_]*$")]
Cells = Annotated[list[int], Field(min_length=2, max_length=2)]


class Table(BaseModel):
    """Base of all tables: nothing is converted silently, and a key that is not declared is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Model(Table):
    """Base of the tables that hold, beside their own keys, the parameters of a model."""

    model_config = ConfigDict(extra="allow")

    @property
    def parameters(self) -> dict[str, Any]:
        """The keys that belong to the model."""
        return dict(self.model_extra or {})


class Run(Table):
    """``[run]``: how the network is run; nothing here changes the parameter hash."""

    duration: Annotated[Time | None, Says("a positive time", 'duration = "1 s"')] = None
    dt: Annotated[Time | None, Says("a positive time", 'dt = "0.1 ms"')] = None
    backend: Annotated[str | None, Says("the name of a backend", 'backend = "jax"')] = None
    device: Annotated[str | None, Says("the name of a device", 'device = "cuda"')] = None
    engine: Annotated[str | None, Says("the name of an engine of the backend", 'engine = "compiled"')] = None
    precision: Annotated[
        Literal["float32", "float64"] | None, Says('"float32" or "float64"', 'precision = "float64"')
    ] = None
    numerics: Annotated[Literal["fast", "exact"] | None, Says('"fast" or "exact"', 'numerics = "exact"')] = None
    seed: Annotated[int | None, Field(ge=0, lt=2**63), Says("an integer from 0 to 2**63 - 1", "seed = 42")] = None
    writers: Annotated[list[str], Says("a list of writers of the result", 'writers = ["csv"]')] = []
    out: Annotated[str | None, Field(min_length=1), Says("the folder of the result", 'out = "my-result"')] = None


class Population(Model):
    """``[populations.<name>]``: cells of one model, or of equations, or an input that spikes."""

    model: Annotated[str | None, Says("the name of a model that spikes", 'model = "LIFRef"')] = None
    equations: Annotated[str | None, Says("the equations of a model", 'equations = "dv/dt = (E_L - v) / tau : mV"')] = (
        None
    )
    size: Annotated[Any, Says("the number of cells", "size = 4000")]
    groups: Annotated[
        dict[Name, Cells], Says("ranges of cells by name", "groups = { E = [0, 3200], I = [3200, 4000] }")
    ] = {}


class Part(Model):
    """An inline table that names a class by its ``kind`` and holds its parameters."""

    kind: Annotated[str, Says("the name of a class", 'kind = "Expon"')]


class Projection(Model):
    """``[projections.<name>]``: spikes from one population, or a group of it, to another or a group of that."""

    kind: Annotated[str, Says("the name of a projection", 'kind = "AlignPostProj"')] = "AlignPostProj"
    pre: Annotated[str, Says("a population or a group of it", 'pre = "cells.E"')]
    post: Annotated[str, Says("a population or a group of it", 'post = "cells"')]
    comm: Annotated[
        Part | None, Says("the connection", 'comm = { kind = "FixedProb", prob = 0.02, weight = "6 nS" }')
    ] = None
    syn: Annotated[Part | None, Says("the synapse", 'syn = { kind = "Expon", tau = "5 ms" }')] = None
    out: Annotated[Part | None, Says("the output", 'out = { kind = "COBA", E = "0 mV" }')] = None
    stp: Annotated[Part | None, Says("short-term plasticity", 'stp = { kind = "STP", U = 0.5 }')] = None
    autapses: Annotated[bool, Says("true or false: may a cell connect to itself?", "autapses = false")] = True


class Input(Model):
    """``[inputs.<name>]``: a current into a population."""

    model: Annotated[str, Says("the name of an input", 'model = "ConstantInput"')]
    target: Annotated[str, Says("a population", 'target = "cells"')]


class Variable(Table):
    """An entry of ``variables``: a State to record, under its path or another name."""

    variable: Annotated[str, Says("the path of a State", 'variable = "cells.V"')]
    neurons: Annotated[list[int] | None, Says("a list of indices of cells", "neurons = [0, 1, 2]")] = None
    every: Annotated[Time | None, Says("a positive time", 'every = "1 ms"')] = None
    name: Annotated[Label | None, Says("letters, digits, _ and dots", 'name = "V"')] = None


class Record(Table):
    """``[record]``: what is kept beside the spikes of all populations, which always are."""

    variables: Annotated[
        list[Annotated[Variable, BeforeValidator(_variable)]],
        Says("a list of variables", 'variables = ["cells.V", { variable = "exc.syn.g", neurons = [0, 1] }]'),
    ] = []


class Document(Table):
    """A whole network file."""

    parameter_hash: Annotated[
        str | None, Says("the hash of the network's parameters", 'parameter_hash = "sha256:..."')
    ] = None
    run: Annotated[Run, Says("a table", "[run]")] = Run()
    populations: Annotated[
        dict[Name, Population],
        Field(min_length=1),
        Says("one table for each population", "[populations.cells]"),
    ]
    projections: Annotated[dict[Name, Projection], Says("one table for each projection", "[projections.exc]")] = {}
    inputs: Annotated[dict[Name, Input], Says("one table for each input", "[inputs.drive]")] = {}
    record: Annotated[Record, Says("a table", "[record]")] = Record()
