package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.forkwitness.model.HolderStack;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.StackSlice;
import org.forkwitness.stream.StreamRecord;

/** A stack that a program of the test wrote down of itself, and the modules of that program. */
final class Unwound {
    static final long EPOCH = 1;

    private final LiveModel model = new LiveModel();
    private HolderStack stack;
    private int modules;
    private final List<StackSlice> slices = new ArrayList<>();

    /** Compiles and runs the program; {@code returned}: the place whose function has returned, 0 for none. */
    static Unwound of(Path directory, Toolchain tools, int returned, String... flags) throws Exception {
        Path library = directory.resolve("libsteps.so");
        Path program = directory.resolve("unwound");
        compile(tools, flags, List.of("-shared", "-fPIC", "-o", library.toString(), source(directory, "steps.c")));
        // Frame pointers in the program alone, which tells its caller's.
        compile(
                tools,
                flags,
                List.of(
                        "-fno-omit-frame-pointer",
                        "-rdynamic",
                        "-pthread",
                        "-o",
                        program.toString(),
                        source(directory, "unwound.c"),
                        library.toString(),
                        "-Wl,-rpath," + directory));
        if (tools.strip() != null) {
            Compiled.run(List.of(tools.strip(), library.toString(), program.toString()));
        }
        List<String> run = new ArrayList<>(tools.runner());
        run.add(program.toString());
        if (returned > 0) {
            run.add(String.valueOf(returned));
        }
        Unwound unwound = new Unwound();
        Compiled.run(run).lines().forEach(line -> unwound.take(line.split(" "), tools.root()));
        return unwound;
    }

    private static void compile(Toolchain tools, String[] flags, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(tools.compiler(), "-Wl,--build-id=sha1"));
        command.addAll(List.of(flags));
        command.addAll(arguments);
        Compiled.run(command);
    }

    private static String source(Path directory, String name) throws IOException {
        try (InputStream in = Unwound.class.getResourceAsStream(name)) {
            Path file = directory.resolve(name);
            Files.write(file, in.readAllBytes());
            return file.toString();
        }
    }

    private void take(String[] words, String root) {
        switch (words[0]) {
            case "module" -> module(words, root);
            case "holder" ->
                stack = new HolderStack(
                        1, hex(words[1]), hex(words[2]), hex(words[3]), 0, EPOCH, List.of(), new long[0], new long[0]);
            case "slice" ->
                slices.add(new StackSlice(hex(words[1]), HexFormat.of().parseHex(words[2])));
            default -> throw new AssertionError(String.join(" ", words));
        }
    }

    private void module(String[] words, String root) {
        Path path = Path.of(root + words[1]);
        path = Files.exists(path) ? path : Path.of(words[1]);
        if (!Files.exists(path)) {
            return;
        }
        try {
            model.accept(new StreamRecord.Module(
                    new StreamRecord.Header(0, modules++, 1),
                    hex(words[3]),
                    path.toString(),
                    BuildId.read(path),
                    hex(words[2]),
                    hex(words[3]),
                    hex(words[4]),
                    EPOCH));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static long hex(String digits) {
        return Long.parseUnsignedLong(digits, 16);
    }

    LiveModel model() {
        return model;
    }

    /** The stack as it was sent. */
    HolderStack stack() {
        return with(slices, stack.site());
    }

    /** The same with other bytes. */
    HolderStack with(List<StackSlice> others, long site) {
        return new HolderStack(
                1, site, stack.stackPointer(), stack.framePointer(), 0, EPOCH, others, new long[0], new long[0]);
    }

    /** All bytes of the stack. */
    byte[] bytes() {
        StringBuilder digits = new StringBuilder();
        slices.forEach(slice -> digits.append(HexFormat.of().formatHex(slice.bytes())));
        assertEquals(stack.stackPointer(), slices.get(0).address());
        return HexFormat.of().parseHex(digits.toString());
    }

    /** How a program is compiled and run. {@code strip} is null where it keeps its symbols. */
    record Toolchain(String compiler, String strip, List<String> runner, String root) {
        static final Toolchain NATIVE = new Toolchain("cc", null, List.of(), "");

        Toolchain stripping() {
            return new Toolchain(compiler, compiler.replaceAll("(gcc|cc)$", "strip"), runner, root);
        }

        @Override
        public String toString() {
            return compiler + (strip == null ? "" : ", stripped");
        }
    }
}
