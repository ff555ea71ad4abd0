import NeuralNetworks

extension Architecture {
  /// The same model with a low-rank adapter on the linear layers that `adapter` names.
  public func adapted(by adapter: LoRAConfig) throws(AdapterTargetError) -> Architecture {
    let outline = ParameterScope.outline
    // An outline has every weight that is asked for.
    do throws(ParameterError) { try build(outline) } catch { preconditionFailure("\(error)") }
    var adapted = self
    adapted.adapter = try adapter.resolved(layers: outline.layers, heads: outline.heads)
    return adapted
  }

  /// The same model with its adapter off, which takes its weights from the same parameters.
  public var withoutAdapter: Architecture {
    var base = self
    base.adapter = nil
    return base
  }

  /// The plain model that computes the same, with `W + scale · B A` in its weights.
  public func merged(_ parameters: Parameters) -> (architecture: Architecture, Parameters) {
    (withoutAdapter, adapter.map(parameters.merged) ?? parameters)
  }
}
