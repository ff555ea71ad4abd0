import TensorCore

extension SafetensorsFile {
  /// The tensor in `Float`, exactly; other types than F32, F16 and BF16 are refused by name.
  public func tensor(_ name: String) throws(SafetensorsError) -> Tensor {
    guard let entry = entry(of: name), let bytes = bytes(of: name) else {
      throw SafetensorsError(.missing, file: self.name, tensor: name, "it is not in the file")
    }
    guard let type = StoredFloat(rawValue: entry.type.rawValue), let shape = entry.shape else {
      throw SafetensorsError(
        .unsupportedType, file: self.name, tensor: name,
        "\(entry.type.rawValue) \(entry.dimensions) cannot be read, only F32, F16 and BF16")
    }
    return Tensor(shape: Shape(shape), littleEndian: bytes, as: type)
  }
}

extension Parameters {
  /// All tensors of a safetensors file, exactly; `name` is what errors call the file.
  public init(safetensors bytes: [UInt8], name: String = "") throws(SafetensorsError) {
    self.init()
    let file = try SafetensorsFile(parsing: bytes, name: name)
    for entry in file.header.entries { self[entry.name] = try file.tensor(entry.name) }
  }

  /// A safetensors file of F32 tensors, from which the same bits are read again.
  public var safetensorsBytes: [UInt8] {
    SafetensorsFile.bytes(
      of: names.compactMap { name in
        self[name].map { tensor in
          SafetensorsBlob(
            name: name, type: .f32, shape: tensor.shape.dimensions, bytes: tensor.littleEndianBytes)
        }
      })
  }
}

extension CheckpointTensors {
  /// All tensors of all files, by name.
  public func parameters() throws(SafetensorsError) -> Parameters {
    var parameters = Parameters()
    for name in names { parameters[name] = try file(of: name)?.tensor(name) }
    return parameters
  }
}
