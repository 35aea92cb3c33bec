"""What compiled kernels share: the compiler, the cache of what it made, and the C++ that several backends include.

Not a backend. It knows no array library: a backend brings its own kernel source and loads what comes out.
"""
