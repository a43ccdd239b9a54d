package org.forkwitness.symbols;

import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.forkwitness.jnr.LibStdCxx;
import org.forkwitness.jnr.Libraries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** C++ names as the source has them, by the C++ library; where that is missing they stay mangled. For one thread. */
final class Demangler {
    private static final Logger LOG = LoggerFactory.getLogger(Demangler.class);
    private static final String ITANIUM_PREFIX = "_Z";

    private LibStdCxx library;
    private boolean missing;

    /** The readable form of an Itanium C++ name; any other name as it is. */
    String demangle(String name) {
        if (name == null || !name.startsWith(ITANIUM_PREFIX) || !loaded()) {
            return name;
        }
        Pointer status = Memory.allocateDirect(Runtime.getRuntime(library), Integer.BYTES, true);
        Pointer text = library.__cxa_demangle(name, null, null, status);
        if (text == null) {
            return name;
        }
        try {
            return text.getString(0);
        } finally {
            Libraries.c().free(text);
        }
    }

    private boolean loaded() {
        if (library == null && !missing) {
            try {
                library = Libraries.load(LibStdCxx.class, LibStdCxx.NAME);
            } catch (LinkageError e) {
                missing = true;
                LOG.info("{} not found, C++ names stay mangled: {}", LibStdCxx.NAME, e.toString());
            }
        }
        return !missing;
    }
}
