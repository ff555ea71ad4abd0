import Configuration
import EnvironmentKit
import TestSupport
import Testing

@Suite struct ConfigKeysTests {
  @Test func blocksDescribeTheirKeys() {
    let catalogs: [[(name: String, block: any ConfigBlock.Type)]] = [
      ExtractorCatalog.entries, VerifierCatalog.entries, PartialCreditCatalog.entries,
      CurriculumCatalog.entries, GateCatalog.entries, ShaperCatalog.entries,
    ]
    for entry in catalogs.joined() { #expect(problems(in: entry.block) == [], "\(entry.name)") }
    let blocks: [any ConfigBlock.Type] = [
      PromptBlock.self, EpisodeBlock.self, RewardBlock.self, SplitBlock.self, LimitsBlock.self,
      StepsBlock.self,
    ]
    for block in blocks { #expect(problems(in: block) == [], "\(block)") }
  }

  /// Blocks with a key that has no default are described like the others.
  @Test func requiredKeysAreDescribedToo() throws {
    let blocks: [any ConfigBlock] = [EnvironmentFile(), LevelBlock(), ReportBlock()]
    for block in blocks {
      let coded = try JSON(encoding: block).members?.map(\.key)
      #expect(coded == type(of: block).keys.map(\.key))
    }
  }

  private func problems(in type: any ConfigBlock.Type) -> [String] {
    func open<Block: ConfigBlock>(_ type: Block.Type) -> [String] { configProblems(in: type) }
    return open(type)
  }
}
