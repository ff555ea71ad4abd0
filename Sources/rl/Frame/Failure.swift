import Configuration
import EnvironmentKit
import LanguageModels
import NeuralNetworks
import Platform
import PostTraining
import Tokenizers

/// Whatever went wrong, as it is shown: each complaint with its place, then what to do.
struct Failure: Error {
  struct Complaint {
    /// Where and what, on one line.
    var message: String
    /// The JSON pointer of the key to blame, if one is.
    var pointer: String?
    var location = ""
  }

  var code: ExitCode
  var complaints: [Complaint]
  var advice = ""
  /// Whether the command's help is the advice, where there is no other.
  var isAboutArguments = false

  init(_ code: ExitCode, _ message: String, advice: String = "") {
    (self.code, self.advice) = (code, advice)
    complaints = [Complaint(message: message)]
  }

  /// A command line that cannot be meant.
  static func usage(_ message: String, advice: String = "") -> Failure {
    var failure = Failure(.usage, message, advice: advice)
    failure.isAboutArguments = true
    return failure
  }
}

extension Failure {
  /// The one place where errors of all kinds get their words and exit code.
  init(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as ConfigError: self.init(configuration: [error])
    case let error as ConfigErrors: self.init(configuration: error.errors)
    case let error as JSONError: self.init(configuration: [ConfigError(error)])
    case let error as RunError:
      self.init(ExitCode(rawValue: error.exitCode) ?? .failure, error.description)
    case let error as LockError:
      if case .held = error {
        self.init(.occupied, error.description)
      } else {
        self.init(.failure, error.description)
      }
    case let error as DivergedError: self.init(.diverged, error.description)
    case let error as InterruptedError: self.init(.requeue, error.description)
    case let error as ModelDirectoryError: self.init(.checkpoint, error.description)
    case let error as ModelMismatch: self.init(.checkpoint, error.description)
    case let error as SafetensorsError: self.init(.checkpoint, error.description)
    case let error as ParameterError: self.init(.checkpoint, error.description)
    case let error as DataError: self.init(.usage, error.description)
    case let error as TokenizerError: self.init(.usage, error.description)
    case let error as PassAtKError: self.init(.usage, error.description)
    default: self.init(.failure, "\(error)")
    }
  }

  private init(configuration errors: [ConfigError]) {
    self.init(.usage, "")
    complaints = errors.map { error in
      Complaint(
        message: error.description, pointer: error.path.isEmpty ? nil : pointer(error.path),
        location: error.location)
    }
  }

  /// One line a complaint, for standard error. An interrupted run is no error.
  var text: String {
    complaints.map { code == .requeue ? $0.message : "error: \($0.message)" }
      .joined(separator: "\n")
  }

  /// `{"error": {"code", "message", "pointer"}}`, and `errors` where there are several.
  var json: JSON {
    var error: JSON = [
      "code": JSON(Int(code.rawValue)),
      "message": JSON(complaints.map(\.message).joined(separator: "\n")),
      "pointer": pointerJSON(complaints[0]),
    ]
    if complaints.count > 1 {
      error["errors"] = JSON(
        complaints.map { complaint in
          [
            "message": JSON(complaint.message), "pointer": pointerJSON(complaint),
            "location": JSON(complaint.location),
          ] as JSON
        })
    }
    return ["error": error]
  }

  private func pointerJSON(_ complaint: Complaint) -> JSON {
    complaint.pointer.map { JSON($0) } ?? JSON(.null)
  }
}

extension Console {
  /// Shows what went wrong where whoever reads this console looks for it.
  func report(_ failure: Failure) {
    if isJSON {
      output(failure.json)
    } else {
      complain(failure.text, .failure)
      if !failure.advice.isEmpty { complain(failure.advice) }
    }
  }
}

/// `a.b[0].c` as RFC 6901 writes it: `/a/b/0/c`.
private func pointer(_ path: String) -> String {
  path.split { $0 == "." || $0 == "[" }.map { part in
    let name = part.hasSuffix("]") ? part.dropLast() : part
    return "/" + name.replacing("~", with: "~0").replacing("/", with: "~1")
  }.joined()
}
