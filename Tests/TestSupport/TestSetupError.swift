/// The reason a test could not do what it was to check.
package struct TestSetupError: Error, CustomStringConvertible {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}
