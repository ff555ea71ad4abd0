/// `eˣ` with relative error below 2⁻²² (Cephes' polynomial); inputs are held in ±87.3.
///
/// libm's bits differ between versions and processors, so ours are fixed here.
@inlinable @inline(always) public func exponential(_ input: Vector) -> Vector {
  let x = smaller(larger(input, splat(-87.3)), splat(87.3))
  let magic = splat(12_582_912)  // adding 1.5 · 2²³ leaves the nearest integer in the low bits
  let shifted = fused(x, splat(1.442_695_04), magic)
  let n = shifted - magic
  // x − n ln 2 in two parts: 0.693359375 is exact in ten bits.
  let r = fused(n, splat(2.121_944_4e-4), fused(n, splat(-0.693_359_375), x))
  let p = fused(exponentialTail(r), r * r, r + splat(1))
  let exponent =
    unsafeBitCast(shifted, to: SIMD16<Int32>.self) &<< SIMD16<Int32>(repeating: 23)
  return unsafeBitCast(unsafeBitCast(p, to: SIMD16<Int32>.self) &+ exponent, to: Vector.self)
}

/// `(eʳ − 1 − r) / r²` for `|r|` up to `ln 2 / 2`.
@inlinable @inline(always) func exponentialTail(_ r: Vector) -> Vector {
  var p = splat(1.987_569_15e-4)
  p = fused(p, r, splat(1.398_199_950_7e-3))
  p = fused(p, r, splat(8.333_451_907_3e-3))
  p = fused(p, r, splat(4.166_579_589_4e-2))
  p = fused(p, r, splat(1.666_666_545_9e-1))
  return fused(p, r, splat(0.5))
}

/// `ln x` for positive normal `x`, with absolute error below 2⁻²² near 1 (Cephes' polynomial).
@inlinable @inline(always) public func logarithm(_ x: Vector) -> Vector {
  typealias Bits = SIMD16<Int32>
  let bits = unsafeBitCast(x, to: Bits.self)
  // Subtracting the bits of √½ splits x into 2ⁿ · m with m in [√½, √2).
  let n = (bits &- Bits(repeating: 0x3f35_04f3)) &>> Bits(repeating: 23)
  let m = unsafeBitCast(bits &- (n &<< Bits(repeating: 23)), to: Vector.self)
  let z = m - splat(1)
  var p = splat(7.037_683_629_2e-2)
  p = fused(p, z, splat(-1.151_461_031_0e-1))
  p = fused(p, z, splat(1.167_699_874_0e-1))
  p = fused(p, z, splat(-1.242_014_084_6e-1))
  p = fused(p, z, splat(1.424_932_278_7e-1))
  p = fused(p, z, splat(-1.666_805_766_5e-1))
  p = fused(p, z, splat(2.000_071_476_5e-1))
  p = fused(p, z, splat(-2.499_999_399_3e-1))
  p = fused(p, z, splat(3.333_333_117_4e-1))
  let square = z * z
  let exponent = Vector(n)
  var tail = p * z * square
  tail = fused(exponent, splat(-2.121_944_4e-4), tail)
  tail = fused(splat(-0.5), square, tail)
  return fused(exponent, splat(0.693_359_375), z + tail)
}

@inlinable @inline(always) public func logarithm(_ x: Float) -> Float { logarithm(splat(x))[0] }

/// `eˣ − 1` for `x ≤ 80`, to a share of it also where it is small: with `u = eˣ`, the errors of
/// `u − 1` and of `ln u` cancel (Kahan).
@inlinable @inline(always) public func exponentialMinusOne(_ x: Vector) -> Vector {
  let u = exponential(x)
  let rise = u - splat(1)
  return (rise * (x / logarithm(u)))
    .replacing(with: x, where: rise .== Vector.zero)
    .replacing(with: splat(-1), where: rise .== splat(-1))
}

/// `1 / (1 + e⁻ˣ)`.
@inlinable @inline(always) public func logistic(_ x: Vector) -> Vector {
  splat(1) / (splat(1) + exponential(-x))
}
