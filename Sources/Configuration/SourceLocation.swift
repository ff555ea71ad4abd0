/// Where a value was written, so that an error can point at it.
public struct SourceLocation: Sendable, Equatable, CustomStringConvertible {
  /// Who wrote the value: nobody (a default), a file, a preset, or a command-line argument.
  public enum Origin: Sendable, Equatable {
    case defaults
    case file(String)
    case preset(String)
    case commandLine(String)
  }

  public var origin: Origin
  /// Counted from 1; 0 where there is no text to point into.
  public var line: Int
  /// Counted in Unicode scalars from 1.
  public var column: Int

  public init(_ origin: Origin, line: Int = 0, column: Int = 0) {
    (self.origin, self.line, self.column) = (origin, line, column)
  }

  public init(file: String, line: Int, column: Int) {
    self.init(.file(file), line: line, column: column)
  }

  /// The location of values that no one wrote.
  public static let none = SourceLocation(.defaults)

  public var file: String {
    if case .file(let name) = origin { name } else { "" }
  }

  /// `file:line:column`, `command line: key=value`, `preset name`, or nothing.
  public var description: String {
    switch origin {
    case .defaults: ""
    case .file(let name):
      line == 0 ? name : name.isEmpty ? "\(line):\(column)" : "\(name):\(line):\(column)"
    case .preset(let name): "preset \(name)"
    case .commandLine(let argument): "command line: \(argument)"
    }
  }
}
