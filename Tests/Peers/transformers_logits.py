"""Opens a run's policy in transformers, unchanged, and compares it with rl. By hand, not in CI.

  pip install torch==2.13.0 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy
  python Tests/Peers/transformers_logits.py runs/grpo-arith [--rl .build/release/rl]

Token ids of random prompts, logits of all their positions, greedy completions, and then the held-out
success of the directory as transformers saves it again: everything that is not equal is printed.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import safetensors.torch
import torch
import transformers

PROMPTS = 64
TOLERANCE = 1e-4
NEW_TOKENS = 8


def rl(program: str, *arguments: str, text: str = "") -> str:
    done = subprocess.run(
        [program, *arguments], input=text, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(f"rl {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
    return done.stdout


def latest_checkpoint(path: pathlib.Path) -> pathlib.Path:
    return max((path / "checkpoints").glob("step-*")) if (path / "checkpoints").is_dir() else path


def random_prompts(program: str, tokenizer, longest: int, environment) -> list[str]:
    """Questions of the environment's test split, if there is one, and random tokens."""
    draw = random.Random(0)
    texts = []
    if environment:
        output = rl(program, "env", "sample", str(environment), "-n", str(PROMPTS // 2),
                    "--split", "test", "--json")
        texts = [problem["prompt"] for problem in json.loads(output)["problems"]]
    ids = [i for i in range(len(tokenizer)) if i not in tokenizer.all_special_ids]
    while len(texts) < PROMPTS:
        texts.append(tokenizer.decode(draw.choices(ids, k=draw.randint(1, longest))))
    return texts


def compare_tokens(program, directory, tokenizer, texts) -> tuple[list[list[int]], int]:
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    output = rl(program, "tokenize", "--tokenizer", str(directory), text=lines)
    ours = [json.loads(line)["ids"] for line in output.splitlines()]
    theirs = [tokenizer(text)["input_ids"] for text in texts]
    for text, a, b in zip(texts, ours, theirs):
        if a != b:
            print(f"ids of {text!r}: {a}, transformers {b}")
    return theirs, sum(a != b for a, b in zip(ours, theirs))


def compare_logits(program, directory, model, sequences) -> float:
    with tempfile.TemporaryDirectory() as folder:
        tokens, output = f"{folder}/tokens.json", f"{folder}/logits.safetensors"
        pathlib.Path(tokens).write_text(json.dumps(sequences), encoding="utf-8")
        rl(program, "logits", "--checkpoint", str(directory), "--tokens", tokens,
           "--output", output)
        ours = safetensors.torch.load_file(output)["logits"]
    with torch.no_grad():
        theirs = torch.cat([model(torch.tensor([ids])).logits[0] for ids in sequences])
    print(f"logits {tuple(theirs.shape)}, largest magnitude {theirs.abs().max().item():.2f}")
    return (ours - theirs).abs().max().item()


def compare_completions(program, directory, model, tokenizer, texts) -> int:
    output = rl(program, "sample", "--checkpoint", str(directory), "--json", "--temperature", "0",
                "--max-tokens", str(NEW_TOKENS), "--", *texts)
    differences = 0
    for text, line in zip(texts, output.splitlines(), strict=True):
        ours = json.loads(line)["tokens"]
        ids = torch.tensor([tokenizer(text)["input_ids"]])
        theirs = model.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=NEW_TOKENS, do_sample=False
        )[0, ids.shape[1]:].tolist()
        # A model directory names no stop but the end of the sequence: both go on after a newline.
        if ours != theirs:
            differences += 1
            print(f"greedy {text!r}: {ours}, transformers {theirs}")
    return differences


def compare_resaved(program, run, environment, model, tokenizer) -> bool:
    """The same success from the run and from what transformers writes of its policy."""
    if not environment:
        print("no environment beside the policy: the saved directory is not evaluated")
        return True
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        totals = []
        for directory in [str(run), folder]:
            report = rl(program, "eval", "--checkpoint", directory, "--environment",
                        str(environment), "--split", "test", "--json")
            totals.append(next(iter(json.loads(report)["environments"].values()))["total"])
    print(f"test success {totals[0]['success']}, saved again {totals[1]['success']}"
          f" on {totals[0]['n_items']} problems")
    return totals[0] == totals[1]


def main() -> bool:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--rl", default=".build/release/rl")
    options = parser.parse_args()
    checkpoint = latest_checkpoint(options.run)
    environment = checkpoint / "environment.json"
    if not environment.exists():
        environment = None
    directory = checkpoint / "models/policy" if environment else checkpoint
    print(f"torch {torch.__version__}, transformers {transformers.__version__}: {directory}")
    transformers.logging.set_verbosity_error()
    model, report = transformers.AutoModelForCausalLM.from_pretrained(
        str(directory), output_loading_info=True
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(str(directory))
    unexpected = {key: value for key, value in report.items() if value}
    if unexpected:
        print(f"loading: {unexpected}")
    longest = min(40, model.config.max_position_embeddings - NEW_TOKENS)
    texts = random_prompts(options.rl, tokenizer, longest, environment)
    sequences, ids = compare_tokens(options.rl, directory, tokenizer, texts)
    worst = compare_logits(options.rl, directory, model, sequences)
    completions = compare_completions(options.rl, directory, model, tokenizer, texts)
    same = compare_resaved(options.rl, options.run, environment, model, tokenizer)
    print(f"{len(texts)} prompts: {ids} with other ids, largest difference of logits {worst:.1e},"
          f" {completions} other greedy completions")
    return not unexpected and ids == 0 and worst <= TOLERANCE and completions == 0 and same


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
