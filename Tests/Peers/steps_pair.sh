#!/usr/bin/env bash
# Seconds a step of the other trainers beside TRL, in one sitting: in turn, medians, ratios. By hand.
#
#   pip install torch==2.13.0 trl==1.16.0 transformers==5.23.0 datasets==5.2.0
#   pip install --no-deps --target TRL112 trl==1.12.0       # the last one that has PPO
#   PYTHON=venv/bin/python TRL112=TRL112 Tests/Peers/steps_pair.sh [STEPS]
#
# The same checkpoint, batch sizes and lengths as trl_others.py; one thread; TRL runs with glibc
# keeping its memory, which is the faster way for it. The first steps of each do not count.
set -euo pipefail
steps="${1:-5}"
python="${PYTHON:-python3}"
rl="${RL:-.build/release/rl}"
here="$(cd "$(dirname "$0")" && pwd)"
start="$here/../Fixtures/checkpoints/arith_sft"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

"$python" - "$folder" "$start" <<'PYTHON'
import json, random, sys

folder, start = sys.argv[1:]
r = random.Random(0)
with open(f"{folder}/pairs.jsonl", "w") as file:
    for _ in range(1024):
        a, b = r.randint(10, 99), r.randint(10, 99)
        wrong = a + b + r.choice([-10, -1, 1, 10, 2, -2])
        row = {"prompt": f"{a}+{b}=", "chosen": str(a + b), "rejected": str(wrong)}
        file.write(json.dumps(row) + "\n")
pairs = {"type": "file", "data": "pairs.jsonl", "truncation": "error", "batch_size": 64}
slow = {"type": "adamw", "learning_rate": 1e-5}
sampled = {"max_completion_length": 16, "temperature": 1, "optimizer": slow}
leash = {"beta": 0.05, "kl_in": "reward", "kl_estimator": "k1"}
ppo = sampled | leash | {
    "type": "ppo", "prompts_per_step": 256, "num_generations": 1, "num_iterations": 4,
    "updates_per_collection": 1, "temperature": 0.7, "missing_eos_penalty": 1,
    "reward": {"verifier": 0, "model": 1}}
judge = {"type": "reward", "max_steps": 1, "pairs": pairs}
stages = {
    "dpo": {"type": "dpo", "preset": "dpo", "beta": 0.1, "pairs": pairs, "optimizer": slow},
    "reward": {"type": "reward", "pairs": pairs, "optimizer": slow},
    "rloo": sampled | {
        "type": "grpo", "preset": "rloo", "beta": 0.04, "prompts_per_step": 32,
        "num_generations": 8},
    "distill": sampled | {
        "type": "distill", "prompts_per_step": 64, "num_generations": 1,
        "divergence": {"type": "jsd", "beta": 0.5, "normalized": False}},
    "ppo": ppo | {"value": {"type": "separate"}},
    "ppo-shared": ppo | {"value": {"type": "shared"}},
}
for name, stage in stages.items():
    config = {
        "threads": 1, "rollouts": "none", "model": {"checkpoint": start},
        "environment": "arith-add-eos.json", "evaluation": {"every": 0},
        "diagnostics": {"every": 0}, "checkpoint": {"every": 1000},
        "stages": {"last": {"max_steps": 12} | stage}}
    if name == "distill":
        config["models"] = {"teacher": {"checkpoint": start}}
    if name.startswith("ppo"):
        config["models"] = {"reward": {"stage": "judge"}}
        config["stages"] = {"judge": judge} | config["stages"]
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(config, file)
PYTHON

export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=1073741824
uptime
for what in dpo reward rloo distill ppo; do
  path=""
  if [ "$what" = ppo ]; then path="${TRL112:-}"; fi
  ours=("$what")
  if [ "$what" = ppo ]; then ours=(ppo ppo-shared); fi
  for name in "${ours[@]}"; do
    "$rl" train --config "$folder/$name.json" --runs "$folder/runs" --name "$name" --quiet >/dev/null
  done
  (cd "$folder" && PYTHONPATH="$path" "$python" "$here/trl_others.py" --ckpt "$start" --threads 1 \
    --steps "$steps" --algo "$what" --out "$folder/trl.$what" >/dev/null 2>&1)
done
uptime

"$python" - "$folder" <<'PYTHON'
import json, statistics, sys

folder = sys.argv[1]
for name in ["dpo", "reward", "rloo", "distill", "ppo", "ppo-shared"]:
    lines = [json.loads(line) for line in open(f"{folder}/runs/{name}/metrics.jsonl")]
    ours = statistics.median(line["time/step"] for line in lines[-9:])
    theirs = json.load(open(f"{folder}/trl.{name.split('-')[0]}"))[name.split("-")[0]]
    theirs = theirs.get("s_per_step_med")
    ratio = f"{theirs / ours:.2f}" if theirs else "-"
    print(f"{name}: rl {ours:.4f} s a step, TRL {theirs}, ratio {ratio}")
PYTHON
