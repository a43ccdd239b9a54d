package org.forkwitness.symbols;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.forkwitness.model.LoadedModule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the file on disk that is the very one which the process had loaded. Stateless. */
final class BinaryFiles {
    private static final Logger LOG = LoggerFactory.getLogger(BinaryFiles.class);

    private BinaryFiles() {}

    /**
     * The file of a module: the one with its build-id, at its path or below the root directory of the process, which
     * may be in another mount namespace (proc(5), /proc/pid/root). A module without a build-id is believed to be the
     * file without one at its path, if that is not younger than the process.
     *
     * @param pid the watched process
     * @param startedAt its start
     */
    static Optional<Path> find(LoadedModule module, long pid, Instant startedAt) {
        if (!module.path().startsWith("/")) {
            return Optional.empty();
        }
        List<Path> candidates = new ArrayList<>();
        try {
            candidates.add(Path.of(module.path()));
            candidates.add(Path.of("/proc/" + pid + "/root" + module.path()));
        } catch (InvalidPathException e) {
            LOG.info("no file: {}", e.getMessage());
            return Optional.empty();
        }
        return candidates.stream().filter(file -> same(file, module, startedAt)).findFirst();
    }

    private static boolean same(Path file, LoadedModule module, Instant startedAt) {
        try {
            if (!Files.isRegularFile(file)) {
                return false;
            }
            byte[] id = BuildId.read(file);
            if (module.buildId() == null) {
                return id == null
                        && !Files.getLastModifiedTime(file).toInstant().isAfter(startedAt);
            }
            return Arrays.equals(id, module.buildId());
        } catch (IOException e) {
            LOG.info("{} cannot be read: {}", file, e.toString());
            return false;
        }
    }
}
