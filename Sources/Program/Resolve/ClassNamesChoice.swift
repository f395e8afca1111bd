import Foundation
import Job
import Model
import Wording

/// The class names of a job, and where they come from.
package struct ClassNamesChoice {
  package enum Origin {
    /// The option `--class-names`: a file, or 'none'.
    case option
    /// The bundled model.
    case model
    /// ImageNet, because the model has as many classes.
    case imageNet
    /// An earlier job in the output folder.
    case folder
    case unknown
  }

  /// The names by label, or `nil` if there are none.
  package let names: [String]?
  package let origin: Origin

  /// - Parameters:
  ///   - option: the value of `--class-names`, if it was given.
  ///   - bundled: the names from the bundled model.
  ///   - count: the number of classes, or `nil` if the networks take no label.
  package init(option: String?, bundled: [String]?, count: Int?) throws(Failure) {
    if let option {
      (names, origin) = (try Self.names(option, count: count), .option)
    } else if let bundled {
      (names, origin) = (bundled, .model)
    } else if count == ImageNetClasses.count, let imageNet = ImageNetClasses.names {
      (names, origin) = (imageNet, .imageNet)
    } else {
      (names, origin) = (nil, .unknown)
    }
  }

  /// The names of an earlier job in the output folder.
  package init(ofFolder names: [String]?) {
    (self.names, origin) = (names, .folder)
  }

  /// A note about names that the user did not choose, or `nil` if none is needed.
  package var note: String? {
    guard origin == .imageNet else { return nil }
    return "ImageNet's, because the model has 1,000 classes (--class-names FILE names others, "
      + "--class-names none leaves them out)"
  }

  private static func names(_ option: String, count: Int?) throws(Failure) -> [String]? {
    guard let count else {
      throw Failure(
        "--class-names was given, but the model is unconditional and has no classes; leave it out",
        status: .usage)
    }
    return option == "none" ? nil : try ClassNamesFile.read(option, count: count)
  }
}

/// The file of `--class-names`: one name per line, in the order of the labels.
package enum ClassNamesFile {
  /// The largest number of bytes of such a file, so that an endless input is not read forever.
  private static let limit = 16 << 20

  /// - Parameter count: the number of classes.
  /// - Throws: a `Failure` unless there is one name for each class. A list that is shifted by a line
  ///   would give every image a wrong name.
  package static func read(_ path: String, count: Int) throws(Failure) -> [String] {
    do throws(Failure) {
      var names = try lines(of: InputText.bytes(path, limit: limit), path)
      while names.last?.isEmpty == true { names.removeLast() }
      guard names.count == count else {
        throw Failure(
          "\(path.printable): has \(counted(names.count, "name")), but the "
            + "model has \(count) classes; write one name a line, in the order of the labels",
          status: .badData)
      }
      return names
    } catch {
      throw Failure("--class-names \(error.message)", status: error.status)
    }
  }

  /// Returns the lines without their ends: line feeds, carriage returns or both. Other line ends of
  /// Unicode, such as U+2028, are part of a name.
  private static func lines(of bytes: [UInt8], _ path: String) throws(Failure) -> [String] {
    func refuse(_ problem: String) -> Failure {
      Failure("\(path.printable): \(problem)", status: .badData)
    }
    if let problem = InputText.encodingProblem(bytes) { throw refuse(problem) }
    let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
    guard let text = String(validating: bytes.dropFirst(hasMark ? 3 : 0), as: UTF8.self) else {
      throw refuse("is not text in UTF-8")
    }
    guard !text.utf8.contains(0) else { throw refuse("is not text: it holds a byte of value 0") }
    return text.split(omittingEmptySubsequences: false) { ["\n", "\r\n", "\r"].contains($0) }
      .map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
