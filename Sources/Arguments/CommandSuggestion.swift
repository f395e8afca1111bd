import Model
import Wording

/// The command that was probably meant by an unknown one.
enum CommandSuggestion {
  static func name(_ word: String, commands: [String]) -> String? {
    let word = lastComponent(word)
    let meant = sameMeaning.first { $0.words.contains(word) }?.command
    if let meant, commands.contains(meant) { return meant }
    return advice(word) == nil ? likelyMeant(word, among: commands) : nil
  }

  /// Returns advice for words that look like commands of other programs but have no counterpart
  /// here.
  static func advice(_ word: String) -> String? { advice[lastComponent(word)] }

  private static func lastComponent(_ word: String) -> String {
    word.lowercased().split(separator: "/").last.map(String.init) ?? word
  }

  private static let sameMeaning: [(command: String, words: Set<String>)] = [
    (
      "sample",
      [
        "generate", "gen", "create", "make", "run", "start", "draw", "images", "txt2img", "infer",
        "inference", "image_sample.py", "classifier_sample.py", "super_res_sample.py",
      ]
    ),
    ("inspect", ["info", "show", "describe", "look", "view", "print"]),
    ("plan", ["dry-run", "dryrun", "estimate", "preview", "explain"]),
    ("verify", ["check", "validate", "fsck"]),
    ("status", ["progress", "ps", "top", "watch", "state", "monitor"]),
    ("models", ["list", "ls", "model"]),
    ("cache", ["clean", "clear", "purge", "prune"]),
  ]

  private static let advice = [
    "resume": resuming, "continue": resuming, "restart": resuming,
    "train": training,
    "list": listing, "ls": listing, "models": listing,
    "image_nll.py": "this program does not compute likelihoods",
    "image_train.py": training, "classifier_train.py": training, "super_res_train.py": training,
    "python": script, "python3": script,
  ]

  private static let training = "this program does not train models"
  private static let script = "leave out python and the name of the script"
  private static let resuming =
    "run the command that started the job again; it generates the missing images"
  private static let listing =
    "'diffuse-mpi status FOLDER' shows a job, 'diffuse-mpi inspect FILE' a checkpoint;"
    + " 'diffuse-mpi help' lists the commands"
}
