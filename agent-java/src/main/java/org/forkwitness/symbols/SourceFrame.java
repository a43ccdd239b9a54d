package org.forkwitness.symbols;

/**
 * A native function at an address.
 *
 * @param function its name, demangled
 * @param file source file as the debug information names it, or null
 * @param line line in it, or null
 * @param inlined true where it was inlined into the next frame
 */
record SourceFrame(String function, String file, Integer line, boolean inlined) {}
