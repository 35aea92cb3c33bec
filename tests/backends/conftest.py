"""Matrices and spikes that the event propagation of every backend is checked on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from isospike_codegen.cache import built_from_text
from isospike_codegen.compiler import KernelUnavailableError, find_compiler
from isospike_codegen.event_grid import EventGrid


@dataclass(frozen=True)
class Csr:
    """A random matrix with empty rows, rows beyond one block of the walk, and double synapses."""

    indptr: np.ndarray
    indices: np.ndarray
    n_post: int

    @classmethod
    def random(cls, n_pre: int, n_post: int, largest: int) -> Csr:
        rng = np.random.default_rng(n_pre)
        degrees = rng.integers(0, largest + 1, n_pre) * (rng.random(n_pre) < 0.8)
        indptr = np.concatenate([[0], np.cumsum(degrees)]).astype(np.int32)
        return cls(indptr, rng.integers(0, n_post, indptr[-1]).astype(np.int32), n_post)

    @property
    def n_pre(self) -> int:
        return len(self.indptr) - 1

    def weights(self, kind: str, dtype: str) -> np.ndarray:
        values = np.random.default_rng(1).normal(size=self.indices.shape).astype(dtype)
        return values if kind == "array" else np.asarray(0.3, dtype)

    def dense(self, weights: np.ndarray) -> np.ndarray:
        matrix = np.zeros((self.n_pre, self.n_post))
        pre = np.repeat(np.arange(self.n_pre), np.diff(self.indptr))
        np.add.at(matrix, (pre, self.indices), weights.astype(float))
        return matrix


def spikes_of(kind: str, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    rng = np.random.default_rng(2)
    ones = {"sparse": rng.random(shape) < 0.1, "all": np.ones(shape), "silent": np.zeros(shape)}
    values = (rng.random(shape) < 0.3) * rng.normal(size=shape) if kind == "graded" else ones[kind]
    return np.asarray(values).astype(dtype)


@pytest.fixture(name="random_csr")
def _random_csr() -> Callable[[int, int, int], Csr]:
    """Return ``Csr.random``: a matrix of n_pre, n_post and the most synapses of a row."""
    return Csr.random


@pytest.fixture(name="spikes_of")
def _spikes_of() -> Callable[[str, tuple[int, ...], str], np.ndarray]:
    """Return a function from kind, shape and dtype to spikes."""
    return spikes_of


@pytest.fixture
def script(tmp_path: Path) -> Callable[[str], str]:
    """Return a function that makes lines of shell a program, such as a compiler that fails, and returns its path."""

    def made(lines: str) -> str:
        path = tmp_path / "script"
        path.write_text(f"#!/bin/sh\n{lines}\n")
        path.chmod(0o700)
        return str(path)

    return made


@pytest.fixture(scope="session")
def gpu_on_cpu() -> EventGrid:
    """Return the event kernels of a GPU, whose driver is a stand-in that runs them on the CPU."""
    try:
        compiler = find_compiler()
        text = Path(__file__).with_name("cuda_on_cpu.cc").read_text()
        driver = built_from_text("cuda_on_cpu", text, ["-std=c++17", "-pthread"], compiler)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("isospike_codegen.driver._LIBRARY", str(driver))
            return EventGrid()
    except KernelUnavailableError as error:
        pytest.skip(str(error))
