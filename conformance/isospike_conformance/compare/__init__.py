"""Comparisons: arrays, runs, spike trains and ensembles, each with a verdict that says where and by how much."""

from isospike_conformance.compare.activity import Activity, activities
from isospike_conformance.compare.bitwise import BitVerdict, compare_bits
from isospike_conformance.compare.chain import chain, digest
from isospike_conformance.compare.chains import ChainVerdict, compare_chains
from isospike_conformance.compare.closeness import ClosenessVerdict, compare_closeness
from isospike_conformance.compare.divergence import find_divergence
from isospike_conformance.compare.gradients import GradientVerdict, compare_gradients
from isospike_conformance.compare.kolmogorov import ks_distance
from isospike_conformance.compare.nodedivergence import NodeDivergence, Operand
from isospike_conformance.compare.quantity import QuantityVerdict, compare_quantity
from isospike_conformance.compare.record import Record
from isospike_conformance.compare.report import DivergenceReport
from isospike_conformance.compare.spikes import Train, TrainVerdict, compare_trains
from isospike_conformance.compare.statistics import StatisticsVerdict, compare_statistics
from isospike_conformance.compare.survival import SurvivalVerdict, compare_survival
from isospike_conformance.compare.tolerance import Tolerance, tolerance
from isospike_conformance.compare.ulp import scale_ulp, ulp_distance
from isospike_conformance.compare.verdict import Verdict

__all__ = [
    "Activity",
    "BitVerdict",
    "ChainVerdict",
    "ClosenessVerdict",
    "DivergenceReport",
    "GradientVerdict",
    "NodeDivergence",
    "Operand",
    "QuantityVerdict",
    "Record",
    "StatisticsVerdict",
    "SurvivalVerdict",
    "Tolerance",
    "Train",
    "TrainVerdict",
    "Verdict",
    "activities",
    "chain",
    "compare_bits",
    "compare_chains",
    "compare_closeness",
    "compare_gradients",
    "compare_quantity",
    "compare_statistics",
    "compare_survival",
    "compare_trains",
    "digest",
    "find_divergence",
    "ks_distance",
    "scale_ulp",
    "tolerance",
    "ulp_distance",
]
