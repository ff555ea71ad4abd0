import Vectors

/// Formats that numbers are stored in; all arithmetic is in `Float`.
public enum NumberFormat: Sendable {
  case float32, float16, bfloat16

  public var size: Int { self == .float32 ? 4 : 2 }
}

extension FloatBuffer {
  /// Reads little-endian numbers, exactly.
  public convenience init(littleEndian bytes: ArraySlice<UInt8>, as type: NumberFormat) {
    self.init(count: bytes.count / type.size)
    bytes.withUnsafeBytes { raw in
      for index in 0..<count {
        let offset = index &* type.size
        switch type {
        case .float32:
          let bits = UInt32(
            littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
          pointer[index] = Float(bitPattern: bits)
        case .float16:
          let bits = UInt16(
            littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
          pointer[index] = halfPrecision(bits)
        case .bfloat16:
          let bits = UInt16(
            littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
          pointer[index] = Float(bitPattern: UInt32(bits) << 16)
        }
      }
    }
  }

  /// The floats as little-endian bytes.
  public var littleEndianBytes: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count * 4) { bytes, used in
      let raw = UnsafeMutableRawBufferPointer(bytes)
      for index in 0..<count {
        raw.storeBytes(
          of: pointer[index].bitPattern.littleEndian, toByteOffset: index &* 4, as: UInt32.self)
      }
      used = count * 4
    }
  }
}

/// IEEE half precision by hand: `Float16` is not available on every platform.
private func halfPrecision(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1f
  let fraction = UInt32(bits & 0x3ff)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
