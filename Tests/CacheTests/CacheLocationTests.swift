import Cache
import Testing

@Suite struct CacheLocationTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var option: String?
    var variables: [String: String] = [:]
    var accountHome: String? = "/home/account"
    /// `nil` if nothing is cached.
    var path: String?
    /// A part of the warning, or `nil` if there is none.
    var warns: String?

    var testDescription: String { "\(option ?? "-") \(variables) → \(path ?? "none")" }
  }

  private static let folders: Set<String> = ["/home/account", "/home/me", "/"]

  private func expectRight(_ test: Case) {
    let location = CacheLocation(
      option: test.option, environment: test.variables, accountHome: test.accountHome,
      isFolder: Self.folders.contains)
    #expect(location.folder?.path == test.path)
    if let part = test.warns {
      let text = location.warning.map { "\($0)" } ?? "no warning"
      #expect(text.contains(part) && text.hasPrefix("warning: "), "\(text)")
    } else {
      #expect(location.warning == nil)
    }
  }

  @Test(arguments: [
    Case(
      option: "/o",
      variables: ["DIFFUSE_MPI_CACHE": "/d", "XDG_CACHE_HOME": "/x", "HOME": "/home/me"],
      path: "/o"),
    Case(
      variables: ["DIFFUSE_MPI_CACHE": "/d", "XDG_CACHE_HOME": "/x", "HOME": "/home/me"],
      path: "/d"),
    Case(variables: ["XDG_CACHE_HOME": "/x", "HOME": "/home/me"], path: "/x/diffuse-mpi"),
    Case(variables: ["HOME": "/home/me"], path: "/home/me/.cache/diffuse-mpi"),
    Case(path: "/home/account/.cache/diffuse-mpi"),
    Case(variables: ["HOME": "/"], path: "/.cache/diffuse-mpi"),
    Case(option: "relative", path: "relative"),
  ])
  func `the option comes first, then DIFFUSE_MPI_CACHE, XDG_CACHE_HOME, HOME and the account`(
    test: Case
  ) { expectRight(test) }

  @Test(arguments: [
    Case(option: "none", variables: ["DIFFUSE_MPI_CACHE": "/d"]),
    Case(variables: ["DIFFUSE_MPI_CACHE": "none", "HOME": "/home/me"]),
    Case(option: "/o", variables: ["DIFFUSE_MPI_CACHE": "none"], path: "/o"),
  ])
  func `the option and DIFFUSE_MPI_CACHE can turn the cache off`(test: Case) { expectRight(test) }

  @Test(arguments: [
    Case(
      variables: ["DIFFUSE_MPI_CACHE": "", "XDG_CACHE_HOME": "", "HOME": ""],
      path: "/home/account/.cache/diffuse-mpi"),
    Case(
      variables: ["XDG_CACHE_HOME": "x", "HOME": "/home/me"], path: "/home/me/.cache/diffuse-mpi"),
  ])
  func `empty variables and a relative XDG_CACHE_HOME count as unset`(test: Case) {
    expectRight(test)
  }

  @Test(arguments: [
    Case(
      variables: ["HOME": "me"], path: "/home/account/.cache/diffuse-mpi",
      warns: "HOME is 'me', which is not an absolute path"),
    Case(
      variables: ["HOME": "/nowhere"], path: "/home/account/.cache/diffuse-mpi",
      warns: "HOME is /nowhere, which is not a folder"),
  ])
  func `an unusable HOME gives a warning, and the account's home folder is used`(test: Case) {
    expectRight(test)
  }

  @Test(arguments: [
    Case(accountHome: nil, warns: "HOME is not set"),
    Case(accountHome: "", warns: "DIFFUSE_MPI_CACHE"),
    Case(variables: ["HOME": "/nowhere"], accountHome: "/nonexistent", warns: "name a folder"),
  ])
  func `without a home folder nothing is kept, and a warning says what to do`(test: Case) {
    expectRight(test)
  }

  @Test(arguments: [
    ("20G", 20 << 30), ("500m", 500 << 20), ("1.5T", 3 << 39), ("1GiB", 1 << 30),
    ("2GB", 2 << 30),
    ("4096", 4096), ("1k", 1024),
  ])
  func `a size is a number and a unit of 1024`(text: String, bytes: Int) {
    #expect(CacheSize(text)?.bytes == bytes)
  }

  @Test(arguments: [
    "", "G", "-1G", "0", "20X", "1e3G", "inf", "nan", "0x10", "1.2.3", "9999999999T", "١G", " 1G",
  ])
  func `text that is not a size is refused`(text: String) {
    #expect(CacheSize(text) == nil)
  }
}
