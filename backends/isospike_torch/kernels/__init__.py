"""The kernels of the torch backend in C++."""
