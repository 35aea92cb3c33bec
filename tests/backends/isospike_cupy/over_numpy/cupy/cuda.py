"""One device, which is this machine."""

from __future__ import annotations

from typing import ClassVar


class Device:
    attributes: ClassVar = {"CooperativeLaunch": 1, "MultiProcessorCount": 2}
    depth = 0  # how many contexts have made it the current one

    def __init__(self, index: int) -> None:
        self.id = index

    def __enter__(self) -> Device:
        Device.depth += 1
        return self

    def __exit__(self, *error: object) -> None:
        Device.depth -= 1

    def synchronize(self) -> None:
        assert Device.depth > 0


class runtime:
    @staticmethod
    def getDeviceCount() -> int:
        return 1

    @staticmethod
    def driverGetVersion() -> int:
        return 12090

    @staticmethod
    def runtimeGetVersion() -> int:
        return 12090

    @staticmethod
    def getDeviceProperties(index: int) -> dict[str, bytes]:
        return {"name": b"threads of the system"}


class driver:
    @staticmethod
    def occupancyMaxActiveBlocksPerMultiprocessor(function: int, threads: int, memory: int) -> int:
        return 64 // threads
