/// `ln(1 + u)` for `u` from `-0.75` on, small ones to their own precision.
///
/// What `1 + u` lost to rounding is given back by the factor `u / ((1 + u) - 1)` (Kahan).
@inlinable @inline(always) public func logarithmOfOnePlus(_ u: Vector) -> Vector {
  let w = splat(1) + u
  let rounded = w - splat(1)
  return (logarithm(w) * (u / rounded)).replacing(with: u, where: rounded .== splat(0))
}

/// `ln σ(x) = min(x, 0) − ln(1 + e^(−|x|))`, which neither overflows nor cancels.
@inlinable @inline(always) public func logSigmoid(_ x: Vector) -> Vector {
  smaller(x, splat(0)) - logarithmOfOnePlus(exponential(smaller(x, -x)))
}

/// `x` held at most `-2⁻²⁰`, and `1 − eˣ` of it, which near 0 must not be a difference.
@inlinable @inline(always) public func oneMinusExponential(
  _ input: Vector
) -> (held: Vector, value: Vector) {
  let x = smaller(input, splat(-0x1p-20))
  let near = -fused(exponentialTail(x), x * x, x)
  let far = splat(1) - exponential(x)
  return (x, far.replacing(with: near, where: x .> splat(-0.34)))
}

/// `ln(1 − eˣ)` for negative `x`, held as above.
@inlinable @inline(always) public func logarithmOfOneMinusExponential(_ input: Vector) -> Vector {
  let (x, value) = oneMinusExponential(input)
  let far = logarithmOfOnePlus(-exponential(x))
  return far.replacing(with: logarithm(value), where: x .> splat(-0.34))
}
