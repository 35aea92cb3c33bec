"""The commands of ``isospike`` that judge backends, models and networks."""
