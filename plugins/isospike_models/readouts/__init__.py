"""Readouts: what makes of spikes the values that a network answers with."""
