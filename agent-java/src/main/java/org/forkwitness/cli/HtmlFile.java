package org.forkwitness.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
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
     * Writes the page, over an older one too, but over no other file: {@code --html latest.json} is a slip that would
     * end the very report that was to be read.
     *
     * @throws IOException whose message says what is wrong and what to do
     */
    static void write(Path file, Content content) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IOException(file + " is a directory: name the file to write, report.html for example");
        }
        if (Files.isRegularFile(file) && Files.size(file) > 0 && !isPage(file)) {
            throw new IOException(
                    file + " is there and is no HTML page, so it is left alone: name another file for --html");
        }
        try (OutputStream out = Files.newOutputStream(file)) {
            content.write(out);
        } catch (NoSuchFileException e) {
            throw new IOException("cannot write " + file + ": there is no such directory", e);
        } catch (AccessDeniedException e) {
            throw new IOException("cannot write " + file + ": permission denied", e);
        } catch (IOException e) {
            throw new IOException("cannot write " + file + ": " + e.getMessage(), e);
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
