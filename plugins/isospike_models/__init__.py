"""The bundled models: every equation of isospike, one model a file, offered through the same hooks as any plugin's."""
