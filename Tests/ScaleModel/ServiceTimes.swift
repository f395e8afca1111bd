/// What the coordinator's main thread spends on each thing that it does, in seconds, as
/// `scripts/simulate-scale.sh` measures it.
package struct ServiceTimes: Sendable {
  /// To receive a message without a file.
  package var receive: Double
  /// To send one.
  package var send: Double
  /// What to receive an image's file takes more than a message without one.
  package var receiveFile: Double
  /// To write an image's file: its line of metadata, a temporary file, a rename.
  package var writeFile: Double
  /// To publish a file that a rank wrote: its line of metadata, a rename.
  package var publishFile: Double
  /// Bytes of an image's file.
  package var fileSize: Double
  /// Bytes a second that reach the coordinator's node.
  package var bandwidth: Double
  /// Of any message, on its way.
  package var latency: Double

  package init(
    receive: Double = 3e-6, send: Double = 5e-6, receiveFile: Double = 40e-6,
    writeFile: Double = 90e-6, publishFile: Double = 30e-6, fileSize: Double = 125e3,
    bandwidth: Double = 10e9, latency: Double = 20e-6
  ) {
    self.receive = receive
    self.send = send
    self.receiveFile = receiveFile
    self.writeFile = writeFile
    self.publishFile = publishFile
    self.fileSize = fileSize
    self.bandwidth = bandwidth
    self.latency = latency
  }
}
