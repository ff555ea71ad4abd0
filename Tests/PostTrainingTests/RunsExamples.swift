import Foundation
import Platform

/// A small checkpoint whose content tells its step.
func exampleFiles(_ step: Int) -> [(path: String, bytes: [UInt8])] {
  [
    ("trainer.json", Array("{\"step\":\(step)}".utf8)),
    ("models/policy/model.safetensors", [UInt8](repeating: UInt8(step & 255), count: 1000)),
    ("optimizer/policy.safetensors", [UInt8](repeating: UInt8((step >> 1) & 255), count: 700)),
  ]
}
