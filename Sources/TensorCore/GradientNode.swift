import Kernels

/// One recorded operation, or a watched weight. Its pullback adds into its inputs' accumulators, so
/// that a weight's gradient is one chain of additions over all rows of a step, however it was split.
final class GradientNode: @unchecked Sendable {  // confined to one reverse walk
  let operation: Operation?
  let inputs: [GradientNode]
  private let count: Int
  private var accumulator: FloatBuffer?
  private var pullback: ((FloatBuffer) -> Void)?

  init(
    _ operation: Operation, count: Int, inputs: [GradientNode],
    pullback: @escaping (FloatBuffer) -> Void
  ) {
    (self.operation, self.count, self.inputs) = (operation, count, inputs)
    self.pullback = pullback
  }

  /// A watched leaf, whose gradient continues `accumulator`.
  init(into accumulator: FloatBuffer) {
    (operation, inputs, count) = (nil, [], accumulator.count)
    self.accumulator = accumulator
  }

  /// The accumulator, and whether it already holds a sum to continue; else it must be written.
  func next() -> (buffer: FloatBuffer, accumulate: Bool) {
    if let accumulator { return (accumulator, true) }
    let fresh = FloatBuffer(count: count)
    accumulator = fresh
    return (fresh, false)
  }

  /// The accumulator, zeroed when new: for kernels that only add.
  func sum() -> FloatBuffer {
    if let accumulator { return accumulator }
    let fresh = FloatBuffer(zeros: count)
    accumulator = fresh
    return fresh
  }

  /// Adds a gradient that nobody will read again: the first one is taken over as it is.
  func absorb(_ gradient: FloatBuffer) {
    if let accumulator {
      Elementwise.add(accumulator, gradient, into: accumulator)
    } else {
      accumulator = gradient
    }
  }

  /// Runs the pullback once, and frees what only it needed.
  func run() {
    guard let pullback, let upstream = accumulator else { return }
    accumulator = nil
    self.pullback = nil
    pullback(upstream)
  }
}

/// Walks from `root` to the watched leaves, every node after all that read it.
///
/// The order is a function of the graph alone (reverse postorder, inputs in order), so sums over
/// several readers of one tensor are reproducible.
func backpropagate(from root: GradientNode, upstream: FloatBuffer) {
  var visited = Set<ObjectIdentifier>()
  var order: [GradientNode] = []
  var stack: [(node: GradientNode, next: Int)] = [(root, 0)]
  visited.insert(ObjectIdentifier(root))
  while let (node, next) = stack.last {
    if next < node.inputs.count {
      stack[stack.count - 1].next += 1
      let input = node.inputs[next]
      if visited.insert(ObjectIdentifier(input)).inserted { stack.append((input, 0)) }
    } else {
      order.append(node)
      stack.removeLast()
    }
  }
  root.absorb(upstream)
  for node in order.reversed() { node.run() }
}

extension Tensor {
  /// An operation's result; recorded if and only if an operand carries a node.
  static func recorded(
    _ operation: Operation, _ shape: Shape, _ buffer: FloatBuffer, inputs: [Tensor],
    pullback: @escaping (FloatBuffer) -> Void
  ) -> Tensor {
    let nodes = inputs.compactMap(\.node)
    if nodes.isEmpty { return Tensor(shape, buffer) }
    let node = GradientNode(operation, count: shape.count, inputs: nodes, pullback: pullback)
    return Tensor(shape, buffer, node: node)
  }
}
