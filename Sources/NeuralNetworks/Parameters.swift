import TensorCore

/// Named weights of one model. A copy is a snapshot that shares memory until either side changes.
public struct Parameters: Sendable {
  /// In byte order, so that a sum over weights is the same for fresh and for loaded ones.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  public init() {}

  public subscript(name: String) -> Tensor? {
    get { tensors[name] }
    set {
      if let newValue {
        if tensors.updateValue(newValue, forKey: name) == nil { insert(name) }
      } else if tensors.removeValue(forKey: name) != nil {
        names.removeAll { $0 == name }
      }
    }
    _modify {
      // Moved out and back, so that a write in place finds the tensor's memory unshared.
      var tensor = tensors.removeValue(forKey: name)
      let wasAbsent = tensor == nil
      defer {
        if let tensor {
          tensors[name] = tensor
          if wasAbsent { insert(name) }
        } else if !wasAbsent {
          names.removeAll { $0 == name }
        }
      }
      yield &tensor
    }
  }

  private mutating func insert(_ name: String) {
    let place = names.firstIndex { name.utf8.lexicographicallyPrecedes($0.utf8) }
    names.insert(name, at: place ?? names.count)
  }

  /// How many numbers there are in all.
  public var count: Int { names.reduce(0) { $0 + (tensors[$1]?.count ?? 0) } }

  /// The first name, in order, whose tensor holds a number that is not finite.
  public var firstNonFinite: String? { names.first { tensors[$0]?.firstNonFinite != nil } }

  /// Whether both hold the same names with the same bits.
  public func isIdentical(to other: Parameters) -> Bool {
    Set(names) == Set(other.names)
      && names.allSatisfy { name in
        guard let a = tensors[name], let b = other.tensors[name] else { return false }
        return a.isIdentical(to: b)
      }
  }
}

/// A weight that a model asked for and could not have.
public enum ParameterError: Error, CustomStringConvertible, Sendable {
  case missing(String)
  case shapeMismatch(name: String, expected: Shape, found: Shape)

  public var description: String {
    switch self {
    case .missing(let name): "weight \(name) is missing"
    case .shapeMismatch(let name, let expected, let found):
      "weight \(name): expected shape \(expected), found \(found)"
    }
  }
}
