extension JSON {
  /// This value with `overlay` laid over it: objects merge, all else is replaced.
  ///
  /// Objects whose `type` differs are replaced whole, since one component's keys are not another's.
  public func merging(_ overlay: JSON) -> JSON {
    guard case .object(var members) = kind, let additions = overlay.members else { return overlay }
    if let mine = self["type"]?.string, let theirs = overlay["type"]?.string,
      !mine.hasSameBytes(as: theirs)
    {
      return overlay
    }
    for addition in additions {
      if let index = members.firstIndex(where: { $0.key.hasSameBytes(as: addition.key) }) {
        members[index].value = members[index].value.merging(addition.value)
        members[index].location = addition.location
      } else {
        members.append(addition)
      }
    }
    return JSON(.object(members), location: overlay.location)
  }

  /// The same value, all of it written at one place.
  func relocated(to location: SourceLocation) -> JSON {
    switch kind {
    case .array(let elements):
      JSON(.array(elements.map { $0.relocated(to: location) }), location: location)
    case .object(let members):
      JSON(
        .object(
          members.map {
            Member(key: $0.key, value: $0.value.relocated(to: location), location: location)
          }), location: location)
    default: JSON(kind, location: location)
    }
  }
}
