"""The jax backend: lowers a step graph to jax.lax loops under jit, with a compiled event kernel on the CPU."""
