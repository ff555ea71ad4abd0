import Foundation

/// Where configuration and environment files are looked for.
public struct ConfigFolders: Sendable {
  /// The folder's name in the working directory and in the package.
  public enum Kind: String, Sendable {
    case configs = "Configs"
    case environments = "Environments"
  }

  public var workingDirectory: String
  /// The package's own directory, empty where there is none.
  public var packageRoot: String

  public init(
    workingDirectory: String = FileManager.default.currentDirectoryPath, packageRoot: String = ""
  ) {
    (self.workingDirectory, self.packageRoot) = (workingDirectory, packageRoot)
  }

  /// The first file there is: as given, beside the file that names it, then in the folders. A file
  /// never names itself, so a configuration may be called as its environment is.
  ///
  /// `location` is where the name was written, for the error.
  public func locate(
    _ name: String, _ kind: Kind, beside namingFile: String = "",
    location: SourceLocation = .none, path: String = ""
  ) throws(ConfigError) -> String {
    let folders = searched(kind, beside: namingFile)
    let itself = namingFile.isEmpty ? "" : standardized(namingFile)
    let found = candidates(name, folders).first { isFile($0) && standardized($0) != itself }
    if let found, !name.isEmpty { return found }
    let present = folders.flatMap {
      (try? FileManager.default.contentsOfDirectory(atPath: $0))?.sorted() ?? []
    }.filter { $0.hasSuffix(".json") }
    let last = (name as NSString).lastPathComponent
    let advice =
      nearest(to: last, among: present).map { "; did you mean \"\($0)\"?" }
      ?? "; looked in \(folders.joined(separator: ", "))"
    throw ConfigError(
      path: path, reason: "no file \"\(name)\"\(advice)", location: location.description)
  }

  /// The first directory there is, in the same order; `nil` where there is none.
  public func locateDirectory(
    _ name: String, _ kind: Kind, beside namingFile: String = ""
  ) -> String? {
    candidates(name, searched(kind, beside: namingFile)).first(where: isDirectory)
  }

  /// The files of the folder in the working directory and the package, by name, each name once.
  public func list(_ kind: Kind) -> [String] {
    var found: [String: String] = [:]
    for root in [packageRoot, workingDirectory] where !root.isEmpty {
      let folder = joined(kind.rawValue, in: root)
      for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      where name.hasSuffix(".json") {
        found[name] = joined(name, in: folder)
      }
    }
    return found.sorted { $0.key.precedesInBytes($1.key) }.map(\.value)
  }

  private func searched(_ kind: Kind, beside namingFile: String) -> [String] {
    var folders = [workingDirectory]
    if !namingFile.isEmpty {
      let directory = (namingFile as NSString).deletingLastPathComponent
      folders.append(joined(directory.isEmpty ? "." : directory, in: workingDirectory))
    }
    folders.append(joined(kind.rawValue, in: workingDirectory))
    if !packageRoot.isEmpty { folders.append(joined(kind.rawValue, in: packageRoot)) }
    var unique: [String] = []
    for folder in folders where !unique.contains(folder) { unique.append(folder) }
    return unique
  }

  private func candidates(_ name: String, _ folders: [String]) -> [String] {
    name.hasPrefix("/") ? [name] : folders.map { joined(name, in: $0) }
  }

  private func standardized(_ path: String) -> String {
    (joined(path, in: workingDirectory) as NSString).standardizingPath
  }

  private func isFile(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path) && !isDirectory(path)
  }

  private func isDirectory(_ path: String) -> Bool {
    (try? FileManager.default.contentsOfDirectory(atPath: path)) != nil
  }

  private func joined(_ name: String, in directory: String) -> String {
    if name.hasPrefix("/") || directory == "." { return name }
    return name == "." ? directory : "\(directory)/\(name)"
  }
}

extension JSON {
  /// Reads and parses a file; locations name it as `path` does.
  public init(contentsOfFile path: String) throws(ConfigErrors) {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw ConfigErrors([
        ConfigError(path: "", reason: "the file cannot be read", location: path)
      ])
    }
    do {
      try self.init(parsing: Array(data), file: path)
    } catch {
      throw ConfigErrors([ConfigError(error)])
    }
  }
}
