import NeuralNetworks
import TensorCore

/// What a model says of each row of hidden states.
public enum ModelOutput: String, Sendable, Hashable {
  /// Logits of the next token.
  case logits
  /// Logits, and one number beside them: a policy that shares its trunk with a value function.
  case logitsAndValue
  /// One number: a reward model, or a value function on a trunk of its own.
  case score
}

/// The maps from hidden states to what a model says.
public struct OutputHeads: Sendable {
  /// `[V, D]`; absent where the output is a score.
  public let logits: Linear?
  /// `[1, D]`; absent where there are logits alone.
  public let scalar: Linear?

  /// `tied` is the embedding, where it is the head of the logits too.
  ///
  /// A value begins at 0 everywhere, so that the first advantages are the rewards'.
  public init(
    _ output: ModelOutput, width: Int, vocabulary: Int, tied: Tensor?, _ initializer: Initializer,
    _ scope: ParameterScope
  ) throws(ParameterError) {
    switch output {
    case .logits, .logitsAndValue:
      logits =
        if let tied { Linear(weight: tied) } else {
          try scope.head("lm_head", in: width, out: vocabulary, initializer)
        }
    case .score: logits = nil
    }
    switch output {
    case .logits: scalar = nil
    case .logitsAndValue: scalar = try scope.head("value_head", in: width, out: 1, .zeros)
    case .score: scalar = try scope.head("score", in: width, out: 1, .zeros)
    }
  }
}
