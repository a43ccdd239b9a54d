package org.forkwitness.collect;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where the stream comes from.
 *
 * @param name as the user knows it
 * @param in its bytes
 * @param spool true for a file, which ends where it ends; false for a pipe, which ends with its last writer
 * @param namedPid the process that the file's name tells, for the case that its first record is damaged
 * @param namedStartMs that process's start
 */
public record Source(String name, InputStream in, boolean spool, OptionalLong namedPid, OptionalLong namedStartMs) {
    private static final Pattern SPOOL = Pattern.compile("forkwitness-(\\d{1,9})-(\\d{1,12}|\\d{13})\\.spool");

    /** The standard input. */
    public static Source standardInput(InputStream in) {
        return new Source("standard input", in, false, OptionalLong.empty(), OptionalLong.empty());
    }

    /**
     * A named pipe or a spool file.
     *
     * @throws CollectException where it cannot be read
     */
    public static Source of(Path file) throws CollectException {
        if (!Files.exists(file)) {
            throw new CollectException(file + ": no such file", null);
        }
        if (Files.isDirectory(file)) {
            throw new CollectException(file + ": a directory, not a stream", null);
        }
        try {
            Matcher named = SPOOL.matcher(file.getFileName().toString());
            boolean matches = named.matches();
            return new Source(
                    file.toString(),
                    // A channel asks for its position, which a pipe does not have (lseek(2), ESPIPE).
                    new FileInputStream(file.toFile()),
                    Files.isRegularFile(file),
                    matches ? OptionalLong.of(Long.parseLong(named.group(1))) : OptionalLong.empty(),
                    matches ? OptionalLong.of(Long.parseLong(named.group(2))) : OptionalLong.empty());
        } catch (IOException e) {
            throw new CollectException(file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
