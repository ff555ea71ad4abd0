import Configuration
import EnvironmentKit
import Platform

extension Run {
  /// Refuses a checkpoint of another configuration.
  static func check(_ checkpoint: CheckpointFiles, against setup: RunSetup) throws {
    let environment = setup.environment
    var reasons: [(path: String, reason: String)] = []
    if try checkpoint.manifest.configHash != hash(of: setup) {
      let free = "only threads, rollouts, evaluation, checkpoint and max_steps may differ"
      reasons.append(("", "was made with another configuration or other data; \(free)"))
    }
    if checkpoint.manifest.environmentFingerprints != [environment.name: environment.fingerprint] {
      reasons.append(("environment", "was made with other problems than \(environment.name) has"))
    }
    let state = try RunState(checkpoint)
    if reasons.isEmpty, state.stage < setup.config.stages.count {
      let (name, variant) = setup.config.stages.entries[state.stage]
      if variant.stage.maxSteps < state.stageStep {
        reasons.append(("stages.\(name).max_steps", "has done \(state.stageStep) steps already"))
      }
    }
    if reasons.isEmpty { return }
    throw ConfigErrors(
      reasons.map {
        ConfigError(path: $0.path, reason: "the checkpoint \(checkpoint.path) \($0.reason)")
      })
  }

  static func hash(of setup: RunSetup) throws -> String {
    let config = semantic(setup.json).canonical
    return SHA256.hexDigest(of: Array((config + (try setup.dataDigests()).joined()).utf8))
  }
}

/// What decides a run's numbers: without threads, logging, evaluation and the number of steps.
private func semantic(_ config: JSON) -> JSON {
  let free = ["threads", "rollouts", "evaluation", "checkpoint"]
  let members = (config.members ?? []).filter { !free.contains($0.key) }
  return JSON(
    members: members.map { member in
      guard member.key == "stages" else { return (member.key, member.value) }
      // As an array: the canonical form sorts keys, and the order of stages matters.
      let stages = (member.value.members ?? []).map { stage -> JSON in
        let keys = (stage.value.members ?? []).filter { $0.key != "max_steps" }
        return [JSON(stage.key), JSON(.object(keys))]
      }
      return (member.key, JSON(stages))
    })
}
