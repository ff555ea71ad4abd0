import EnvironmentKit

/// The problem families we ship: a new one is its file and its line here.
public enum BuiltinFamilies {
  public static let all: [any ProblemFamily.Type] = [
    Arith.self, Chain.self, Copy.self, Reverse.self, Sort.self, Token.self, Vowels.self,
  ]
}
