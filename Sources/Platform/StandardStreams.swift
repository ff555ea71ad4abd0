import Foundation

/// Writes data to standard output; when nobody reads on, the process ends quietly with 0.
public func writeStandardOutput(_ text: String) {
  do throws(FileError) {
    try writeAll(Array(text.utf8), to: STDOUT_FILENO, "standard output")
  } catch {
    if error.code == EPIPE { exit(0) }
    writeStandardError("\(error)\n")
    exit(1)
  }
}

/// Writes narration to standard error; losing its reader never stops the work.
public func writeStandardError(_ text: String) {
  try? writeAll(Array(text.utf8), to: STDERR_FILENO, "standard error")
}

/// All of standard input.
public func readStandardInput() throws(FileError) -> [UInt8] {
  try OpenFile(duplicating: STDIN_FILENO, "standard input", "read").readAll()
}

private func writeAll(
  _ bytes: [UInt8], to descriptor: Int32, _ name: String
) throws(FileError) {
  var done = 0
  while done < bytes.count {
    let count = unsafe bytes[done...].withUnsafeBytes { buffer in
      unsafe write(descriptor, buffer.baseAddress, buffer.count)
    }
    if count >= 0 {
      done += count
    } else if errno == EAGAIN {  // whoever gave us the stream does not want to wait; we do
      var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      unsafe poll(&state, 1, -1)
    } else if errno != EINTR {
      throw FileError("write", name)
    }
  }
}
