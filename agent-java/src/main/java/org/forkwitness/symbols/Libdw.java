package org.forkwitness.symbols;

import com.kenai.jffi.Library;
import java.util.Optional;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.forkwitness.jnr.LibC;
import org.forkwitness.jnr.LibDw;
import org.forkwitness.jnr.Libraries;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** libdw, loaded and set up for files that are not mapped into any process here. For one thread. */
final class Libdw {
    private static final Logger LOG = LoggerFactory.getLogger(Libdw.class);

    /** The variable by which libdw would ask a server over the network for debug information. */
    private static final String DEBUGINFOD_URLS = "DEBUGINFOD_URLS";

    private final LibDw dw;
    private final LibC libc;
    private final Runtime runtime;
    private final Library library = Library.openLibrary(LibDw.NAME, Library.LAZY | Library.LOCAL);

    private Libdw(LibDw dw, LibC libc) {
        this.dw = dw;
        this.libc = libc;
        this.runtime = Runtime.getRuntime(dw);
        // A report must not wait for a download, nor tell anybody outside what runs here.
        libc.unsetenv(DEBUGINFOD_URLS);
    }

    /** Loads it; empty where the machine has none. */
    static Optional<Libdw> load() {
        try {
            return Optional.of(new Libdw(Libraries.load(LibDw.class, LibDw.NAME), Libraries.c()));
        } catch (LinkageError e) {
            // Also where jffi cannot unpack its own part, because no directory may hold a library (noexec).
            LOG.info("no libdw: {}", e.toString());
            return Optional.empty();
        }
    }

    LibDw dw() {
        return dw;
    }

    void free(Pointer memory) {
        libc.free(memory);
    }

    /** Zeroed memory that goes with the object that holds it. */
    Pointer allocate(int bytes) {
        return Memory.allocateDirect(runtime, bytes, true);
    }

    /** The address of a callback, for as long as the object that carries it out is referred to. */
    <T> Pointer callback(Class<T> type, T callback) {
        return runtime.getClosureManager().getClosurePointer(type, callback);
    }

    /** Gives back to the kernel what closed sessions have freed: debug information is large, and seldom looked at. */
    void trim() {
        try {
            libc.malloc_trim(0);
        } catch (UnsatisfiedLinkError e) {
            LOG.info("no malloc_trim: {}", e.getMessage());
        }
    }

    /**
     * {@code Dwfl_Callbacks} for a session, with libdwfl's own functions (libdwfl.h): separate debug information is found
     * by build-id.
     */
    Pointer callbacks() {
        Pointer struct = allocate(LibDw.SIZEOF_DWFL_CALLBACKS);
        struct.putAddress(0, library.getSymbolAddress("dwfl_build_id_find_elf"));
        struct.putAddress(LibDw.FIND_DEBUGINFO, library.getSymbolAddress("dwfl_build_id_find_debuginfo"));
        struct.putAddress(2 * Long.BYTES, library.getSymbolAddress("dwfl_offline_section_address"));
        return struct;
    }

    /**
     * Has it found by debug link, too. Only where there is such a file: where that function finds none, it loads
     * libdebuginfod, which takes 7 MiB for an HTTP client that is not to be used (elfutils 0.188,
     * libdwfl/debuginfod-client.c).
     */
    void followDebugLink(Pointer callbacks) {
        callbacks.putAddress(LibDw.FIND_DEBUGINFO, library.getSymbolAddress("dwfl_standard_find_debuginfo"));
    }
}
