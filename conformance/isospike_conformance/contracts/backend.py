"""BackendContract: what core relies on in every backend; what it computes is judged by ``isospike conform``."""

from __future__ import annotations

from contextlib import suppress
from functools import cached_property
from typing import ClassVar

import numpy as np

import isospike as iso
from isospike import registry
from isospike.backend import Backend
from isospike.errors import BackendError
from isospike.select import get_backend
from isospike_conformance.contracts.contract import Contract, expect, refused

__all__ = ["BackendContract"]

CAPABILITIES = ("compiled_loop", "event_kernel", "exact", "float64", "gradient", "gpu")


class BackendContract(Contract):
    """What core relies on in every backend.

    Attributes
    ----------
    backend : str
        Registered name.
    """

    backend: ClassVar[str]

    @property
    def title(self) -> str:
        """The name."""
        return self.backend

    @cached_property
    def instance(self) -> Backend:
        """The backend on its own choice of device and engine."""
        return get_backend(self.backend)

    def test_goes_by_the_name_that_its_plugin_offers(self) -> None:
        """Name, protocol and versions are there."""
        backend = self.instance
        expect(
            backend.name == self.backend,
            f"{type(backend).__name__}.name is {backend.name!r}, offered as {self.backend!r}",
        )
        missing = sorted(n for n in vars(Backend) if not n.startswith("_") and not hasattr(backend, n))
        expect(not missing, f"{type(backend).__name__} lacks {', '.join(missing)} of isospike.backend.Backend")
        expect(backend.versions(), "versions() is empty: return {library: version} of what decides the results")

    def test_claims_or_declines_every_capability_with_a_reason(self) -> None:
        """What is not claimed is never asked of the backend, and users are told why."""
        for name in CAPABILITIES:
            claim = self.instance.capabilities.get(name)
            fix = f'"{name}": Capability(False, "why not")'
            expect(claim is not None, f"capabilities say nothing of {name!r}: {fix}")
            expect(claim and claim.reason, f"the capability {name!r} has no reason: {fix}")

    def test_has_the_devices_and_engines_that_it_names(self) -> None:
        """An instance is made for each, unless it says why not, and for no other."""
        backend, cls = self.instance, registry.resolve("backends", self.backend)
        expect(backend.devices(), "devices() is empty: return the names of those that there are, the default first")
        cls(device=backend.device)
        for engine in backend.engines:
            with suppress(BackendError):  # one that this machine has no device for
                cls(engine=engine)
        with refused(BackendError, "the engine 'none'", "choose by engine_named(engine, default, type(self))"):
            cls(engine="none")
        with refused(BackendError, "the device 'none'", "choose by device_named(device, self.devices(), type(self))"):
            cls(device="none")

    def test_moves_arrays_without_changing_them(self) -> None:
        """Host to backend and back is the identity, and a copy is a copy."""
        backend = self.instance
        for dtype in self._dtypes():
            host = np.arange(6).reshape(3, 2).astype(dtype)
            there = backend.asarray(host, dtype)
            back = {
                "to_numpy(asarray(x))": backend.to_numpy(there),
                "copy(x)": backend.to_numpy(backend.copy(there)),
                "concat([head(x, 1), x])": backend.to_numpy(backend.concat([backend.head(there, 1), there]))[1:],
            }
            backend.synchronize([there])
            for what, found in back.items():
                same = found.dtype == host.dtype and np.array_equal(found, host)
                expect(same, f"{what} of {dtype} gives {found.dtype} {found.tolist()}, expected {host.tolist()}")
            expect(backend.copy(there) is not there, "copy(x) returns x itself, whose buffer may be given up")

    def test_runs_a_loop(self) -> None:
        """A graph with States, a loop and a result is compiled and computed."""
        with iso.environ.context(backend=self.backend, dt=iso.units.quantity(0.1, iso.units.parse_unit("ms"))):
            total = iso.init_all_states(_Total())
            found = iso.transform.for_loop(total, np.arange(5.0))
        expect(np.asarray(found).tolist() == [0.0, 1.0, 3.0, 6.0, 10.0], f"the sums of 0 to 4 are {found}")

    def _dtypes(self) -> list[str]:
        double = ["float64"] if self.instance.capabilities["float64"].claimed else []
        return ["float32", *double, "int32", "bool"]


class _Total(iso.Module):
    """A running sum."""

    def init_state(self, batch_size: int | None = None) -> None:
        self.value = iso.ShortTermState(0.0)

    def update(self, x: float) -> object:
        self.value.value = self.value.value + x
        return self.value.value
