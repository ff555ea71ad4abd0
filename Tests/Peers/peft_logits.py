"""Opens a run's adapter in PEFT, unchanged, and compares it with rl. By hand, not in CI.

  pip install torch==2.13.0 transformers==5.23.0 peft==0.21.2 safetensors==0.8.0
  python Tests/Peers/peft_logits.py runs/lora-grpo [--rl .build/release/rl]

Logits of random sequences from rl with the adapter, from what rl merge makes of it, from PEFT with
the adapter and from what PEFT merges; then what PEFT saves is put beside the base and opened by rl.
"""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

import peft
import safetensors.torch
import torch
import transformers

LIMIT = 1e-3


def rl(program: str, *arguments: str) -> None:
    done = subprocess.run([program, *arguments], capture_output=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        sys.exit(f"rl {' '.join(arguments)}: exit {done.returncode}: {done.stderr}")


def main() -> bool:
    parser = argparse.ArgumentParser()
    parser.add_argument("run", type=pathlib.Path)
    parser.add_argument("--rl", default=".build/release/rl")
    options = parser.parse_args()
    base = max((options.run / "checkpoints").glob("step-*")) / "models" / "policy"
    plain = transformers.AutoModelForCausalLM.from_pretrained(base)
    vocabulary = plain.config.vocab_size
    draw = random.Random(0)
    sequences = [draw.choices(range(vocabulary), k=draw.randint(1, 24)) for _ in range(64)]

    def torch_logits(model) -> torch.Tensor:
        with torch.no_grad():
            return torch.cat([model(torch.tensor([ids])).logits[0] for ids in sequences])

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "tokens.json").write_text(json.dumps(sequences), encoding="utf-8")

        def rl_logits(directory: pathlib.Path) -> torch.Tensor:
            output = str(folder / "logits.safetensors")
            rl(options.rl, "logits", "--checkpoint", str(directory),
               "--tokens", str(folder / "tokens.json"), "--output", output)
            return safetensors.torch.load_file(output)["logits"]

        without = torch_logits(plain)
        adapted = peft.PeftModel.from_pretrained(plain, base / "adapter")
        expected = torch_logits(adapted)
        found = {"rl, adapter": rl_logits(options.run)}
        rl(options.rl, "merge", "--checkpoint", str(options.run), "--output", str(folder / "merged"))
        found["rl, merged"] = rl_logits(folder / "merged")
        found["transformers, merged by rl"] = torch_logits(
            transformers.AutoModelForCausalLM.from_pretrained(folder / "merged"))
        shutil.copytree(base, folder / "again", ignore=shutil.ignore_patterns("adapter"))
        adapted.save_pretrained(folder / "again" / "adapter")
        found["rl, adapter saved by PEFT"] = rl_logits(folder / "again")
        found["PEFT, merged by PEFT"] = torch_logits(adapted.merge_and_unload())
    print(f"logits {tuple(expected.shape)}, the adapter moves them by up to "
          f"{(expected - without).abs().max().item():.2f}")
    worst = {what: (logits - expected).abs().max().item() for what, logits in found.items()}
    for what, difference in worst.items():
        print(f"{what}: {difference:.2e} from PEFT with the adapter")
    return all(difference < LIMIT for difference in worst.values())


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
