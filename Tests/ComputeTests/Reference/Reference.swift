/// Plain loops that define what each operation computes. Tests compare the fast operations with them.
///
/// They compute in Double, one element at a time, in the order of the formula.
enum Reference {}
