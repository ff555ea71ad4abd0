import Foundation
import TestSupport
import Testing

@testable import Platform

@Suite struct LocalFileSystemTests {
  private let files = LocalFileSystem()

  @Test func whatIsWrittenIsReadBack() throws {
    try inTemporaryDirectory { directory in
      let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try files.write(bytes, to: "\(directory)/a")
      try files.synchronize("\(directory)/a")
      #expect(try files.read("\(directory)/a") == bytes)
      try files.write([7], to: "\(directory)/a")
      #expect(try files.read("\(directory)/a") == [7])
      try files.write([], to: "\(directory)/a")
      #expect(try files.read("\(directory)/a") == [])
      #expect(try files.status("\(directory)/a") == FileStatus(isDirectory: false, size: 0))
    }
  }

  @Test func appendingKeepsWhatIsThere() throws {
    try inTemporaryDirectory { directory in
      try files.append(Array("one\n".utf8), to: "\(directory)/log")
      try files.append(Array("two\n".utf8), to: "\(directory)/log")
      #expect(try files.read("\(directory)/log") == Array("one\ntwo\n".utf8))
    }
  }

  /// `/dev/full` refuses every write, `/proc/self/status` has a size of 0 and content.
  @Test func specialFilesBehave() throws {
    let refusal = #expect(throws: FileError.self) { try files.write([1], to: "/dev/full") }
    #expect(refusal?.isOutOfSpace == true)
    #expect(try files.read("/proc/self/status").starts(with: Array("Name:".utf8)))
  }

  @Test func listsNamesInByteOrder() throws {
    try inTemporaryDirectory { directory in
      for name in ["b", "a", "Z", "é", ".hidden", "z"] {
        try files.write([], to: "\(directory)/\(name)")
      }
      #expect(try files.list(directory) == [".hidden", "Z", "a", "b", "z", "é"])
    }
  }

  @Test func directoriesAreMadeRenamedAndRemovedWhole() throws {
    try inTemporaryDirectory { directory in
      try files.createDirectories("\(directory)/x/y/z")
      try files.createDirectories("\(directory)/x/y/z")
      try files.write([1], to: "\(directory)/x/y/z/f")
      try files.createDirectory("\(directory)/other")
      try files.write([2], to: "\(directory)/other/g")
      let taken = #expect(throws: FileError.self) {
        try files.rename("\(directory)/x", to: "\(directory)/other")
      }
      #expect(taken?.isTaken == true)
      try files.rename("\(directory)/x", to: "\(directory)/moved")
      #expect(try files.read("\(directory)/moved/y/z/f") == [1])
      try files.synchronize("\(directory)/moved")
      try FileManager.default.createSymbolicLink(
        atPath: "\(directory)/moved/link", withDestinationPath: "\(directory)/other")
      try files.removeAll("\(directory)/moved")
      #expect(!files.exists("\(directory)/moved"))
      #expect(try files.read("\(directory)/other/g") == [2])
    }
  }

  @Test func errorsNameOperationPathAndReason() throws {
    let error = #expect(throws: FileError.self) { try files.read("/no/such/file") }
    #expect(error?.isMissing == true)
    #expect(error?.description == "/no/such/file: cannot read: No such file or directory")
    #expect(try files.status("/no/such/file") == nil)
    #expect(try files.freeSpace(at: "/") > 0)
  }

  @Test func replacingLeavesOneFile() throws {
    try inTemporaryDirectory { directory in
      try files.replace("\(directory)/s", with: [1])
      try files.replace("\(directory)/s", with: [2, 3])
      #expect(try files.read("\(directory)/s") == [2, 3])
      #expect(try files.list(directory) == ["s"])
    }
  }

  @Test(arguments: [("a/b/c", "a/b"), ("a", "."), ("/a", "/"), ("a/b/", "a"), ("/", ".")])
  func parentsOfPaths(_ path: String, _ parent: String) {
    #expect(parentDirectory(of: path) == (path == "/" ? "/" : parent))
  }
}
