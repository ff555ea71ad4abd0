import Configuration

/// A part that a file chooses by name and builds from its own block.
public protocol Component: Sendable {
  associatedtype Config: ConfigBlock
  /// The `type` that chooses it.
  static var name: String { get }
  init(_ config: Config) throws(ConfigError)
}

/// A catalog's entries from its list of types.
func catalogEntries(
  _ types: [any Component.Type]
) -> [(name: String, block: any ConfigBlock.Type)] {
  func block<Part: Component>(of type: Part.Type) -> any ConfigBlock.Type { Part.Config.self }
  return types.map { ($0.name, block(of: $0)) }
}

extension Variant {
  /// Builds the chosen component. A variant only ever holds a name and a block of its catalog.
  func make<Product>(from types: [any Component.Type]) throws(ConfigError) -> Product {
    func open<Part: Component>(_ type: Part.Type) throws(ConfigError) -> any Component {
      guard let config = block as? Part.Config else {
        preconditionFailure("\(type): a block of type \(Swift.type(of: block))")
      }
      return try Part(config)
    }
    guard let found = types.first(where: { $0.name == type }),
      let product = try open(found) as? Product
    else { preconditionFailure("\(Catalog.self): no \(Product.self) called \"\(type)\"") }
    return product
  }
}
