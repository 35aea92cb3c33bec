"""The CuPy backend: whole time loops as generated CUDA."""
