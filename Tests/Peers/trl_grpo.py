#!/usr/bin/env python3
"""TRL's GRPOTrainer with the settings of Configs/peer-trl-grpo.json, from the same checkpoint.

    pip install torch==2.13.0 trl==1.16.0 transformers==5.23.0 datasets==5.2.0
    Tests/Peers/trl_grpo.py [--steps 60] [--threads 1] [--seed 0]

Prints one JSON line: completions a second after the first 10 steps, and greedy success on the
512 pairs that the checkpoint was not taught. Seconds of evaluation are not counted.
"""
import argparse
import json
import os
import pathlib
import random
import tempfile
import time

arguments = argparse.ArgumentParser()
arguments.add_argument("--steps", type=int, default=60)
arguments.add_argument("--threads", type=int, default=1)
arguments.add_argument("--seed", type=int, default=0)
options = arguments.parse_args()
os.environ.update(
    HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", ACCELERATE_USE_CPU="true",
    CUDA_VISIBLE_DEVICES="", OMP_NUM_THREADS=str(options.threads))

import torch
from datasets import Dataset
from transformers import LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

torch.set_num_threads(options.threads)
root = pathlib.Path(__file__).resolve().parents[1] / "Fixtures/checkpoints/arith_sft"
held = [tuple(pair) for pair in json.loads((root / "heldout_pairs.json").read_text())["heldout"]]
taught = sorted({(a, b) for a in range(10, 100) for b in range(10, 100)} - set(held))
random.Random(options.seed).shuffle(taught)

tokenizer = PreTrainedTokenizerFast.from_pretrained(root)
tokenizer.padding_side = "left"
model = LlamaForCausalLM.from_pretrained(root, dtype="float32")
PROMPTS, GENERATIONS, WARM = 32, 8, 10


def success(pairs):
    prompts = tokenizer([f"{a}+{b}=" for a, b in pairs], return_tensors="pt",
                        return_token_type_ids=False)
    with torch.no_grad():
        tokens = model.generate(**prompts, max_new_tokens=5, do_sample=False)
    texts = tokenizer.batch_decode(tokens[:, prompts["input_ids"].shape[1]:])
    return sum(t.split("<eos>")[0] == str(a + b) for t, (a, b) in zip(texts, pairs)) / len(pairs)


def reward(completions, answer, **_):
    return [float(text == right) for text, right in zip(completions, answer)]


class Clock(TrainerCallback):
    """When each step ended."""

    def __init__(self):
        self.ends = []

    def on_step_end(self, *_, **__):
        self.ends.append(time.perf_counter())


clock = Clock()
trainer = GRPOTrainer(
    model=model, reward_funcs=reward, processing_class=tokenizer, callbacks=[clock],
    train_dataset=Dataset.from_list(
        [{"prompt": f"{a}+{b}=", "answer": str(a + b)} for a, b in taught]),
    args=GRPOConfig(
        output_dir=tempfile.mkdtemp(), use_cpu=True, bf16=False, seed=options.seed,
        gradient_checkpointing=False, per_device_train_batch_size=PROMPTS * GENERATIONS,
        gradient_accumulation_steps=1, num_generations=GENERATIONS, max_completion_length=16,
        temperature=1.0, beta=0.0, learning_rate=2e-4, lr_scheduler_type="linear",
        weight_decay=0.0, max_grad_norm=1.0, max_steps=options.steps, logging_strategy="no",
        save_strategy="no", report_to="none", disable_tqdm=True))
before = success(held)
trainer.train()
seconds = clock.ends[-1] - clock.ends[WARM - 1]
rate = (len(clock.ends) - WARM) * PROMPTS * GENERATIONS / seconds
print(json.dumps({"completions_per_second": rate, "before": before, "after": success(held)}))
