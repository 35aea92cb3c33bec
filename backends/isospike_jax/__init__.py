"""The jax backend: lowers a step graph to jax.lax loops under jit; compiled event kernel on the CPU."""
