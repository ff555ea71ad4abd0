import Configuration

/// The schedules that a configuration may choose; TRL's default where it does not say.
public enum ScheduleCatalog: VariantCatalog {
  private static let schedules: [any Schedule.Type] = [
    ConstantSchedule.self, LinearSchedule.self, CosineSchedule.self,
  ]

  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    schedules.map { ($0.name, $0) }
  }

  public static let standard = LinearSchedule.name
}

extension Variant where Catalog == ScheduleCatalog {
  /// The chosen schedule with its keys.
  public var schedule: any Schedule {
    guard let schedule = block as? any Schedule else {
      preconditionFailure("ScheduleCatalog: \(type) is not a schedule")
    }
    return schedule
  }
}
