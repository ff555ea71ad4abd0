import Kernels

/// The threads that work inside operations. No result depends on them.
public enum Threads {
  public static var count: Int {
    get { Engine.shared.threads }
    set { Engine.shared.threads = newValue }
  }
}
