#!/usr/bin/env bash
# GRPO's completions a second beside TRL, in one sitting: in turn, the median of the ratios. By hand.
#
#   pip install torch==2.13.0 trl==1.16.0 transformers==5.23.0 datasets==5.2.0
#   PYTHON=venv/bin/python Tests/Peers/trl_pair.sh [ROUNDS] [THREADS] [STEPS]
#
# Both start from Tests/Fixtures/checkpoints/arith_sft with the settings of
# Configs/peer-trl-grpo.json; the first 10 steps do not count. TRL runs with glibc keeping its
# memory, which is the faster way for it.
set -euo pipefail
rounds="${1:-3}"
threads="${2:-1}"
steps="${3:-60}"
python="${PYTHON:-python3}"
rl="${RL:-.build/release/rl}"
here="$(dirname "$0")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

uptime
for round in $(seq "$rounds"); do
  "$rl" train --config peer-trl-grpo.json --runs "$folder" --name "rl.$round" --quiet \
    seed="$round" threads="$threads" rollouts=none evaluation.every=0 \
    stages.grpo.max_steps="$steps" >/dev/null
  MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=1073741824 \
    "$python" "$here/trl_grpo.py" --steps "$steps" --threads "$threads" --seed "$round" \
    2>"$folder/log" | tail -n 1 >"$folder/trl.$round" || { cat "$folder/log" >&2; exit 1; }
done
uptime

"$python" - "$folder" "$rounds" <<'PYTHON'
import json, statistics, sys

folder, rounds = sys.argv[1], range(1, int(sys.argv[2]) + 1)
ours, theirs = [], []
for r in rounds:
    steps = [json.loads(line)["time/step"] for line in open(f"{folder}/rl.{r}/metrics.jsonl")][10:]
    ours.append(256 * len(steps) / sum(steps))
    theirs.append(json.load(open(f"{folder}/trl.{r}"))["completions_per_second"])
ratio = statistics.median(a / b for a, b in zip(ours, theirs))
print(f"grpo: rl {statistics.median(ours):.0f} completions/s,"
      f" TRL {statistics.median(theirs):.0f}, ratio {ratio:.2f}")
PYTHON
