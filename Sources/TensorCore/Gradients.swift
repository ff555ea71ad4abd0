import Kernels

extension Tensor {
  /// The same values as a watched weight, whose gradient is added to `gradient` by `backward`.
  ///
  /// `gradient` must be of the same shape and shared with nobody: it is written in place.
  package func watched(addingTo gradient: inout Tensor) -> Tensor {
    precondition(shape == gradient.shape, "watched: \(shape) and \(gradient.shape) differ")
    return Tensor(shape, buffer, node: GradientNode(into: gradient.writableBuffer()))
  }

  /// Adds the gradient of this scalar to every watched weight upstream.
  package func backward() {
    precondition(count == 1, "backward: expected a scalar, found \(shape)")
    guard let node else { return }
    backpropagate(from: node, upstream: FloatBuffer([1]))
  }
}

/// The gradient of the scalar `body(x)` by `x`.
public func gradient(of x: Tensor, _ body: (Tensor) throws -> Tensor) rethrows -> Tensor {
  var sum = Tensor.zeros(x.shape)
  let loss = try body(x.watched(addingTo: &sum))
  loss.backward()
  return sum
}

/// Runs `body` without keeping what it records; the reverse walk runs it again, with the same bits.
///
/// Trades a second forward for the memory of `body`'s intermediate results. `body` may use `x` and
/// weights; another recorded result would be walked twice, so it must not.
public func recomputed(_ x: Tensor, _ body: @escaping @Sendable (Tensor) -> Tensor) -> Tensor {
  let result = body(x)
  guard let node = result.node else { return result }
  // The graph of the first run is dropped here; its weights are met again in the second.
  let weights = node.leaves.filter { $0 !== x.node }
  let inputs = (x.node.map { [$0] } ?? []) + weights
  let input = x.detached
  let target = x.node
  let recomputing = GradientNode(.recomputed, count: result.count, inputs: inputs) { upstream in
    var sum = FloatBuffer(zeros: 0)
    var start = input
    if let target {
      sum = target.sum()
      start = Tensor(input.shape, input.buffer, node: GradientNode(into: sum))
    }
    guard let again = body(start).node else { return }
    backpropagate(from: again, upstream: upstream)
  }
  return Tensor(result.shape, result.buffer, node: recomputing)
}

extension GradientNode {
  /// The watched weights upstream.
  fileprivate var leaves: [GradientNode] {
    var visited = Set<ObjectIdentifier>()
    var found: [GradientNode] = []
    var stack = [self]
    while let node = stack.popLast() {
      guard visited.insert(ObjectIdentifier(node)).inserted else { continue }
      if node.operation == nil { found.append(node) }
      stack.append(contentsOf: node.inputs)
    }
    return found
  }
}
