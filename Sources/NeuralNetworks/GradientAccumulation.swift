import TensorCore

/// Evaluates `body` on watched weights and adds the gradient of its loss to `gradients`.
///
/// Nothing is recorded outside this call, so inference needs no "no-gradient" mode. Micro-batches
/// are passed one after another: each weight's sum goes on where the last one left it. Parallelism
/// is inside the operations.
public func accumulateGradients<Report>(
  of weights: Weights, trainable: [Role: Trainable], into gradients: inout Weights,
  _ body: (Weights) throws -> (loss: Tensor, report: Report)
) rethrows -> Report {
  var watched = weights
  for (role, choice) in trainable {
    guard let parameters = weights[role] else { continue }
    if gradients[role] == nil { gradients[role] = Parameters() }
    for name in parameters.names where choice.includes(name) {
      guard let weight = parameters[name] else { continue }
      if gradients[role]?[name] == nil { gradients[role]?[name] = .zeros(weight.shape) }
      gradients[role]?[name].watch(weight) { watched[role]?[name] = $0 }
    }
  }
  let (loss, report) = try body(watched)
  loss.backward()
  return report
}

extension Tensor? {
  /// Hands on `weight`, watched, with this tensor as its accumulator.
  fileprivate mutating func watch(_ weight: Tensor, _ use: (Tensor) -> Void) {
    guard var gradient = self else { return }
    self = nil  // so that the accumulator is written in place
    use(weight.watched(addingTo: &gradient))
    self = gradient
  }
}
