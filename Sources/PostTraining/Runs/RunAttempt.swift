import Configuration
import Foundation
import Platform

/// One process that worked on a run: who, where, how, from which step.
public struct RunAttempt: Codable, Sendable, Equatable {
  /// UTC, as ISO 8601 writes it.
  public var started: String
  public var host: String
  public var pid: Int
  /// The command line, the program first.
  public var argv: [String]
  public var threads: Int
  /// The commit of the working directory, empty outside a repository.
  public var git: String
  public var rlVersion: String
  /// Steps that were already done.
  public var fromStep: Int

  /// This process, now.
  public static func current(
    arguments: [String], threads: Int, version: String, fromStep: Int = 0
  ) -> RunAttempt {
    RunAttempt(
      started: Date().ISO8601Format(), host: Machine.hostName, pid: Machine.processID,
      argv: arguments, threads: threads,
      git: gitRevision(of: FileManager.default.currentDirectoryPath) ?? "", rlVersion: version,
      fromStep: fromStep)
  }
}

extension RunDirectory {
  private struct Provenance: Codable {
    var attempts: [RunAttempt]
  }

  /// The processes that worked on the run, from the first.
  public func attempts() throws -> [RunAttempt] {
    guard try fileSystem.status("\(path)/run.json") != nil else { return [] }
    let json = try readJSON("run.json")
    do throws(ConfigError) {
      return try json.decode(Provenance.self).attempts
    } catch {
      throw RunError.corruptFile(path: "\(path)/run.json", reason: "\(error)")
    }
  }

  /// Adds this process to `run.json`; returns its number, counted from 1.
  @discardableResult
  public func record(_ attempt: RunAttempt) throws -> Int {
    let attempts = try attempts() + [attempt]
    try replace("run.json", with: try JSON(encoding: Provenance(attempts: attempts)))
    return attempts.count
  }
}

/// The commit that is checked out in or above `directory`, read from the repository's own files.
public func gitRevision(
  of directory: String, in fileSystem: any FileSystem = LocalFileSystem()
) -> String? {
  var place = directory
  while !fileSystem.exists("\(place)/.git") {
    if place == "/" || place == "." { return nil }
    place = parentDirectory(of: place)
  }
  func line(_ path: String) -> String? {
    guard let bytes = try? fileSystem.read(path) else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").first.map(String.init)
  }
  var repository = "\(place)/.git"
  if let link = line(repository), link.hasPrefix("gitdir: ") {  // a linked working tree
    let target = String(link.dropFirst("gitdir: ".count))
    repository = target.hasPrefix("/") ? target : "\(place)/\(target)"
  }
  guard let head = line("\(repository)/HEAD") else { return nil }
  guard head.hasPrefix("ref: ") else { return head }
  let reference = String(head.dropFirst("ref: ".count))
  let common = line("\(repository)/commondir").map {
    $0.hasPrefix("/") ? $0 : "\(repository)/\($0)"
  }
  for root in [repository, common ?? repository] {
    if let revision = line("\(root)/\(reference)") { return revision }
    let packed = (try? fileSystem.read("\(root)/packed-refs")) ?? []
    let entry = String(decoding: packed, as: UTF8.self).split(separator: "\n")
      .first { $0.hasSuffix(" \(reference)") }
    if let entry { return String(entry.prefix { $0 != " " }) }
  }
  return nil
}
