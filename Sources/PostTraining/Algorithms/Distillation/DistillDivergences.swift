import Configuration
import TensorCore

/// What pulls the student `π` to the teacher `π_T`, with the keys that it reads.
protocol TeacherDivergence: ConfigBlock {
  static var name: String { get }
  /// A token's term of the loss, for a plan.
  var formula: String { get }
  /// What the fused head computes; none where the loss has another form.
  var kind: VocabularyDivergence.Kind { get }
  /// The teacher's tokens that are told apart; 0 is all.
  var topK: Int { get }
}

extension TeacherDivergence {
  var topK: Int { 0 }

  fileprivate func overTop(_ formula: String) -> String {
    topK == 0 ? formula : "\(formula) over the teacher's top \(topK) tokens and one for the rest"
  }
}

/// The divergences that a stage may choose: a new one is its block and its line here.
public enum TeacherDivergenceCatalog: VariantCatalog {
  private static let types: [any TeacherDivergence.Type] = [
    ReverseKL.self, ForwardKL.self, GeneralizedJSD.self, SoftLabels.self, SampledReverseKL.self,
  ]
  public static var entries: [(name: String, block: any ConfigBlock.Type)] {
    types.map { ($0.name, $0) }
  }
  public static let standard = ReverseKL.name
}

extension Variant where Catalog == TeacherDivergenceCatalog {
  var divergence: any TeacherDivergence {
    guard let divergence = block as? any TeacherDivergence else {
      preconditionFailure("TeacherDivergenceCatalog: \(type) is not a divergence")
    }
    return divergence
  }
}

extension KeyDescription {
  fileprivate static let topK = KeyDescription(
    "top_k", "the teacher's tokens that are told apart, the rest being one; 0 tells all apart",
    "0...")
}

/// `KL(π ‖ π_T)` of each next-token distribution: the student leaves what the teacher would not say.
struct ReverseKL: TeacherDivergence {
  static let name = "reverse_kl"
  var topK = 0
  static let keys = [KeyDescription.topK]
  var formula: String { overTop("KL(π‖π_T)") }
  var kind: VocabularyDivergence.Kind { .reverseKL }
}

/// `KL(π_T ‖ π)`: the student covers what the teacher may say.
struct ForwardKL: TeacherDivergence {
  static let name = "forward_kl"
  var topK = 0
  static let keys = [KeyDescription.topK]
  var formula: String { overTop("KL(π_T‖π)") }
  var kind: VocabularyDivergence.Kind { .forwardKL }
}

/// `JSD_β = β KL(π_T ‖ m) + (1 − β) KL(π ‖ m)` with `m = (1 − β) π + β π_T` (Agarwal et al., 2024).
///
/// `JSD_β` goes to 0 at both ends, where GKD puts the whole divergences, so a sweep over `beta` moves
/// the size of the step tenfold; divided by `β (1 − β)` it goes to these divergences.
struct GeneralizedJSD: TeacherDivergence {
  static let name = "jsd"
  var beta: Double = 0.5
  var normalized = true
  var topK = 0
  static let keys = [
    KeyDescription("beta", "0 is KL(π_T‖π), 1 is KL(π‖π_T)", "0...1"),
    KeyDescription("normalized", "divides by β(1 - β), without which the ends are a jump"),
    .topK,
  ]
  var formula: String { overTop("JSD_\(beta)(π, π_T)" + (normalized ? "/(β(1 - β))" : "")) }
  var kind: VocabularyDivergence.Kind {
    .jensenShannon(beta: Float(beta), isNormalized: normalized)
  }
}

/// `-Σ r log π` with the labels `r = (1 − ε) π_T + ε / V` (Hinton et al., 2015).
struct SoftLabels: TeacherDivergence {
  static let name = "soft_labels"
  var labelSmoothing: Double = 0
  static let keys = [
    KeyDescription("label_smoothing", "share of the labels that is spread evenly", "0..<1")
  ]
  var formula: String {
    labelSmoothing == 0
      ? "-Σ π_T log π" : "-Σ r log π, r = \(1 - labelSmoothing)·π_T + \(labelSmoothing)/V"
  }
  var kind: VocabularyDivergence.Kind { .crossEntropy(smoothing: Float(labelSmoothing)) }
}

/// `KL(π ‖ π_T)` from the sampled tokens alone, as an advantage without gradient: for a teacher whose
/// distributions are out of reach. Its noise is what the exact forms lack.
struct SampledReverseKL: TeacherDivergence {
  static let name = "sampled"
  var discount: Double = 0
  static let keys = [
    KeyDescription(
      "discount", "weight of a token's next one in what it is blamed for; 0 is its own alone",
      "0...1")
  ]
  var formula: String {
    let sum = discount == 0 ? "d_t" : "Σ_k≥t \(discount)^(k-t)·d_k"
    return "r·\(sum), d = log π/π_T of the sampled token, r = π(y_t)/π_b(y_t)"
  }
  var kind: VocabularyDivergence.Kind { .none }
}
