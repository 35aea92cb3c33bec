"""What this package offers to isospike: name and place of each part. It imports none of them."""

from isospike.hookspecs import hookimpl

ISOSPIKE_API = "1.0"


@hookimpl
def isospike_neurons() -> dict[str, str]:
    """Offer the neuron."""
    return {"TemplateNeuron": "isospike_template.neuron:TemplateNeuron"}


@hookimpl
def isospike_synapses() -> dict[str, str]:
    """Offer the synapse."""
    return {"TemplateSynapse": "isospike_template.synapse:TemplateSynapse"}


@hookimpl
def isospike_conformance_cases() -> dict[str, str]:
    """Offer the dynamics that backends are judged by."""
    return {"isospike_template": "isospike_template.case:CASE"}
