#!/usr/bin/env bash
# All that needs a GPU, in less than nine minutes: the conformance suite on cupy, torch and jax, the tests of this
# folder, and the benchmark. Results go to the folder that is named, or $OUT, or docs/reports: gpu.md, and for each
# backend what the suite said and its certificate.
#
#     tests/gpu/run_all.sh [folder]
#
# It needs Python 3.11 or newer with torch, jax and cupy for the CUDA of the machine, and isospike. On a machine without
# a network, $WHEELS names a folder with the wheels that are missing there, those that build isospike among them:
# array-api-compat, brainunit, hatchling, platformdirs, pluggy, pydantic, typer, zarr, and what these need.
set -uo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out="${1:-${OUT:-docs/reports}}"
mkdir -p "$out"
export OMP_NUM_THREADS=4 COLUMNS=120 PYTHONUNBUFFERED=1 XLA_PYTHON_CLIENT_PREALLOCATE=false
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

if [[ -n "${WHEELS:-}" ]]; then
    install=(python3 -m pip install --quiet --no-index --no-deps --no-compile --target "$work/site")
    "${install[@]}" "$WHEELS"/*.whl || exit
    export PYTHONPATH="$work/site${PYTHONPATH:+:$PYTHONPATH}"
    "${install[@]}" --no-build-isolation . || exit
fi

python3 -m isospike doctor
status=0

# Side by side, as the host does most of the work. Interrupted, the suite keeps what it has found; without job control
# it would not be.
set -m
declare -A engine=([cupy]=persistent [torch]=cuda-graph [jax]=xla) running
for backend in cupy torch jax; do
    timeout --signal=INT --kill-after=10 190 python3 -m isospike conform --backend "$backend" --device cuda \
        --engine "${engine[$backend]}" --quiet --json "$work/conform-$backend.json" >"$work/conform-$backend.txt" 2>&1 &
    running[$backend]=$!
done
for backend in "${!running[@]}"; do
    wait "${running[$backend]}" || status=1
done
set +m

timeout --signal=INT --kill-after=10 90 python3 -m pytest tests/gpu -q -rs -W default -p no:cacheprovider 2>&1 |
    tee "$out/gpu-tests.txt" || status=1
timeout --signal=INT --kill-after=10 190 python3 tests/gpu/benchmark.py --write "$out/gpu.md" || status=1

for backend in cupy torch jax; do
    cp "$work/conform-$backend".* "$out/"
    printf '\n## Conformance of %s\n\n```text\n%s\n```\n' "$backend" "$(cat "$work/conform-$backend.txt")" |
        tee -a "$out/gpu.md"
done
exit $status
