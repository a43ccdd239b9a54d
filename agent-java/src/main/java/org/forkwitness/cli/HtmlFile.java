package org.forkwitness.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** Where an HTML page goes. */
final class HtmlFile {
    private static final String BEGINNING = "<!doctype html";

    private HtmlFile() {}

    /** Writes a page to a stream. */
    @FunctionalInterface
    interface Content {
        void write(OutputStream out) throws IOException;
    }

    /**
     * Asks whether the page could go there, before the report is read: over an older page, but over no file of another
     * kind. {@code --html latest.json} is a slip that would end the very report that was to be read.
     *
     * @throws IOException whose message says what is wrong and what to do
     */
    static void check(Path file) throws IOException {
        if (file.toString().isEmpty()) {
            throw new IOException("--html takes the name of a file: report.html for example");
        }
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory: name the file to write, report.html for example");
        }
        if (Files.isRegularFile(file) && Files.size(file) > 0 && !isPage(file)) {
            throw new IOException(
                    file + " is there and is no HTML page, so it is left alone: name another file for --html");
        }
    }

    /**
     * Writes the page whole or not at all: a page that is cut off looks in a browser as one that is complete.
     *
     * @throws IOException whose message says what is wrong and what to do
     */
    static void write(Path file, Content content) throws IOException {
        check(file);
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                // A pipe or a device has no old content to keep.
                writeTo(file, content);
                return;
            }
            Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
            Path whole = target.resolveSibling("." + target.getFileName() + ".tmp"
                    + ProcessHandle.current().pid());
            try {
                writeTo(whole, content);
                Files.move(whole, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(whole);
            }
        } catch (NoSuchFileException e) {
            throw new IOException("cannot write " + file + ": there is no such directory", e);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot write " + file + ": permission denied", e);
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    private static void writeTo(Path file, Content content) throws IOException {
        try (OutputStream out = Files.newOutputStream(file)) {
            content.write(out);
        }
    }

    private static boolean isPage(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            String start = new String(in.readNBytes(BEGINNING.length()), StandardCharsets.ISO_8859_1);
            return start.toLowerCase(Locale.ROOT).equals(BEGINNING);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot read " + file + ", which is there: name another file for --html", e);
        }
    }
}
