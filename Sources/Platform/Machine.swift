import Foundation

/// Facts about this process and the machine it runs on.
public enum Machine {
  /// Seconds since an unspecified start; never goes backwards.
  public static var monotonicSeconds: Double { seconds(of: CLOCK_MONOTONIC) }

  /// Seconds since 1970 as the machine's clock has them; may jump.
  public static var wallSeconds: Double { seconds(of: CLOCK_REALTIME) }

  public static var processID: Int { Int(getpid()) }

  /// The name the machine calls itself, or `localhost` when it has none.
  public static var hostName: String {
    var name = [UInt8](repeating: 0, count: 256)
    let result = unsafe name.withUnsafeMutableBytes { buffer in
      unsafe gethostname(
        buffer.baseAddress!.assumingMemoryBound(to: CChar.self), buffer.count - 1)
    }
    let text = String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    return result == 0 && !text.isEmpty ? text : "localhost"
  }

  /// Cores this process may run on, at least 1.
  public static var coreCount: Int {
    max(1, allowedCores ?? ProcessInfo.processInfo.activeProcessorCount)
  }

  /// The most memory this process has had resident so far, in bytes.
  public static var peakMemory: Int {
    var usage = rusage()
    #if os(Linux)
      unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
      return usage.ru_maxrss * 1024
    #else
      unsafe getrusage(RUSAGE_SELF, &usage)
      return usage.ru_maxrss
    #endif
  }

  /// Bytes of memory in the machine, or less where a container is held to less.
  public static var memory: Int {
    let machine = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    return min(machine, containerLimit("memory.max") ?? machine)
  }

  /// Bytes that programs may still take before the machine or the container has none left; `nil`
  /// where the system does not say.
  public static var availableMemory: Int? {
    let lines = text("/proc/meminfo").split(separator: "\n")
    let kilobytes = lines.first { $0.hasPrefix("MemAvailable:") }
      .flatMap { Int($0.filter(\.isNumber)) }
    guard let machine = kilobytes.map({ $0 * 1024 }) else { return nil }
    guard let limit = containerLimit("memory.max"), let used = containerLimit("memory.current")
    else { return machine }
    return min(machine, max(0, limit - used))
  }

  /// A number of the control group that this process sees as its own; `nil` for none or `max`.
  private static func containerLimit(_ name: String) -> Int? {
    Int(text("/sys/fs/cgroup/\(name)").filter { !$0.isWhitespace })
  }

  private static func text(_ path: String) -> String {
    String(decoding: (try? LocalFileSystem().read(path)) ?? [], as: UTF8.self)
  }

  /// What `taskset` or a batch scheduler left to us: the bits of Linux's mask.
  private static var allowedCores: Int? {
    let status = text("/proc/self/status")
    let label = "Cpus_allowed:"
    let line = status.split(separator: "\n").first { $0.hasPrefix(label) }
    return line.map { mask in
      mask.dropFirst(label.count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
    }
  }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    unsafe clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
