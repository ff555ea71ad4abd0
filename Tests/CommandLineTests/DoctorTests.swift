import Configuration
import Foundation
import Testing

@Suite struct DoctorTests {
  @Test func everythingIsLookedAt() throws {
    let ran = try RunningProgram.run("doctor", "--json")
    #expect(ran.code == 0)
    let json = try JSON(parsing: ran.output)
    #expect(json["usable"]?.bool == true)
    let findings = try #require(json["findings"])
    #expect(
      findings.members?.map(\.key) == [
        "vectors", "blas", "build", "cores", "memory", "disk", "files", "terminal",
      ])
    for finding in findings.members ?? [] {
      let state = finding.value["state"]?.string
      #expect(["ok", "note"].contains(state))
      #expect((state == "note") == (finding.value["advice"]?.string?.isEmpty == false))
    }
    let version = try JSON(parsing: try RunningProgram.run("version", "--json").output)
    #expect(findings["vectors"]?["built_for"] == version["instruction_set"])
    #expect(
      try #require(findings["cores"]?["count"]?.int) == ProcessInfo.processInfo.activeProcessorCount
    )
    #expect(try #require(findings["memory"]?["total"]?.int) > 1 << 28)
    #expect(findings["files"]?["package"]?.string == RunningProgram.packageRoot)
    #expect(findings["terminal"]?["output"]?.bool == false)
  }

  /// Two cores hear from each other within microseconds, where they are free to.
  @Test func theRoundTripIsPlausible() throws {
    let cores = try JSON(parsing: try RunningProgram.run("doctor", "--json").output)["findings"]?[
      "cores"]
    if let trip = cores?["round_trip_ns"]?.int { #expect((5...10_000).contains(trip)) }
  }

  /// One line each, and advice where something could be better.
  @Test func awayFromItsPackageItSaysWhatIsMissing() throws {
    let ran = try RunningProgram.shell(
      """
      place="$(mktemp -d)" && cp "$RL" "$place/rl" && cd "$place" && taskset -c 0 ./rl doctor
      code=$?; rm -rf "$place"; exit $code
      """)
    #expect(ran.code == 0, "\(ran.error)")
    #expect(ran.output.contains("files      note  package not found; 0 configurations"))
    #expect(ran.output.contains("cores      ok    1\n"))  // and nothing to measure
  }
}
