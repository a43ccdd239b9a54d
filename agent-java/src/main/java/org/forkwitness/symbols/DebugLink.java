package org.forkwitness.symbols;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files with separate debug information that a {@code .gnu_debuglink} section names, in the places where libdwfl looks
 * for them by default: beside the file, in .debug there, and below /usr/lib/debug (libdwfl.h, {@code Dwfl_Callbacks}).
 * Stateless.
 */
final class DebugLink {
    private static final Logger LOG = LoggerFactory.getLogger(DebugLink.class);
    private static final Path GLOBAL = Path.of("/usr/lib/debug");

    private DebugLink() {}

    /** True where there may be such a file of this name, for an ELF file or what that is a link to. */
    static boolean exists(Path file, String name) {
        try {
            return existsFor(file.toAbsolutePath(), name) || existsFor(file.toRealPath(), name);
        } catch (IOException | InvalidPathException e) {
            LOG.info("no debug link of {}: {}", file, e.toString());
            return false;
        }
    }

    private static boolean existsFor(Path file, String name) {
        if (Files.exists(file.resolveSibling(name)) || Files.exists(file.resolveSibling(Path.of(".debug", name)))) {
            return true;
        }
        for (int first = 0; first < file.getNameCount(); first++) {
            Path below = file.subpath(first, file.getNameCount()).resolveSibling(name);
            if (Files.exists(GLOBAL.resolve(below))) {
                return true;
            }
        }
        return false;
    }
}
