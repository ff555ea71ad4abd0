import Foundation
import Platform
import Randomness

/// A disk in memory that knows what of it a loss of power would leave.
///
/// A file's content is safe once the file is synchronized, a name once its directory is.
struct Disk: Sendable {
  private struct Node {
    var content: [UInt8] = []
    /// The names in a directory; `nil` for a file.
    var entries: [String: Int]?
    var safeContent: [UInt8] = []
    var safeEntries: [String: Int] = [:]
    /// What happened to the names since they were safe; each change happens whole or not at all.
    var changes: [[(name: String, node: Int?)]] = []
  }

  private var nodes = [Node(entries: [:])]

  /// The names that would be in the directory after a loss of power now.
  func safeNames(in path: String) -> [String] {
    var node = 0
    for name in names(of: path) {
      guard let next = nodes[node].safeEntries[name] else { return [] }
      node = next
    }
    return nodes[node].safeEntries.keys.sorted()
  }

  /// Loses all that is not safe, or, with `random`, any part of it: each change of a name for
  /// itself, so that a later one may stand without an earlier; of contents the old, a beginning of
  /// the new, or zeros where the new were to be.
  mutating func losePower(sparing random: inout RandomStream?) {
    for index in nodes.indices {
      let node = nodes[index]
      var entries = node.safeEntries
      for change in node.changes where random?.below(2) == 1 {
        for (name, target) in change { entries[name] = target }
      }
      nodes[index].content = remains(node, &random)
      nodes[index].safeContent = nodes[index].content
      guard node.entries != nil else { continue }
      (nodes[index].entries, nodes[index].safeEntries) = (entries, entries)
      nodes[index].changes = []
    }
  }

  private func remains(_ node: Node, _ random: inout RandomStream?) -> [UInt8] {
    if random == nil || node.content == node.safeContent { return node.safeContent }
    let isLonger = node.content.starts(with: node.safeContent)
    let kept = isLonger ? node.safeContent.count : 0
    let end = kept + (random?.below(node.content.count - kept + 1) ?? 0)
    switch random?.below(4) {
    case 0: return node.safeContent
    case 1: return node.content
    case 2: return Array(node.content[..<end])
    default:
      return node.content[..<end] + [UInt8](repeating: 0, count: node.content.count - end)
    }
  }
}

extension Disk {
  private func names(of path: String) -> [String] { path.split(separator: "/").map(String.init) }

  private func node(_ path: String) -> Int? {
    names(of: path).reduce(0) { node, name in node.flatMap { nodes[$0].entries?[name] } }
  }

  private func found(_ operation: String, _ path: String) throws(FileError) -> Int {
    guard let node = node(path) else { throw FileError(operation, path, code: ENOENT) }
    return node
  }

  private func place(_ path: String) throws(FileError) -> (directory: Int, name: String) {
    let directory = try found("enter", parentDirectory(of: path))
    return (directory, names(of: path).last ?? "")
  }

  private mutating func change(_ directory: Int, _ changes: [(name: String, node: Int?)]) {
    for (name, target) in changes { nodes[directory].entries?[name] = target }
    nodes[directory].changes.append(changes)
  }

  mutating func createDirectory(_ path: String) throws(FileError) {
    if node(path) != nil { throw FileError("create", path, code: EEXIST) }
    let (directory, name) = try place(path)
    nodes.append(Node(entries: [:]))
    change(directory, [(name, nodes.count - 1)])
  }

  mutating func write(_ bytes: [UInt8], to path: String, appending: Bool) throws(FileError) {
    if node(path) == nil {
      let (directory, name) = try place(path)
      nodes.append(Node())
      change(directory, [(name, nodes.count - 1)])
    }
    let file = try found("write", path)
    nodes[file].content = (appending ? nodes[file].content : []) + bytes
  }

  mutating func synchronize(_ path: String) throws(FileError) {
    let node = try found("synchronize", path)
    nodes[node].safeContent = nodes[node].content
    nodes[node].safeEntries = nodes[node].entries ?? [:]
    nodes[node].changes = []
  }

  mutating func rename(_ path: String, to target: String) throws(FileError) {
    let node = try found("rename", path)
    let (directory, name) = try place(path)
    precondition(parentDirectory(of: target) == parentDirectory(of: path))
    change(directory, [(name, nil), (names(of: target).last ?? "", node)])
  }

  mutating func remove(_ path: String) throws(FileError) {
    let node = try found("remove", path)
    if nodes[node].entries?.isEmpty == false { throw FileError("remove", path, code: ENOTEMPTY) }
    let (directory, name) = try place(path)
    change(directory, [(name, nil)])
  }

  func list(_ path: String) throws(FileError) -> [String] {
    guard let entries = nodes[try found("list", path)].entries else {
      throw FileError("list", path, code: ENOTDIR)
    }
    return entries.keys.sorted()
  }

  func read(_ path: String) throws(FileError) -> [UInt8] { nodes[try found("read", path)].content }

  func status(_ path: String) -> FileStatus? {
    node(path).map {
      FileStatus(isDirectory: nodes[$0].entries != nil, size: nodes[$0].content.count)
    }
  }
}
