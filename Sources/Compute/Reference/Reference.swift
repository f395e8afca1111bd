/// Plain loops that say what each operation computes: the yardstick of the fast ones in tests.
///
/// Everything is in Double, one element at a time, in the order of the formula.
package enum Reference {}
