import Foundation
import Platform

/// Runs `body` in a new directory, which is removed afterwards.
func inTemporaryDirectory<Result>(_ body: (String) throws -> Result) throws -> Result {
  let path = "\(NSTemporaryDirectory())/runs-\(UUID().uuidString)"
  try LocalFileSystem().createDirectories(path)
  defer { try? LocalFileSystem().removeAll(path) }
  return try body(path)
}

/// A small checkpoint whose content tells its step.
func exampleFiles(_ step: Int) -> [(path: String, bytes: [UInt8])] {
  [
    ("trainer.json", Array("{\"step\":\(step)}".utf8)),
    ("models/policy/model.safetensors", [UInt8](repeating: UInt8(step & 255), count: 1000)),
    ("optimizer/policy.safetensors", [UInt8](repeating: UInt8((step >> 1) & 255), count: 700)),
  ]
}
