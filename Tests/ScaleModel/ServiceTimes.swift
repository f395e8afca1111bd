/// The time in seconds that the coordinator's main thread spends on each task, as measured by
/// `scripts/simulate-scale.sh`.
package struct ServiceTimes: Sendable {
  /// Receiving a message without a file.
  package var receive: Double
  /// Sending a message.
  package var send: Double
  /// The additional time to receive a file of an image.
  package var receiveFile: Double
  /// Writing a file of an image: its line of metadata, a temporary file and a rename.
  package var writeFile: Double
  /// Publishing a file that a rank wrote: its line of metadata and a rename.
  package var publishFile: Double
  /// The size of a file of an image, in bytes.
  package var fileSize: Double
  /// The bandwidth of the coordinator's node, in bytes per second.
  package var bandwidth: Double
  /// The latency of any message.
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
