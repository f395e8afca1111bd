import Testing

/// The built program in real processes, alone and under mpirun: what a user types, and what comes
/// of it. One at a time, since each job takes all processors.
@Suite("End to end", .serialized) struct EndToEndTests {}
