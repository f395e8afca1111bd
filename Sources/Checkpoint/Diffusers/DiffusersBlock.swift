/// A tensor's name, divided: `down_blocks.LEVEL.resnets.NUMBER.REST`, or `mid_block.resnets.NUMBER.REST`
/// without a level.
struct DiffusersBlock {
  let group: Substring
  let level: Int
  let kind: Substring
  let number: Int
  let rest: Substring

  private static let largestNumber = 1000

  init?(_ name: String) {
    let parts = name.split(separator: ".", maxSplits: 4, omittingEmptySubsequences: false)
    let hasLevel = parts[0] != "mid_block"
    let kind = hasLevel ? 2 : 1
    guard parts.count > kind + 2, let level = hasLevel ? Self.number(parts[1]) : 0,
      let number = Self.number(parts[kind + 1])
    else { return nil }
    (group, self.level, self.kind, self.number) = (parts[0], level, parts[kind], number)
    rest = parts[(kind + 2)...].joined(separator: ".")[...]
  }

  private static func number(_ text: Substring) -> Int? {
    Int(text).flatMap { (0..<largestNumber).contains($0) ? $0 : nil }
  }
}
