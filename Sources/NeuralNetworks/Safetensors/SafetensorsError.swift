/// A refusal of a safetensors file: which rule of the format, at which tensor, and why.
public struct SafetensorsError: Error, CustomStringConvertible, Sendable {
  /// The rules in the order in which they are checked.
  public enum Rule: Sendable, Equatable {
    case headerTooSmall, headerTooLarge, headerLength, headerText, headerContent
    case offsets, sizeOverflow, partialByte, size, fileLength
    /// A tensor, or a file of the index, that is asked for and is not there or is there twice.
    case missing, duplicate
    /// A type of the format that no tensor of ours can hold.
    case unsupportedType
  }

  public var rule: Rule
  public var file: String
  /// Empty where no single tensor is to blame.
  public var tensor: String
  public var reason: String

  init(_ rule: Rule, file: String, tensor: String = "", _ reason: String) {
    (self.rule, self.file, self.tensor, self.reason) = (rule, file, tensor, reason)
  }

  public var description: String {
    let place = file.isEmpty ? "safetensors" : file
    return tensor.isEmpty ? "\(place): \(reason)" : "\(place): tensor \(tensor): \(reason)"
  }
}
