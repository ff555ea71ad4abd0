import Kernels
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

  /// All tensors, in the order of their bytes.
  public func parameters() throws(SafetensorsError) -> Parameters {
    var parameters = Parameters()
    for entry in header.entries { parameters[entry.name] = try tensor(entry.name) }
    return parameters
  }

  /// A file of F32 tensors, as the reference implementation would write it.
  public static func bytes(of parameters: Parameters) -> [UInt8] {
    let blobs = parameters.names.compactMap { name in
      parameters[name].map { tensor in
        SafetensorsBlob(
          name: name, type: .f32, shape: tensor.shape.dimensions, bytes: tensor.littleEndianBytes)
      }
    }
    return bytes(of: blobs)
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
