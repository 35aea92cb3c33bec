"""The operation of the step graph at which two runs part."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from isospike_conformance.compare.element import Element

__all__ = ["NodeDivergence", "Operand"]


@dataclass(frozen=True)
class Operand:
    """What an operation was given, the same on both sides.

    Attributes
    ----------
    name : str
        A State, ``"constant"``, or the operation that computed it, such as ``"multiply at cells (lif.py:102)"``.
    dtype : str
        Its dtype.
    shape : tuple of int
        Its shape.
    value : float, int, bool or None
        The element that the differing one is computed from; None where many are.
    hex : str
        The same without loss; empty where there is none.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    value: float | int | bool | None
    hex: str

    def __str__(self) -> str:
        """Return ``exc.syn.g 0x1.8p+1 (3)``, or name, dtype and shape of an operand without a single element."""
        if self.value is None:
            return f"{self.name} {self.dtype}{list(self.shape)}"
        return f"{self.name} {self.hex} ({self.value:.9g})"


@dataclass(frozen=True)
class NodeDivergence:
    """The first operation that makes of equal operands another result.

    Attributes
    ----------
    op : str
        Operation of the graph, such as ``"add"``.
    label : str
        What a side computed: ``"multiply-add"`` where it rounded once for both, else the operation.
    module, file, line : str, str, int
        Where the model says it.
    form : str
        ``"alone"``: the operation by itself differs; ``"fused"``: only compiled together with others.
    state : str
        The State that differs after the step and is computed from it.
    unit : str
        Unit of the result, where it is the new value of a State; empty elsewhere.
    operands : tuple of Operand
        What it was given.
    size, n_differ : int
        Elements of the result, and how many of them differ.
    first : Element
        One that differs: the one that the State's first differing element is computed from where that can be told, else
        the first.
    """

    op: str
    label: str
    module: str
    file: str
    line: int
    form: str
    state: str
    unit: str
    operands: tuple[Operand, ...]
    size: int
    n_differ: int
    first: Element

    @property
    def place(self) -> str:
        """Operation and line, such as ``multiply-add at cells (lif.py:102)``."""
        line = f"{self.file}:{self.line}" if self.file else "unknown line"
        return f"{self.label} at {self.module} ({line})" if self.module else f"{self.label} ({line})"

    def __str__(self) -> str:
        """Return one line: the place, how it was compiled, operands and both results."""
        how = "compiled with its neighbours" if self.form == "fused" else "by itself"
        given = ", ".join(map(str, self.operands))
        unit = f" {self.unit}" if self.unit else ""
        return f"{self.place}, {how}: {self.first}{unit}; given {given}"

    def as_json(self) -> dict[str, Any]:
        """Return the node in the words of the schema ``isospike.divergence/1``."""
        first = self.first
        return {
            "op": self.op,
            "label": self.label,
            "place": self.place,
            "module": self.module,
            "file": self.file,
            "line": self.line,
            "form": self.form,
            "state": self.state,
            "unit": self.unit,
            "n_differ": self.n_differ,
            "size": self.size,
            "index": first.index,
            "position": first.position,
            "ref": first.ref,
            "got": first.got,
            "ref_hex": first.ref_hex,
            "got_hex": first.got_hex,
            "ulp": first.ulp,
            "operands": [asdict(operand) for operand in self.operands],
        }
