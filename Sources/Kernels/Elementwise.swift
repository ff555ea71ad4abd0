import Vectors

/// Elementwise loops over whole buffers; a last vector may run into a buffer's padding.
public enum Elementwise {
  /// `c = a + b`; `c` may be `a`.
  public static func add(_ a: FloatBuffer, _ b: FloatBuffer, into c: FloatBuffer) {
    map(a, b, c) { $0 + $1 }
  }

  /// `c = a − b`.
  public static func subtract(_ a: FloatBuffer, _ b: FloatBuffer, into c: FloatBuffer) {
    map(a, b, c) { $0 - $1 }
  }

  /// `c = a · b`.
  public static func multiply(_ a: FloatBuffer, _ b: FloatBuffer, into c: FloatBuffer) {
    map(a, b, c) { $0 * $1 }
  }

  /// `c = a / b`.
  public static func divide(_ a: FloatBuffer, _ b: FloatBuffer, into c: FloatBuffer) {
    map(a, b, c) { $0 / $1 }
  }

  /// `c = √a`.
  public static func squareRoots(of a: FloatBuffer, into c: FloatBuffer) {
    map(a, a, c) { value, _ in squareRoot(value) }
  }

  /// `c = c + a · b`, rounded once.
  public static func addProduct(_ a: FloatBuffer, _ b: FloatBuffer, to c: FloatBuffer) {
    let sum = c.source
    map3(a, b, sum, c) { fused($0, $1, $2) }
  }

  /// `c = a + scale · b`, rounded once; `c` may be `a`.
  public static func addScaled(
    _ a: FloatBuffer, _ b: FloatBuffer, _ scale: Float, into c: FloatBuffer
  ) {
    map(a, b, c) { fused(splat(scale), $1, $0) }
  }

  /// `c = scale · a + offset`, rounded once.
  public static func affine(
    _ a: FloatBuffer, scale: Float, offset: Float, into c: FloatBuffer
  ) {
    map(a, a, c) { value, _ in fused(splat(scale), value, splat(offset)) }
  }

  /// `c = eᵃ`.
  public static func exponentials(of a: FloatBuffer, into c: FloatBuffer) {
    map(a, a, c) { value, _ in exponential(value) }
  }

  /// `c = min(a, b)`.
  public static func minimum(_ a: FloatBuffer, _ b: FloatBuffer, into c: FloatBuffer) {
    map(a, b, c) { smaller($0, $1) }
  }

  /// `c = c + a` where `x ≤ y`: the first operand of a minimum, which also takes the ties.
  public static func addWhere(
    _ x: FloatBuffer, isAtMost y: FloatBuffer, _ a: FloatBuffer, to c: FloatBuffer
  ) {
    let (x, y) = (x.source, y.source)
    forEachVector(c.count) { i in
      let kept = Vector.zero.replacing(with: load(a.source + i), where: load(x + i) .<= load(y + i))
      store(load(c.pointer + i) + kept, c.pointer + i)
    }
  }

  /// `c = c + a` where `x > y`.
  public static func addWhere(
    _ x: FloatBuffer, exceeds y: FloatBuffer, _ a: FloatBuffer, to c: FloatBuffer
  ) {
    let (x, y) = (x.source, y.source)
    forEachVector(c.count) { i in
      let kept = Vector.zero.replacing(with: load(a.source + i), where: load(x + i) .> load(y + i))
      store(load(c.pointer + i) + kept, c.pointer + i)
    }
  }

  /// `c = min(max(a, low), high)`.
  public static func clamp(
    _ a: FloatBuffer, low: Float, high: Float, into c: FloatBuffer
  ) {
    map(a, a, c) { value, _ in smaller(larger(value, splat(low)), splat(high)) }
  }

  /// `c = c + a` where `low ≤ x ≤ high`.
  public static func addWhere(
    _ x: FloatBuffer, isIn range: ClosedRange<Float>, _ a: FloatBuffer, to c: FloatBuffer
  ) {
    let (low, high) = (splat(range.lowerBound), splat(range.upperBound))
    forEachVector(c.count) { i in
      let value = load(x.source + i)
      let inside = (value .>= low) .& (value .<= high)
      let kept = Vector.zero.replacing(with: load(a.source + i), where: inside)
      store(load(c.pointer + i) + kept, c.pointer + i)
    }
  }

  /// `c = c + value` in every element.
  public static func addConstant(_ value: Float, to c: FloatBuffer) {
    map(c, c, c) { element, _ in element + splat(value) }
  }

  @inline(always) static func map(
    _ a: FloatBuffer, _ b: FloatBuffer, _ c: FloatBuffer, _ body: (Vector, Vector) -> Vector
  ) {
    map3(a, b, a.source, c) { x, y, _ in body(x, y) }
  }

  @inline(always) static func map3(
    _ a: FloatBuffer, _ b: FloatBuffer, _ extra: Source, _ c: FloatBuffer,
    _ body: (Vector, Vector, Vector) -> Vector
  ) {
    let (a, b, target) = (a.source, b.source, c.pointer)
    forEachVector(c.count) { i in
      store(body(load(a + i), load(b + i), load(extra + i)), target + i)
    }
  }

  @inline(always) private static func forEachVector(_ count: Int, _ body: (Int) -> Void) {
    let block = 16_384  // larger than a chunk's cost by far
    Engine.shared.run((count &+ block &- 1) / block) { chunk in
      var index = chunk &* block
      let end = min(count, index &+ block)
      while index < end {
        body(index)
        index &+= lanes
      }
    }
  }
}
