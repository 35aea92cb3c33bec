"""The kernels of the jax backend in C++."""
