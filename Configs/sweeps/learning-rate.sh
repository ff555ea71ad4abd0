#!/usr/bin/env bash
# Two learning rates, three seeds each, in about two minutes. Stopped, it goes on where it was.
set -euo pipefail
for rate in 1e-4 3e-4; do for seed in 0 1 2; do
  "${RL:-.build/release/rl}" train --config grpo-add.json --runs runs/learning-rate --resume auto \
    --name "$rate-seed-$seed" "seed=$seed" "stages.grpo.optimizer.learning_rate=$rate" \
    stages.grpo.max_steps=300 "$@"
done; done
"${RL:-.build/release/rl}" compare runs/learning-rate/*
