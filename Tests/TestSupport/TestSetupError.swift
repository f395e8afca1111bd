/// The reason why a test could not check anything.
package struct TestSetupError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
