extension Engine {
  /// Changes every element, several at once where there are threads.
  ///
  /// Operations inside `body` run on its own thread alone: same bits, and nobody to wait for.
  public func modifyEach<Element: Sendable>(
    _ elements: inout [Element], _ body: (inout Element) -> Void
  ) {
    elements.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return }
      run(buffer.count) { body(&base[$0]) }
    }
  }
}
