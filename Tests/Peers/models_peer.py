"""Opens model directories in transformers and compares logits with ours. By hand, not in CI.

  RL_PEER_DIRECTORY=/tmp/peers swift test --filter ModelPeerFilesTests
  pip install torch transformers==5.23.0 safetensors
  python Tests/Peers/models_peer.py /tmp/peers

A directory holds a model and `logits.json`: a list of {"tokens": [...], "logits": [...]}, the
logits of every position end to end.
"""

import json
import pathlib
import sys
import warnings

import torch
import transformers

TOLERANCE = 1e-4


def check(directory: pathlib.Path) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, report = transformers.AutoModelForCausalLM.from_pretrained(
            str(directory), output_loading_info=True
        )
    unexpected = {key: value for key, value in report.items() if value}
    worst = 0.0
    for entry in json.loads((directory / "logits.json").read_text(encoding="utf-8")):
        with torch.no_grad():
            theirs = model(torch.tensor([entry["tokens"]])).logits[0]
        ours = torch.tensor(entry["logits"]).reshape(theirs.shape)
        worst = max(worst, (theirs - ours).abs().max().item())
    rope = model.config.rope_parameters
    print(f"{directory.name}: {model.dtype}, {rope}, largest difference {worst:.1e}, {unexpected}")
    return worst <= TOLERANCE and not unexpected


if __name__ == "__main__":
    print(f"torch {torch.__version__}, transformers {transformers.__version__}")
    folders = sorted(p.parent for p in pathlib.Path(sys.argv[1]).glob("*/logits.json"))
    results = [check(folder) for folder in folders]
    sys.exit(0 if results and all(results) else 1)
