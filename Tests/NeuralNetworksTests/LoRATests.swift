import NeuralNetworks
import Randomness
import TensorCore
import Testing

@Suite struct LoRATests {
  private func adapter(_ change: (inout LoRAConfig) -> Void) -> LoRAConfig {
    var adapter = LoRAConfig()
    change(&adapter)
    return adapter
  }

  /// 16 / 4, and 16 / √4.
  @Test func theScaleIsAlphaOverTheRankOrItsRoot() {
    #expect(adapter { ($0.rank, $0.alpha) = (4, 16) }.scale == 4)
    #expect(adapter { ($0.rank, $0.alpha, $0.useRslora) = (4, 16, true) }.scale == 8)
  }

  /// `x = [1, 2]`, `W = [[3, 5]]`, `A = [[7, 1]]`, `B = [[2]]`, scale 3: 13 + 3 · 2 · 9, and 0.5.
  @Test func anAdapterAddsItsProduct() throws {
    var parameters = Parameters()
    parameters["up.weight"] = Tensor([3, 5], shape: [1, 2])
    parameters["up.lora_A.weight"] = Tensor([7, 1], shape: [1, 2])
    parameters["up.lora_B.weight"] = Tensor([2], shape: [1, 1])
    let adapter = adapter { ($0.rank, $0.alpha) = (1, 3) }
    let x = Tensor([1, 2], shape: [1, 2])
    let residual = Tensor([0.5], shape: [1, 1])
    let scope = ParameterScope(parameters).adapted(by: adapter)
    let linear = try scope.linear("up", in: 2, out: 1, .zeros)
    #expect(linear(x, addingTo: residual).values == [67.5])
    #expect(scope.found.names == parameters.names && scope.layers == ["up"])
    let merged = parameters.merged(adapter)
    #expect(merged.names == ["up.weight"] && merged["up.weight"]?.values == [45, 11])
    let off = try ParameterScope(parameters).linear("up", in: 2, out: 1, .zeros)
    #expect(off(x).values == [13])
  }

  /// `A` within ±1/√in with the variance 1/(3 in) of a uniform draw, `B` 0; each by its name.
  @Test func aFreshAdapterIsDrawnAsPEFTDrawsIt() throws {
    let adapter = adapter { ($0.rank, $0.targetModules) = (40, ["up"]) }
    func fresh(_ names: [String]) throws -> Parameters {
      let scope = ParameterScope(drawingFrom: RandomStream(seed: 1)).adapted(by: adapter)
      for name in names { _ = try scope["mlp"].linear(name, in: 100, out: 30, .ones) }
      _ = try scope.head("up", in: 2, out: 3, .ones)
      return scope.found
    }
    let parameters = try fresh(["down", "up"])
    let names = [
      "mlp.down.weight", "mlp.up.lora_A.weight", "mlp.up.lora_B.weight", "mlp.up.weight",
      "up.weight",
    ]
    #expect(parameters.names == names)
    let a = try #require(parameters["mlp.up.lora_A.weight"])
    #expect(a.shape == [40, 100] && a.values.allSatisfy { abs($0) <= 0.1 })
    #expect(abs(a.sumOfSquares / 4000 - 1.0 / 300) < 1e-4)
    #expect(parameters["mlp.up.lora_B.weight"]?.shape == [30, 40])
    #expect(parameters.areAdaptersZero)
    #expect(try fresh(["up"])["mlp.up.lora_A.weight"]?.isIdentical(to: a) == true)
  }

  @Test func adaptersAreTrainedWithScalarHeads() {
    let names = ["a.lora_A.weight", "a.lora_B.weight", "score.weight", "value_head.weight"]
    #expect(names.allSatisfy(Trainable.adapters.includes))
    #expect(
      !["a.weight", "lm_head.weight", "model.norm.weight"].contains {
        Trainable.adapters.includes($0)
      })
  }
}
