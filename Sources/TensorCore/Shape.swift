/// The extent of each dimension, outermost first; empty for a scalar.
public struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  public let dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
  public init(arrayLiteral elements: Int...) { dimensions = elements }

  public var count: Int { dimensions.reduce(1, *) }
  public var rank: Int { dimensions.count }
  public subscript(index: Int) -> Int { dimensions[index] }
  public var description: String { "[\(dimensions.map(String.init).joined(separator: ", "))]" }
}
