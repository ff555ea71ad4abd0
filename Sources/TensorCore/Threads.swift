import Kernels

/// The threads that work inside operations. No result depends on them.
public enum Threads {
  public static var count: Int {
    get { Engine.shared.threads }
    set { Engine.shared.threads = newValue }
  }

  /// Changes every element, several at once where there are threads; operations inside `body` then
  /// run on its own thread alone. For independent parts of work whose operations are short.
  public static func modifyEach<Element: Sendable>(
    _ elements: inout [Element], _ body: (inout Element) -> Void
  ) {
    Engine.shared.modifyEach(&elements, body)
  }
}
