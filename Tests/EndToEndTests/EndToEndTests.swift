import Testing

/// The built program in real processes, with and without mpirun: commands that a user types, and
/// their results. The tests run one at a time because each job uses all processors.
@Suite("End to end", .serialized) struct EndToEndTests {}
