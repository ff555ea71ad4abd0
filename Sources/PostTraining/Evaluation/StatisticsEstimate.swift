/// A mean over questions with what is known about its precision.
///
/// The question is the unit: several samples of one question are averaged first, and only the
/// spread between questions enters the error (Miller, "Adding error bars to evals", 2024).
public struct Estimate: Sendable, Equatable {
  public let value: Double
  public let items: Int
  /// `s / √n` over items with the sample deviation `s`; `nil` for a single item.
  public let standardError: Double?
  /// `nil` where a single item leaves it open.
  public let interval: ClosedRange<Double>?
}

extension Estimate {
  /// The mean of one number an item, with Student's interval; `nil` without items.
  public static func mean(ofItems items: [Double], confidence: Double = 0.95) -> Estimate? {
    guard let first = items.first else { return nil }
    let count = Double(items.count)
    let mean = first + items.reduce(0) { $0 + ($1 - first) } / count
    guard items.count > 1 else {
      return Estimate(value: mean, items: 1, standardError: nil, interval: nil)
    }
    let squares = items.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / (count - 1) / count).squareRoot()
    let reach = studentQuantile(confidence: confidence, degrees: items.count - 1) * error
    return Estimate(
      value: mean, items: items.count, standardError: error,
      interval: mean - reach...mean + reach)
  }

  /// The success rate over items, each with the outcomes of its samples.
  ///
  /// One sample an item: Wilson's interval. Otherwise Student's on the items' means. An item
  /// without outcomes said nothing and is left out; `nil` when that leaves no item.
  public static func successRate(_ outcomes: [[Bool]], confidence: Double = 0.95) -> Estimate? {
    let judged = outcomes.filter { !$0.isEmpty }
    let rates = judged.map { Double($0.count { $0 }) / Double($0.count) }
    guard let estimate = mean(ofItems: rates, confidence: confidence) else { return nil }
    guard judged.allSatisfy({ $0.count == 1 }) else { return estimate }
    let successes = judged.count { $0[0] }
    return Estimate(
      value: estimate.value, items: estimate.items, standardError: estimate.standardError,
      interval: wilsonInterval(successes: successes, of: judged.count, confidence: confidence))
  }

  /// How much better `items` did than `others` on the same items in the same order.
  ///
  /// What both found easy or hard cancels, so far fewer items show a difference.
  public static func pairedDifference(
    _ items: [Double], _ others: [Double], confidence: Double = 0.95
  ) -> Estimate? {
    precondition(
      items.count == others.count,
      "pairedDifference: \(items.count) and \(others.count) items do not pair")
    return mean(ofItems: zip(items, others).map { $0 - $1 }, confidence: confidence)
  }
}

/// Wilson's score interval of a success rate: inside 0...1, and not a point at either end.
public func wilsonInterval(
  successes: Int, of trials: Int, confidence: Double = 0.95
) -> ClosedRange<Double> {
  precondition(
    trials > 0 && (0...trials).contains(successes),
    "wilsonInterval: \(successes) successes of \(trials)")
  let (rate, count) = (Double(successes) / Double(trials), Double(trials))
  let z = normalQuantile(confidence: confidence)
  let center = rate + z * z / (2 * count)
  let reach = z * ((rate * (1 - rate) + z * z / (4 * count)) / count).squareRoot()
  let scale = 1 + z * z / count
  // At the ends the exact bound is 0 or 1; rounding must not push it outside.
  let low = successes == 0 ? 0 : max(0, (center - reach) / scale)
  let high = successes == trials ? 1 : min(1, (center + reach) / scale)
  return low...high
}
