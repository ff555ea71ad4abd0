"""Opens the tokenizers that PeerFilesTests wrote and compares ids and texts. By hand, not in CI.

  RL_PEER_DIRECTORY=/tmp/peers swift test --filter PeerFilesTests
  pip install tokenizers==0.23.3 transformers
  python Tests/Peers/tokenizers_peer.py /tmp/peers
"""

import json
import pathlib
import sys

import tokenizers
import transformers


def check(directory: pathlib.Path) -> int:
    plain = tokenizers.Tokenizer.from_file(str(directory / "tokenizer.json"))
    auto = transformers.AutoTokenizer.from_pretrained(str(directory))
    failures = 0
    golden = json.loads((directory / "golden.json").read_text(encoding="utf-8"))
    for entry in golden:
        text, ids = entry["text"], entry["ids"]
        found = {
            "tokenizers ids": (plain.encode(text).ids, ids),
            "transformers ids": (auto(text)["input_ids"], ids),
            "tokenizers text": (plain.decode(ids), entry["decoded"]),
            "transformers text": (auto.decode(ids, skip_special_tokens=True), entry["decoded"]),
        }
        for what, (theirs, ours) in found.items():
            if theirs != ours:
                failures += 1
                print(f"{directory.name}: {what} of {text!r}: {theirs!r}, ours {ours!r}")
    config = json.loads((directory / "tokenizer_config.json").read_text(encoding="utf-8"))
    for role in ["pad_token", "eos_token", "bos_token"]:
        if getattr(auto, role) != config.get(role):
            failures += 1
            print(f"{directory.name}: {role} is {getattr(auto, role)!r}")
    print(f"{directory.name}: {len(golden)} strings, {len(auto)} tokens, {failures} differences")
    return failures


if __name__ == "__main__":
    print(f"tokenizers {tokenizers.__version__}, transformers {transformers.__version__}")
    folders = sorted(p.parent for p in pathlib.Path(sys.argv[1]).glob("*/golden.json"))
    sys.exit(1 if not folders or sum(check(folder) for folder in folders) else 0)
