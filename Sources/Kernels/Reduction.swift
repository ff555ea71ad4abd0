import Vectors

/// Sums in one fixed order, whatever the number of threads.
public enum Reduction {
  /// The sum in `Double`, element after element.
  public static func sum(_ a: FloatBuffer) -> Double {
    var total = 0.0
    for index in 0..<a.count { total += Double(a.pointer[index]) }
    return total
  }

  /// `Σ aᵢ²` in `Double`: eight lanes, then the lanes in order.
  public static func sumOfSquares(_ a: FloatBuffer) -> Double {
    var total = SIMD8<Double>.zero
    let whole = a.count & ~7
    var index = 0
    while index < whole {
      let eight = UnsafeRawPointer(a.pointer + index).loadUnaligned(as: SIMD8<Float>.self)
      let value = SIMD8<Double>(eight)
      total = total.addingProduct(value, value)
      index &+= 8
    }
    while index < a.count {
      let value = Double(a.pointer[index])
      total[index & 7] += value * value
      index &+= 1
    }
    return (0..<8).reduce(0.0) { $0 + total[$1] }
  }

  /// The first element that is not finite, if any.
  public static func firstNonFinite(_ a: FloatBuffer) -> Int? {
    // x − x is 0 for finite x and NaN otherwise, so the common case is one pass of vectors.
    var differences = Vector.zero
    var index = 0
    let whole = a.count & ~15
    while index < whole {
      let value = load(a.source + index)
      differences += value - value
      index &+= lanes
    }
    let suspicious = Vectors.sum(differences) != 0
    guard suspicious || whole < a.count else { return nil }
    return (0..<a.count).first { !a.pointer[$0].isFinite }
  }

  /// `sums[id] += a[i]` in rising `i`.
  public static func addSegments(_ a: FloatBuffer, _ ids: [Int32], into sums: FloatBuffer) {
    for (index, id) in ids.enumerated() { sums.pointer[Int(id)] += a.pointer[index] }
  }

  /// `c[i] = a[ids[i]]`.
  public static func gather(_ a: FloatBuffer, _ ids: [Int32], into c: FloatBuffer) {
    for (index, id) in ids.enumerated() { c.pointer[index] = a.pointer[Int(id)] }
  }

  /// `sums[D] += Σ rows of a`: one chain over the rows for each column.
  public static func addColumnSums(_ a: FloatBuffer, rows: Int, width: Int, into sums: FloatBuffer)
  {
    forEachColumn(width) { column, count in
      var total = load(sums.source + column, first: count)
      for row in 0..<rows { total += load(a.source + (row &* width &+ column), first: count) }
      store(total, sums.pointer + column, first: count)
    }
  }

  /// Fills every row of `y` with `row`.
  public static func broadcast(_ row: FloatBuffer, rows: Int, width: Int, into y: FloatBuffer) {
    for index in 0..<rows {
      y.pointer.advanced(by: index &* width).update(from: row.pointer, count: width)
    }
  }
}
