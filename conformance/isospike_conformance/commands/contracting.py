"""What ``isospike contract`` does: run the checks, and say of each what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from isospike.select import get_backend
from isospike_conformance.contracts import contract_of, run_contract
from isospike_conformance.way import usable_backends

__all__ = ["check_contracts"]


def check_contracts(names: Sequence[str], backends: Sequence[str] | None) -> bool:
    """Print one line a check, and return whether all passed."""
    chosen = list(backends or usable_backends())
    for name in chosen:
        get_backend(name)  # an unknown one is an error of the user, not of a model
    out, counts = Console(highlight=False, soft_wrap=True), Counter[str]()
    for contract in [contract_of(name) for name in names]:
        out.print(Text(contract.title, style="bold"))
        for checked in run_contract(contract, chosen):
            counts[checked.status] += 1
            where = f" on {checked.backend}" if checked.backend else ""
            failed = checked.status == "FAILED"
            out.print(Text(f"  {checked.status:9}  {checked.name}{where}", style="bold red" if failed else ""))
            if checked.reason:
                out.print(Text(f"             {checked.reason}"))
    out.print(f"{counts.total()} checks, {counts['FAILED']} failed, {counts['not asked']} not asked")
    return counts["FAILED"] == 0
