package org.forkwitness.symbols;

/**
 * An address in a variable.
 *
 * @param name the variable, demangled
 * @param offset bytes from its beginning
 */
record DataSymbol(String name, long offset) {
    @Override
    public String toString() {
        return offset == 0 ? name : name + "+0x" + Long.toHexString(offset);
    }
}
