"""Philox4x32-10 written out in Python's whole numbers, and the vectors that its authors published."""

from __future__ import annotations

__all__ = ["KNOWN", "plain_philox"]

Words = tuple[int, ...]
_ALL = 0xFFFFFFFF

KNOWN: tuple[tuple[Words, Words, Words], ...] = (
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((_ALL,) * 4, (_ALL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
)
"""Counter, key and words, from the file kat_vectors of Random123."""


def plain_philox(counter: Words, key: Words) -> Words:
    """Return the four words of a counter (Salmon, Moraes, Dror and Shaw, SC 2011).

    Written apart from `isospike.random.philox`, whose limbs and broadcasting it is a check of.
    """
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & _ALL, (p0 >> 32) ^ c3 ^ k1, p0 & _ALL
        k0, k1 = (k0 + 0x9E3779B9) & _ALL, (k1 + 0xBB67AE85) & _ALL
    return c0, c1, c2, c3
