package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A library that a test compiles, and the addresses of calls in it, by the machine's own tools. */
final class Compiled {
    private final Path file;

    private Compiled(Path file) {
        this.file = file;
    }

    /** Compiles one source file. */
    static Compiled library(Path directory, String compiler, String sourceName, String source, String... flags)
            throws IOException, InterruptedException {
        Path sourceFile = Files.writeString(directory.resolve(sourceName), source);
        Path library = directory.resolve("lib" + sourceName.replace('.', '_') + ".so");
        List<String> command = new ArrayList<>(List.of(compiler, "-shared", "-fPIC", "-Wl,--build-id=sha1"));
        command.addAll(List.of(flags));
        command.addAll(List.of("-o", library.toString(), sourceFile.toString()));
        run(command);
        return new Compiled(library);
    }

    Path file() {
        return file;
    }

    /** A copy without the symbols and debug information that flags of strip(1) take away. */
    Compiled stripped(String... flags) throws IOException, InterruptedException {
        Path copy = Files.copy(file, file.resolveSibling("stripped-" + file.getFileName()));
        List<String> command = new ArrayList<>(List.of("strip"));
        command.addAll(List.of(flags));
        command.add(copy.toString());
        run(command);
        return new Compiled(copy);
    }

    /** Address of a function in the file's own counting. */
    long function(String name) throws IOException, InterruptedException {
        return symbol(name);
    }

    /** Address of a function or variable in the file's own counting. */
    long symbol(String name) throws IOException, InterruptedException {
        for (String line : run(List.of("nm", file.toString())).split("\n")) {
            String[] columns = line.trim().split(" ");
            if (columns.length == 3 && columns[2].equals(name)) {
                return Long.parseUnsignedLong(columns[0], 16);
            }
        }
        throw new AssertionError("no symbol " + name);
    }

    /** Addresses behind the calls of {@code callee}: what a stack holds while the call lasts. */
    List<Long> returnAddresses(String callee) throws IOException, InterruptedException {
        List<Long> addresses = new ArrayList<>();
        boolean behindCall = false;
        for (String line : run(List.of("objdump", "-d", "--no-show-raw-insn", file.toString()))
                .split("\n")) {
            String text = line.trim();
            if (behindCall && text.matches("[0-9a-f]+:.*")) {
                addresses.add(Long.parseUnsignedLong(text.substring(0, text.indexOf(':')), 16));
            }
            behindCall = text.matches("[0-9a-f]+:\\s+(call|bl)\\s.*<" + callee + "(@plt)?>");
        }
        return addresses;
    }

    /** What a command writes, which must succeed. */
    static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), () -> command + ": " + output);
        return output;
    }
}
