import CIntrinsics

/// Sixteen lanes on every machine, so that a sum has one order: lane `i` holds elements `i mod 16`.
public typealias Vector = SIMD16<Float>
public typealias Source = UnsafePointer<Float>
public typealias Target = UnsafeMutablePointer<Float>

/// Elements in a vector, rows of a key block, columns of a panel.
@inlinable public var lanes: Int { @inline(always) get { 16 } }

@inlinable @inline(always) public func load(_ source: Source) -> Vector {
  UnsafeRawPointer(source).loadUnaligned(as: Vector.self)
}

@inlinable @inline(always) public func load(_ source: Target) -> Vector {
  UnsafeRawPointer(source).loadUnaligned(as: Vector.self)
}

@inlinable @inline(always) public func store(_ value: Vector, _ target: Target) {
  UnsafeMutableRawPointer(target).storeBytes(of: value, as: Vector.self)
}

/// 0, 1, … 15.
@inlinable public var laneNumbers: SIMD16<Int32> {
  @inline(always) get { SIMD16<Int32>(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15) }
}

/// The first `count` elements, and `fill` in the other lanes.
@inlinable @inline(always) public func load(_ source: Source, first count: Int, fill: Float = 0)
  -> Vector
{
  if count >= lanes { return load(source) }
  var value = Vector(repeating: fill)
  for lane in 0..<count { value[lane] = source[lane] }
  return value
}

@inlinable @inline(always) public func store(_ value: Vector, _ target: Target, first count: Int) {
  if count >= lanes { return store(value, target) }
  for lane in 0..<count { target[lane] = value[lane] }
}

@inlinable @inline(always) public func splat(_ value: Float) -> Vector { Vector(repeating: value) }

/// `a · b + c`, rounded once.
@inlinable @inline(always) public func fused(_ a: Vector, _ b: Vector, _ c: Vector) -> Vector {
  c.addingProduct(a, b)
}

@inlinable @inline(always) public func larger(_ a: Vector, _ b: Vector) -> Vector {
  a.replacing(with: b, where: b .> a)
}
@inlinable @inline(always) public func smaller(_ a: Vector, _ b: Vector) -> Vector {
  a.replacing(with: b, where: b .< a)
}

@inlinable @inline(always) public func squareRoot(_ x: Vector) -> Vector { rl_square_root(x) }

/// The transpose of 16 rows: four times the first eight are woven into the last eight.
@inlinable @inline(always) public func transposed(_ rows: InlineArray<16, Vector>)
  -> InlineArray<16, Vector>
{
  var woven = rows
  for _ in 0..<4 {
    let rows = woven
    for r in 0..<8 {
      woven[2 &* r] = rl_interleave_low(rows[r], rows[r &+ 8])
      woven[2 &* r &+ 1] = rl_interleave_high(rows[r], rows[r &+ 8])
    }
  }
  return woven
}

/// The sum of the lanes, halves first: the one order that every reduction ends with.
@inlinable @inline(always) public func sum(_ a: Vector) -> Float { rl_sum(a) }

@inlinable @inline(always) public func maximum(_ a: Vector) -> Float { rl_maximum(a) }

@inlinable @inline(always) public func roundedUp(_ count: Int, to multiple: Int) -> Int {
  (count &+ multiple &- 1) / multiple &* multiple
}
