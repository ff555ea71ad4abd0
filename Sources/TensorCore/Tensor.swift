import Kernels
import Randomness

/// A contiguous, row-major array of `Float`. A value: no operation changes its operands.
public struct Tensor: Sendable {
  public let shape: Shape
  var buffer: FloatBuffer
  /// Present where a watched weight is upstream; only `accumulateGradients` hands out the first.
  let node: GradientNode?

  init(_ shape: Shape, _ buffer: FloatBuffer, node: GradientNode? = nil) {
    precondition(shape.count == buffer.count, "Tensor: \(shape) and \(buffer.count) values differ")
    (self.shape, self.buffer, self.node) = (shape, buffer, node)
  }

  /// A tensor of row-major values.
  public init(_ values: [Float], shape: Shape) { self.init(shape, FloatBuffer(values)) }

  /// A vector `[M]`.
  public init(_ values: [Float]) { self.init(values, shape: [values.count]) }

  /// A scalar.
  public init(_ value: Float) { self.init([value], shape: []) }

  public static func zeros(_ shape: Shape) -> Tensor {
    Tensor(shape, FloatBuffer(zeros: shape.count))
  }

  public static func filled(_ shape: Shape, with value: Float) -> Tensor {
    Tensor([Float](repeating: value, count: shape.count), shape: shape)
  }

  /// Normal draws with mean 0.
  public static func normal(
    _ shape: Shape, standardDeviation: Float, using random: inout RandomStream
  ) -> Tensor {
    var values = [Float](repeating: 0, count: shape.count)
    for index in values.indices {
      values[index] = Float(Double(standardDeviation) * random.normal())
    }
    return Tensor(values, shape: shape)
  }

  /// Uniform draws from `-bound..<bound`.
  public static func uniform(
    _ shape: Shape, bound: Float, using random: inout RandomStream
  ) -> Tensor {
    var values = [Float](repeating: 0, count: shape.count)
    for index in values.indices {
      values[index] = Float(Double(bound) * (2 * random.uniform() - 1))
    }
    return Tensor(values, shape: shape)
  }

  /// Reads a checkpoint's little-endian numbers.
  public init(shape: Shape, littleEndian bytes: ArraySlice<UInt8>, as type: StoredFloat) {
    precondition(
      bytes.count == shape.count * type.format.size,
      "Tensor: \(shape) of \(type.rawValue) and \(bytes.count) bytes differ")
    self.init(shape, FloatBuffer(littleEndian: bytes, as: type.format))
  }

  /// The values as little-endian F32.
  public var littleEndianBytes: [UInt8] { buffer.littleEndianBytes }

  public var count: Int { shape.count }
  public var values: [Float] { buffer.values }

  /// The value of a tensor of one element.
  public var value: Float {
    precondition(count == 1, "value: expected one element, found \(shape)")
    return buffer[0]
  }

  /// The same values, upstream of which no gradient flows.
  public var detached: Tensor { Tensor(shape, buffer) }

  /// `Σ x²` in `Double`, in one fixed order.
  public var sumOfSquares: Double { Reduction.sumOfSquares(buffer) }

  /// The first index whose value is not finite, if any.
  public var firstNonFinite: Int? { Reduction.firstNonFinite(buffer) }

  /// Whether both have the same shape and the same bits.
  public func isIdentical(to other: Tensor) -> Bool {
    shape == other.shape
      && (buffer.isSame(as: other.buffer)
        || zip(values, other.values).allSatisfy { $0.bitPattern == $1.bitPattern })
  }

  /// The buffer for writing in place: copied first when other tensors share it.
  mutating func writableBuffer() -> FloatBuffer {
    if !isKnownUniquelyReferenced(&buffer) { buffer = buffer.copy() }
    return buffer
  }
}
