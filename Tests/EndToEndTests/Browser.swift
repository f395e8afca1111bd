import Foundation
import TestSupport

/// The report of a page about itself.
protocol PageLook: Decodable {
  /// Statements that define `look`, an object with the properties of this type.
  static var script: String { get }
}

/// A headless Chromium, in which a page reports how it looks.
enum Browser {
  /// The report of the page of a job.
  struct Look: PageLook {
    let windowWidth: Int
    /// The number of pixels by which the page is wider than the window.
    let overflow: Int
    let background: String
    /// The size of the contact sheet, and its number of colours.
    let imageWidth: Int
    let imageHeight: Int
    let imageColors: Int
    /// The size of the timeline in the layout.
    let timelineWidth: Double
    let timelineHeight: Double
    /// The text that a reader sees.
    let text: String
    /// The addresses of everything that was loaded besides the page.
    let resources: [String]
    /// `CSS1Compat` for standard HTML.
    let mode: String

    static let script = """
      const root = document.documentElement;
      const image = document.querySelector("figure img");
      const canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
      const timeline = document.querySelector("svg").getBoundingClientRect();
      const look = {
        windowWidth: innerWidth, overflow: root.scrollWidth - root.clientWidth,
        background: getComputedStyle(root).backgroundColor,
        imageWidth: image.naturalWidth, imageHeight: image.naturalHeight,
        imageColors: new Set(new Uint32Array(pixels.buffer)).size,
        timelineWidth: timeline.width, timelineHeight: timeline.height,
        text: document.body.innerText, mode: document.compatMode,
        resources: performance.getEntriesByType("resource").map(entry => entry.name),
      };
      """
  }

  /// Debian's or Google's own package. Ubuntu's `chromium` is a stub that needs a snap daemon.
  static let executable = ["/usr/bin/chromium", "/usr/bin/google-chrome"]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// Opens a copy of a page in an otherwise empty folder.
  static func open<Report: PageLook>(
    _ page: Data, width: Int, isDark: Bool = false, as report: Report.Type = Look.self
  ) async throws -> (look: Report, console: [String]) {
    guard let executable else { throw TestSetupError("there is no Chromium") }
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "frame.html")
    try (page + Data("<script>\(probe(Report.script))</script>".utf8))
      .write(to: folder.url.appending(path: "mailed.html"))
    try Data(frame(width: width).utf8).write(to: file)
    let result = try await TestProcess.run(
      URL(filePath: executable),
      [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--hide-scrollbars", "--enable-logging=stderr",
        "--user-data-dir=\(folder.url.appending(path: "profile").path)",
        "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)",
        "--window-size=1700,1000", "--virtual-time-budget=10000", "--dump-dom",
        file.absoluteString,
      ], timeout: .seconds(240))
    guard let answer = result.output.firstMatch(of: /<pre id="probe">([^<]*)<\/pre>/),
      let json = Data(base64Encoded: String(answer.1))
    else { throw TestSetupError("the page did not answer: \(result)") }
    let console = result.errors.split(separator: "\n").filter { $0.contains(":CONSOLE") }
    return (try JSONDecoder().decode(Report.self, from: json), console.map(String.init))
  }

  /// Returns a page with a frame, because a window is at least 500 pixels wide, and a frame can be
  /// narrower. It appends the report of the page in the frame to itself.
  private static func frame(width: Int) -> String {
    """
    <!DOCTYPE html>
    <meta name="color-scheme" content="light dark">
    <iframe src="mailed.html" width="\(width)" height="900" style="border: 0"></iframe>
    <script>
    addEventListener("message", event => {
      const answer = document.createElement("pre");
      answer.id = "probe";
      answer.textContent = event.data;
      document.body.append(answer);
    });
    </script>
    """
  }

  /// Returns a script that sends the report to the frame's parent, in base 64.
  private static func probe(_ script: String) -> String {
    """
    addEventListener("load", () => {
      \(script)
      const bytes = new TextEncoder().encode(JSON.stringify(look));
      parent.postMessage(btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join("")), "*");
    });
    """
  }
}
