package org.forkwitness.symbols;

import java.util.List;

/** The symbols of one ELF file. For one thread. */
interface ModuleSymbols extends AutoCloseable {
    /** A file without symbols, or none at all. */
    ModuleSymbols NONE = address -> List.of();

    /** The functions at an address of the file's own counting, innermost first; empty where nothing is known. */
    List<SourceFrame> lookup(long address);

    @Override
    default void close() {}
}
