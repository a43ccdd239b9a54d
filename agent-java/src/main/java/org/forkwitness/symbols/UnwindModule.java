package org.forkwitness.symbols;

import java.nio.file.Path;
import org.forkwitness.model.LoadedModule;

/** A module with its file, for an unwinder. */
record UnwindModule(LoadedModule module, Path path, CodeFile file) {
    /** A run-time address as the file counts. */
    long local(long address) {
        return address - module.bias();
    }
}
