import Arguments
import Job
import Testing

/// Classes given by name, as in `--classes` and `--labels`.
@Suite struct ClassListTests {
  static let clothes = [
    "T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag",
    "ankle boot",
  ]
  /// As in ImageNet, some classes have several names, and some names belong to two classes.
  static let animals = [
    "tench, Tinca tinca", "crane", "drake", "crane", "maillot", "maillot, tank suit", "3",
    "5\" disk", "Straße, Ærø",
  ]

  private func labels(_ text: String, _ names: [String]?, count: Int) throws -> [Int] {
    let plan = try PlanOptions(labels: text).plan(classCount: count, classNames: names)
    return (0..<plan.count).compactMap { plan[$0].label }
  }

  @Test(
    arguments: [
      ("sneaker,bag", [7, 8]),
      ("0-2,sneaker,ankle boot", [0, 1, 2, 7, 9]),
      (" Sneaker ,\n\"Ankle  Boot\", ", [7, 9]),
      ("t-shirt/top", [0]),
      ("bag,bag,8", [8, 8, 8]),
      ("ankle\tboot", [9]),
      ("\"7\"", [7]),
      ("bag\nshirt\n", [8, 6]),
    ] as [(String, [Int])])
  func `names, numbers and ranges may be mixed`(text: String, expected: [Int]) throws {
    #expect(try labels(text, Self.clothes, count: 10) == expected)
  }

  @Test(
    arguments: [
      ("tench", [0]),
      ("Tinca tinca,2", [0, 2]),
      // The whole line is one class, with or without quotation marks.
      ("tench, Tinca tinca", [0]),
      ("tench,tinca tinca,drake", [0, 2]),
      ("drake,\"Tench, Tinca tinca\"", [2, 0]),
      ("\"tench\",\"Tinca tinca\"", [0, 0]),
      ("tank suit", [5]),
      // A number is a label. A name that looks like a number must be in quotation marks.
      ("3", [3]),
      ("\"3\"", [6]),
      ("\"5\"\" disk\"", [7]),
      ("5\" disk", [7]),
      ("STRASSE,straße", []),
      ("A\u{30A}", []),
    ] as [(String, [Int])])
  func `a class can be named by its whole line or by a name between the commas`(
    text: String, expected: [Int]
  ) throws {
    guard !expected.isEmpty else {
      // Case is folded letter by letter: SS is not ß, and Å is not Æ.
      #expect(throws: Failure.self) { try labels(text, Self.animals, count: 9) }
      return
    }
    #expect(try labels(text, Self.animals, count: 9) == expected)
  }

  @Test(arguments: [
    ("sneeker", "'sneeker' is not a class; did you mean 'sneaker'?"),
    ("boot", "did you mean 'ankle boot'?"),
    ("coat,shrit", "--labels 'coat,shrit': 'shrit' is not a class; did you mean 'shirt'"),
    ("xylophone", "the classes are T-shirt/top, trouser,"),
    ("12", "class 12 does not exist; the model's classes are 0 to 9"),
    ("0-12", "class 12 does not exist"),
    ("10-11", "class 10 does not exist"),
    ("99999999999999999999999999", "does not exist; the model's classes are 0 to 9"),
    ("-1", "'-1' is not a number"),
    ("٣", "write numbers in the digits 0 to 9"),
    ("1，2", "separate the items with the comma"),
    ("bag,,coat", "an item is empty"),
    ("", "an item is empty"),
    ("bag-coat", "'bag-coat' is not a class"),
    (String(repeating: "bag", count: 10_000), "is not a class"),
  ])
  func `an item that matches no class is refused with a suggestion`(text: String, says: String) {
    let failure = #expect(throws: Failure.self) { try labels(text, Self.clothes, count: 10) }
    #expect(failure?.status == .usage)
    #expect(failure?.message.contains(says) == true, "\(failure!)")
    #expect(failure!.message.count < 500)
  }

  @Test
  func `a name of several classes is refused with their numbers`() {
    for (text, says) in [
      ("crane", "'crane' is the name of 2 classes; write the number of one: 1 (crane), 3 (crane)"),
      ("\"Maillot\"", "4 (maillot), 5 (maillot, tank suit)"),
    ] {
      let failure = #expect(throws: Failure.self) { try labels(text, Self.animals, count: 9) }
      #expect(failure?.message.contains(says) == true, "\(failure!)")
    }
  }

  @Test
  func `without names only numbers are accepted, and the error says how to get names`() throws {
    #expect(try labels("3,1-2", nil, count: 10) == [3, 1, 2])
    let failure = #expect(throws: Failure.self) { try labels("sneaker", nil, count: 10) }
    #expect(failure?.message.contains("--class-names") == true)
  }
}
