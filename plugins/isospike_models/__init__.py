"""The bundled models: every equation of isospike, one a file, offered like those of any plugin."""
