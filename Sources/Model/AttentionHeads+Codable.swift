/// Written as `{"channelsEach": 64}` or `{"count": 4}`.
extension AttentionHeads: Codable {
  private enum CodingKeys: String, CodingKey {
    case count
    case channelsEach
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    if let width = try container.decodeIfPresent(Int.self, forKey: .channelsEach) {
      self = .channelsEach(width)
    } else {
      self = .count(try container.decode(Int.self, forKey: .count))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .count(let count): try container.encode(count, forKey: .count)
    case .channelsEach(let width): try container.encode(width, forKey: .channelsEach)
    }
  }
}
