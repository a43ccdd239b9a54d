package org.forkwitness.jnr;

import java.nio.file.Files;
import java.nio.file.Path;
import jnr.ffi.LibraryLoader;

/** Loads native libraries, each with its first use and once: a mapping costs time and memory. Safe for many threads. */
public final class Libraries {
    private Libraries() {}

    /**
     * Where jffi unpacks its own part when nothing can be written where the JVM keeps temporary files, as on a read-only
     * root. Before the first use of a library.
     */
    public static void unpackTo(Path directory) {
        if (!Files.isWritable(Path.of(System.getProperty("java.io.tmpdir")))) {
            System.setProperty("jffi.extract.dir", directory.toAbsolutePath().toString());
        }
    }

    /** Loads with the class, which the first use of the library loads. */
    private static final class C {
        static final LibC LIBRARY = LibraryLoader.create(LibC.class).load(LibC.NAME);
    }

    /** The C library, which every process has. A function that it lacks fails when it is called. */
    public static LibC c() {
        return C.LIBRARY;
    }

    /**
     * A library that the machine may not have; to be called once for each.
     *
     * @throws UnsatisfiedLinkError where it is missing
     */
    public static <T> T load(Class<T> type, String name) {
        return LibraryLoader.create(type).failImmediately().load(name);
    }
}
