import Configuration
import EnvironmentKit
import NeuralNetworks
import Objectives
import Platform
import TensorCore

/// Something that must not be trained on: a loss, gradient or reward that is not finite.
public struct DivergedError: Error, CustomStringConvertible, Sendable {
  public var step: Int
  public var what: String
  /// What the step was computed from, for `crash/`.
  public var batch: JSON = .null
  public var description: String {
    "step \(step): \(what) is not finite; the last checkpoint is untouched. Try a lower learning "
      + "rate, a longer warm-up, or a smaller max_grad_norm"
  }
}

/// One role's optimizer and how its rate and norm are governed.
struct RoleTraining: Sendable {
  let trainable: Trainable
  var config: any OptimizerConfig
  var optimizer: any Optimizer

  init(_ config: any OptimizerConfig, _ trainable: Trainable) {
    (self.config, self.trainable) = (config, trainable)
    optimizer = config.makeOptimizer()
  }
}

/// Runs one algorithm's steps: gradients, clipping, optimizers, metrics. Blind to what it trains.
public struct Trainer<Method: Algorithm>: Sendable {
  public private(set) var method: Method
  public private(set) var models: Models
  var training: [Role: RoleTraining]
  private let totalSteps: Int
  /// Steps of the stage done so far.
  public private(set) var step = 0

  /// What a step measured; seconds of sampling and of updates apart.
  public struct Report: Sendable {
    public var metrics: Metrics
    public var collected: Collected<Method.Experience>
    public var generateSeconds, updateSeconds: Double
  }

  public init(_ method: Method, config: Method.Config, models: Models) {
    (self.method, self.models) = (method, models)
    training = Dictionary(
      uniqueKeysWithValues: config.optimizers.map { role, config in
        (role, RoleTraining(config, models.trainable(role)))
      })
    totalSteps = config.maxSteps
  }

  /// Continues from a checkpoint's state.
  mutating func restore(step: Int, method: Method.State, optimizers: [Role: Parameters]) {
    self.step = step
    self.method.state = method
    for (role, state) in optimizers { training[role]?.optimizer.state = state }
  }

  /// One step: collect, then each update, micro-batch after micro-batch.
  public mutating func advance() throws -> Report {
    let start = Machine.monotonicSeconds
    let collected = try method.collect(step: step, with: models.bound())
    let sampled = Machine.monotonicSeconds
    var metrics = collected.metrics
    var index = 0
    while let update = try method.update(
      index, from: collected.experience, with: models.bound())
    {
      metrics.merge(try apply(update).settled)
      index += 1
    }
    step += 1
    return Report(
      metrics: metrics, collected: collected, generateSeconds: sampled - start,
      updateSeconds: Machine.monotonicSeconds - sampled)
  }

  private mutating func apply(_ update: Update<Method.Batch>) throws -> Metrics {
    var metrics = Metrics()
    var gradients = Weights()
    let trainable = training.filter { update.trains.contains($0.key) }.mapValues(\.trainable)
    for batch in update.batches {
      let measured = try accumulateGradients(
        of: models.weights, trainable: trainable, into: &gradients
      ) { [method, models] watched in
        let bound = try models.with(watched).bound()
        let objective = try method.objective(on: batch, with: bound)
        let loss = Double(objective.loss.value)
        guard loss.isFinite else {
          throw DivergedError(step: step + 1, what: "the loss", batch: method.dump(batch))
        }
        var report = objective.metrics
        report.record("loss", .sum(loss))
        return (objective.loss, report)
      }
      metrics.merge(measured)
    }
    for role in update.trains {
      let sum = gradients[role] ?? noGradients(of: role)
      guard gradientNorm(sum).isFinite else {
        let name = sum.firstNonFinite.map { " of \($0)" } ?? ""
        throw DivergedError(
          step: step + 1, what: "the gradient\(name)",
          batch: JSON(update.batches.map { method.dump($0) }))
      }
      metrics.merge(move(role, sum))
    }
    return metrics
  }

  /// Zeros, of an update whose tokens were all left out: the moments decay as with any gradient.
  private func noGradients(of role: Role) -> Parameters {
    var zeros = Parameters()
    guard let parameters = models.weights[role] else { return zeros }
    for name in parameters.names where training[role]?.trainable.includes(name) == true {
      zeros[name] = parameters[name].map { .zeros($0.shape) }
    }
    return zeros
  }

  /// Clips by the role's own norm, then updates in place at the scheduled rate.
  private mutating func move(_ role: Role, _ gradients: Parameters) -> Metrics {
    guard var state = training[role] else { return Metrics() }
    let norm = gradientNorm(gradients)
    let rate = state.config.schedule.schedule.learningRate(
      peak: state.config.learningRate, step: step, total: totalSteps)
    training[role] = nil  // so that the moments are written in place
    models.weights.modify(role) { parameters in
      state.optimizer.update(
        &parameters, gradients: gradients,
        gradientScale: clippingScale(norm: norm, limit: state.config.maxGradNorm),
        learningRate: Float(rate))
    }
    training[role] = state
    var metrics = Metrics()
    let prefix = role == .policy ? "" : "\(role.rawValue)/"
    metrics.record("\(prefix)grad_norm", .mean(sum: norm, weight: 1))
    metrics.record("\(prefix)learning_rate", .mean(sum: rate, weight: 1))
    return metrics
  }
}
