"""A neuron and a synapse for isospike; found by name through ``isospike_template.plugin``."""
