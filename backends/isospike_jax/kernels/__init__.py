"""The kernels of the jax backend in C++: sources, the compiler that builds them, and the built libraries."""
