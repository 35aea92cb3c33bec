"""The cases, one dynamics a file; each file holds ``CASE``.

Numbers that a case is built with come from ``np.linspace`` and other IEEE operations, never from ``np.geomspace`` or
another function of the mathematical library, which differs between processors as golden chains must not.
"""
