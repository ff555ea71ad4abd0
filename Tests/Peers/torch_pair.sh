#!/usr/bin/env bash
# Speed beside torch in one sitting: in turn, medians of the rounds, ratios. By hand, not in CI.
#
#   pip install torch==2.13.0 transformers==5.23.0 numpy
#   PYTHON=venv/bin/python Tests/Peers/torch_pair.sh [ROUNDS] [THREADS]
#
# torch counts with the fastest of its optimizers and of its ways to generate.
set -euo pipefail
rounds="${1:-3}"
threads="${2:-1}"
python="${PYTHON:-python3}"
rl="${RL:-.build/release/rl}"
here="$(dirname "$0")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

uptime
for round in $(seq "$rounds"); do
  for what in train decode; do
    "$rl" bench "$what" --threads "$threads" --json >"$folder/rl.$what.$round"
    "$python" "$here/torch_step.py" --threads "$threads" --only "$what" --models tiny \
      --out "$folder/torch.$what.$round" >/dev/null
  done
done
uptime

"$python" - "$folder" "$rounds" <<'PYTHON'
import json, statistics, sys

folder, rounds = sys.argv[1], range(1, int(sys.argv[2]) + 1)
for what in ["train", "decode"]:
    ours = [json.load(open(f"{folder}/rl.{what}.{r}"))["median"] for r in rounds]
    theirs = []
    for r in rounds:
        rows = json.load(open(f"{folder}/torch.{what}.{r}"))[what]
        start = "tiny_64_" if what == "decode" else "tiny_"
        theirs.append(max(v["tok_s_med"] for k, v in rows.items() if k.startswith(start)))
    ratio = statistics.median(a / b for a, b in zip(ours, theirs))
    print(f"{what} tiny: rl {statistics.median(ours):.0f} tokens/s,"
          f" torch {statistics.median(theirs):.0f}, ratio {ratio:.2f}")
PYTHON
