import COpenBLAS
import Vectors

/// The system's BLAS: the oracle of our matrix product, and what `rl bench` measures beside it.
public enum OpenBLAS {
  /// Its version and what it was built for, as it says itself.
  public static var configuration: String {
    openblas_get_config().map { String(cString: $0) } ?? "unknown"
  }

  /// `y[N, out] = x[N, in] · Wᵀ` on one thread. Its bits depend on the number of rows.
  public static func timesTransposed(
    _ x: FloatBuffer, _ weight: FloatBuffer, rows: Int, inputs: Int, outputs: Int,
    into y: FloatBuffer
  ) {
    openblas_set_num_threads(1)
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(inputs), 1,
      x.source, Int32(inputs), weight.source, Int32(inputs), 0, y.pointer, Int32(outputs))
  }
}
