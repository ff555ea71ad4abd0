import Dispatch
import Kernels
import Synchronization
import TestSupport
import Testing

@Suite struct EngineTests {
  /// The number of threads may be set anew while operations run: none of their chunks is lost.
  @Test(.timeLimit(.minutes(1))) func threadsMayChangeWhileAnOperationRuns() {
    let (rows, inputs, outputs) = (192, 64, 96)
    let x = FloatBuffer((0..<rows * inputs).map { Float($0 % 7) })
    let weight = FloatBuffer((0..<outputs * inputs).map { Float($0 % 5) })
    let expected = FloatBuffer(count: rows * outputs)
    MatrixProduct.timesTransposed(
      x, weight, rows: rows, inputs: inputs, outputs: outputs, into: expected)
    let isOver = Atomic<Bool>(false)
    onThreads(2) {
      let changer = DispatchQueue(label: "changer")
      let done = DispatchSemaphore(value: 0)
      changer.async {
        while !isOver.load(ordering: .relaxed) {
          for count in [1, 3, 2] { Engine.shared.threads = count }
        }
        done.signal()
      }
      for _ in 0..<3000 {
        let y = FloatBuffer(count: rows * outputs)
        MatrixProduct.timesTransposed(
          x, weight, rows: rows, inputs: inputs, outputs: outputs, into: y)
        #expect(y.values == expected.values)
      }
      isOver.store(true, ordering: .relaxed)
      done.wait()
    }
  }
}
