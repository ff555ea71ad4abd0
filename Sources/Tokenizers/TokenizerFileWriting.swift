import Configuration

/// The parts that every `tokenizer.json` of ours shares.
func tokenizerFile(
  _ special: SpecialTokens, preTokenizer: JSON, decoder: JSON, model: JSON
) -> JSON {
  let added = special.tokens.map { token -> JSON in
    [
      "id": JSON(Int(token.id)), "content": JSON(token.name), "single_word": false,
      "lstrip": false, "rstrip": false, "normalized": false, "special": JSON(token.isSpecial),
    ]
  }
  return [
    "version": "1.0", "truncation": .null, "padding": .null, "added_tokens": JSON(added),
    "normalizer": .null, "pre_tokenizer": preTokenizer, "post_processor": template(special),
    "decoder": decoder, "model": model,
  ]
}

/// Puts the prefix before each sequence, as `encodePrompt` does.
private func template(_ special: SpecialTokens) -> JSON {
  let prefix = special.prefix.compactMap { special.token($0) }
  guard !prefix.isEmpty else { return .null }
  func sequence(_ name: String, _ type: Int) -> JSON {
    ["Sequence": ["id": JSON(name), "type_id": JSON(type)]]
  }
  let starts = prefix.map { ["SpecialToken": ["id": JSON($0.name), "type_id": 0]] as JSON }
  var listed = Set<Int32>()  // a prefix may have a token twice
  let distinct = prefix.filter { listed.insert($0.id).inserted }
  let tokens = distinct.map { token -> (key: String, value: JSON) in
    (
      token.name,
      ["id": JSON(token.name), "ids": [JSON(Int(token.id))], "tokens": [JSON(token.name)]]
    )
  }
  return [
    "type": "TemplateProcessing", "single": JSON(starts + [sequence("A", 0)]),
    "pair": JSON(starts + [sequence("A", 0), sequence("B", 1)]),
    "special_tokens": JSON(members: tokens),
  ]
}

extension Tokenizer {
  /// The contents of `tokenizer_config.json`: which special token has which role.
  public func configuration(maximumLength: Int) -> JSON {
    var json: JSON = [
      "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false,
      "model_max_length": JSON(maximumLength),
    ]
    let special = specialTokens
    let roles = [
      ("pad_token", special.pad), ("eos_token", special.eos), ("bos_token", special.bos),
    ]
    for (role, id) in roles {
      if let name = special.name(of: id) { json[role] = JSON(name) }
    }
    return json
  }
}
