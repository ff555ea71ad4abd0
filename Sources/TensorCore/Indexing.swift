import Kernels

extension Tensor {
  /// Row `index` of `[R, C]`, as `[C]`.
  public func row(_ index: Int) -> Tensor {
    precondition(
      shape.rank == 2 && index >= 0 && index < shape[0], "row: \(index) of \(shape)")
    let width = shape[1]
    let c = FloatBuffer(count: width)
    c.copy(width, from: buffer, at: index * width, to: 0)
    let node = node
    return .recorded(.row, [width], c, inputs: [self]) { upstream in
      guard let node else { return }
      RowGather.scatterAdd(upstream, [Int32(index)], width: width, into: node.sum())
    }
  }

  /// The same elements as a vector.
  public var flattened: Tensor {
    let node = node
    return .recorded(.flatten, [count], buffer, inputs: [self]) { upstream in
      node?.absorb(upstream)
    }
  }

  /// `sums[id] = Σ x[i]` over the `i` with `ids[i] == id`, for `x` of `[M]`.
  public func segmentSums(_ ids: [Int32], count segments: Int) -> Tensor {
    precondition(shape == [ids.count], "segmentSums: \(shape) and \(ids.count) ids")
    for id in ids {
      precondition(id >= 0 && id < segments, "segmentSums: \(id) is not in 0..<\(segments)")
    }
    let c = FloatBuffer(zeros: segments)
    Reduction.addSegments(buffer, ids, into: c)
    let node = node
    return .recorded(.segmentSums, [segments], c, inputs: [self]) { upstream in
      guard let node else { return }
      let spread = FloatBuffer(count: ids.count)
      Reduction.gather(upstream, ids, into: spread)
      node.absorb(spread)
    }
  }

  /// `y[i] = x[ids[i]]`, for `x` of `[S]`.
  public func gathered(_ ids: [Int32]) -> Tensor {
    precondition(shape.rank == 1, "gathered: expected [S], found \(shape)")
    for id in ids { precondition(id >= 0 && id < count, "gathered: \(id) is not in 0..<\(count)") }
    let c = FloatBuffer(count: ids.count)
    Reduction.gather(buffer, ids, into: c)
    let node = node
    return .recorded(.gather, [ids.count], c, inputs: [self]) { upstream in
      if let node { Reduction.addSegments(upstream, ids, into: node.sum()) }
    }
  }
}
