import Foundation
import Job
import Program

/// A job's status for programs: the keys of status.json, and what `status` finds out besides.
struct StatusJSON: Encodable {
  private let folder: String
  private let status: JobStatus
  private let text: StatusText

  private enum Key: CodingKey {
    case folder, ageSeconds, hasDied, exitCode
  }

  init(_ status: JobStatus, _ text: StatusText, folder: String) {
    self.folder = folder
    self.status = status
    self.text = text
  }

  func encode(to encoder: any Encoder) throws {
    try status.encode(to: encoder)
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(folder, forKey: .folder)
    try container.encodeIfPresent(text.age, forKey: .ageSeconds)
    try container.encode(text.isDead, forKey: .hasDied)
    try container.encode(text.exitCode, forKey: .exitCode)
  }
}
