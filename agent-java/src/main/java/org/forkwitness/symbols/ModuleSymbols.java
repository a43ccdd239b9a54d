package org.forkwitness.symbols;

import java.util.List;

/** The symbols of one ELF file. For one thread. */
interface ModuleSymbols extends AutoCloseable {
    /** A file without symbols, or none at all. */
    ModuleSymbols NONE = new ModuleSymbols() {
        @Override
        public List<SourceFrame> lookup(long address) {
            return List.of();
        }

        @Override
        public DataSymbol object(long address) {
            return null;
        }
    };

    /** The functions at an address of the file's own counting, innermost first; empty where nothing is known. */
    List<SourceFrame> lookup(long address);

    /** The variable that holds an address of the file's own counting; null where none is known to. */
    DataSymbol object(long address);

    @Override
    default void close() {}
}
