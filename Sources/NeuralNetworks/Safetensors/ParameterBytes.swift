extension Parameters {
  /// All tensors of a safetensors file, exactly; `name` is what errors call the file.
  public init(safetensors bytes: [UInt8], name: String = "") throws(SafetensorsError) {
    self = try SafetensorsFile(parsing: bytes, name: name).parameters()
  }

  /// A safetensors file of F32 tensors, from which the same bits are read again.
  public var safetensorsBytes: [UInt8] { SafetensorsFile.bytes(of: self) }
}
