package org.forkwitness.report;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes the report files of one process. A reader never sees half a report, and after a crash of the machine it sees
 * the old one or the new one.
 *
 * <p>Not safe for use by many threads at once, but for one that appends lines beside one that writes reports and links
 * them; nor may two writers share a {@link ReportFiles}.
 */
public final class ReportWriter {
    private static final int BUFFER = 64 * 1024;

    private static final JsonMapper LINES = ReportJson.mapper()
            .rebuild()
            .disable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private final ReportFiles files;

    /** A writer of these files; it creates nothing yet. */
    public ReportWriter(ReportFiles files) {
        this.files = files;
    }

    /** The files that this writer writes. */
    public ReportFiles files() {
        return files;
    }

    /**
     * Writes or replaces the whole report: a temporary file in the same directory, fsync, rename(2), fsync of the
     * directory. Creates the directory where it is missing.
     *
     * @throws IOException where it cannot be written; a report that was there before is unchanged then
     */
    public void write(Report report) throws IOException {
        Files.createDirectories(files.directory());
        Path temporary = temporary(files.json());
        try {
            try (FileChannel channel = FileChannel.open(
                    temporary,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                // Piece by piece: a report of many forks would need much memory as a whole.
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
                ReportJson.mapper()
                        .writer()
                        .without(StreamWriteFeature.AUTO_CLOSE_TARGET)
                        .writeValue(out, report);
                out.write('\n');
                out.flush();
                channel.force(true);
            }
            Files.move(temporary, files.json(), StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(temporary);
        }
        // The rename itself is on disk only once its directory is: fsync(2).
        try (FileChannel directory = FileChannel.open(files.directory(), StandardOpenOption.READ)) {
            directory.force(true);
        }
    }

    /**
     * Lets {@value ReportFiles#LATEST} point to this report, unless it points to that of a process that started later.
     *
     * @throws IOException where the link cannot be made; some file systems have none
     */
    public void linkLatest() throws IOException {
        Path link = files.directory().resolve(ReportFiles.LATEST);
        if (Files.isSymbolicLink(link)) {
            Path target = files.directory().resolve(Files.readSymbolicLink(link));
            OptionalLong start = ReportFiles.startOf(target);
            boolean same = target.getFileName().equals(files.json().getFileName());
            if (same || start.isPresent() && start.getAsLong() > files.startMs() && Files.exists(target)) {
                return;
            }
        }
        Path temporary = files.directory().resolve("." + files.json().getFileName() + ".link");
        try {
            Files.deleteIfExists(temporary);
            Files.createSymbolicLink(temporary, files.json().getFileName());
            Files.move(temporary, link, StandardCopyOption.ATOMIC_MOVE);
        } catch (UnsupportedOperationException e) {
            throw new IOException("no symbolic links in " + files.directory(), e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Appends one line to the ndjson file: the fork as in the report, and {@code "revised": true} where an earlier line
     * of the same fork no longer holds. One write(2) a line.
     *
     * @throws IOException where it cannot be written
     */
    public void append(Fork fork, boolean revised) throws IOException {
        Object line = fork;
        if (revised) {
            ObjectNode tree = LINES.valueToTree(fork);
            line = tree.put("revised", true);
        }
        Files.createDirectories(files.directory());
        try (FileChannel channel =
                FileChannel.open(files.ndjson(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            writeAll(channel, (LINES.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Path temporary(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".tmp");
    }

    private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }
}
