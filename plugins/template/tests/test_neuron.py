"""What the neuron does, beside what every neuron has to."""

from __future__ import annotations

import isospike as iso
import numpy as np
from isospike import units as u


def test_a_cell_fires_at_the_rate_of_its_f_i_curve(backend_name: str) -> None:
    cell = iso.neurons.TemplateNeuron(1)
    with iso.environ.context(dt=0.1 * u.ms, backend=backend_name):
        iso.init_all_states(cell)
        spikes = iso.transform.for_loop(lambda: cell(0.3 * u.nA), length=1000)
    interval = int(np.ceil(100 * np.log(2)))  # from rest to a threshold that is half of what the current leads to
    assert np.asarray(spikes).sum() == 1000 // interval
