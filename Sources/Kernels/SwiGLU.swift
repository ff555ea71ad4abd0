import Vectors

/// The gated unit of Llama's feed-forward layers: `y = a · σ(a) · b` (Shazeer, 2020).
public enum SwiGLU {
  public static func forward(_ gate: FloatBuffer, _ up: FloatBuffer, into y: FloatBuffer) {
    forEachBlock(of: (y.count + lanes - 1) / lanes, atLeast: 256) { range in
      for vector in range {
        let i = vector &* lanes
        let a = load(gate.source + i)
        store(a * logistic(a) * load(up.source + i), y.pointer + i)
      }
    }
  }

  /// Writes or adds `da = dy · b · σ (1 + a (1 − σ))` and `db = dy · a σ`.
  public static func backward(
    _ dy: FloatBuffer, gate: FloatBuffer, up: FloatBuffer,
    intoGate da: (buffer: FloatBuffer, accumulate: Bool)?,
    intoUp db: (buffer: FloatBuffer, accumulate: Bool)?
  ) {
    forEachBlock(of: (dy.count + lanes - 1) / lanes, atLeast: 256) { range in
      for vector in range {
        let i = vector &* lanes
        let a = load(gate.source + i)
        let g = load(dy.source + i)
        let s = logistic(a)
        let silu = a * s
        if let da {
          let slope = fused(silu, splat(1) - s, s)
          let start = da.accumulate ? load(da.buffer.source + i) : .zero
          store(fused(g * load(up.source + i), slope, start), da.buffer.pointer + i)
        }
        if let db {
          let start = db.accumulate ? load(db.buffer.source + i) : .zero
          store(fused(g, silu, start), db.buffer.pointer + i)
        }
      }
    }
  }
}
