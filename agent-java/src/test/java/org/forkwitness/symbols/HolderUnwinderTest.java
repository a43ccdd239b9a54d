package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.forkwitness.model.HolderStack;
import org.forkwitness.model.StackSlice;
import org.forkwitness.report.Frame;
import org.forkwitness.symbols.Unwound.Toolchain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Stacks that a program wrote down of itself are unwound, and only as far as they are true. */
class HolderUnwinderTest {
    private static final Toolchain AARCH64 = new Toolchain(
            "aarch64-linux-gnu-gcc",
            null,
            List.of("qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"),
            "/usr/aarch64-linux-gnu");

    /** The one between is not on the stack: it jumped. */
    private static final List<String> OPTIMIZED = List.of("direct", "exported", "computed", "steps", "run");

    @TempDir
    private Path directory;

    private static Symbolizer symbolizer(Supplier<Optional<Libdw>> libdw) {
        return new Symbolizer(1, Instant.now().plusSeconds(1), note -> {}, Runnable::run, libdw);
    }

    private static List<String> functions(Unwound unwound, HolderStack stack) {
        try (Symbolizer symbolizer = symbolizer(Libdw::load)) {
            StackResolver resolver = new StackResolver(unwound.model(), symbolizer);
            return resolver.resolve(resolver.unwind(stack)).frames().stream()
                    .map(Frame::function)
                    .toList();
        }
    }

    private static List<String> own(List<String> functions, int count) {
        assertTrue(functions.size() > count, () -> "the frames of the C library are missing: " + functions);
        return functions.subList(0, count);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-O2",
                "-Os",
                "-O2 -fno-plt",
                "-O2 -fcf-protection=full -Wl,-z,ibtplt",
                "-O2 -fno-omit-frame-pointer"
            })
    void followsCallsOfEachForm(String flags) throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE, 0, flags.split(" "));
        assertEquals(OPTIMIZED, own(functions(unwound, unwound.stack()), OPTIMIZED.size()));
    }

    @Test
    void followsCallsWithoutOptimization() throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE, 0, "-O0");
        List<String> all = List.of("direct", "jumping", "exported", "computed", "steps", "run");
        assertEquals(all, own(functions(unwound, unwound.stack()), all.size()));
    }

    /** With the symbols that the dynamic linker needs alone. */
    @Test
    void needsNoSymbolsOfLocalFunctions() throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE.stripping(), 0, "-O2");
        List<String> functions = functions(unwound, unwound.stack());
        assertEquals(List.of("exported", "computed", "steps"), functions.subList(1, 4));
    }

    /** By frame pointers, as far as symbols tell where functions begin. */
    @Test
    void followsFramePointersWhereNothingIsDescribed() throws Exception {
        Unwound unwound = Unwound.of(
                directory,
                Toolchain.NATIVE,
                0,
                "-O2",
                "-fno-omit-frame-pointer",
                "-fno-asynchronous-unwind-tables",
                "-fno-unwind-tables");
        assertEquals(OPTIMIZED, own(functions(unwound, unwound.stack()), OPTIMIZED.size()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-O2", "-O2 -mbranch-protection=bti", "-O2 -fno-plt"})
    void followsCallsOfTheOtherMachine(String flags) throws Exception {
        assumeTrue(onPath("aarch64-linux-gnu-gcc") && onPath("qemu-aarch64"), "no cross compiler");
        Unwound unwound = Unwound.of(directory, AARCH64, 0, flags.split(" "));
        assertEquals(OPTIMIZED, own(functions(unwound, unwound.stack()), OPTIMIZED.size()));
        Unwound returned = Unwound.of(directory, AARCH64, 1, flags.split(" "));
        assertEquals(List.of("direct"), functions(returned, returned.stack()));
        // Without a linkage table a call of aarch64 takes its function from a register: it may be any.
        if (!flags.contains("-fno-plt")) {
            Unwound throughTable = Unwound.of(directory, AARCH64, 2, flags.split(" "));
            assertEquals(List.of("exported"), functions(throughTable, throughTable.stack()));
        }
    }

    private static boolean onPath(String program) {
        return List.of(System.getenv("PATH").split(":")).stream()
                .anyMatch(d -> Files.isExecutable(Path.of(d, program)));
    }

    /**
     * A function has returned, and its caller's next call stands where it stood: one in the same file, then one through
     * the linkage table or the global offset table.
     */
    @ParameterizedTest
    @ValueSource(strings = {"-O0", "-O2", "-O2 -fno-plt"})
    void endsWhereTheStackIsNoLongerThatOfTheTaker(String flags) throws Exception {
        Unwound direct = Unwound.of(directory, Toolchain.NATIVE, 1, flags.split(" "));
        assertEquals(List.of("direct"), functions(direct, direct.stack()));
        Unwound throughTable = Unwound.of(directory, Toolchain.NATIVE, 2, flags.split(" "));
        assertEquals(List.of("exported"), functions(throughTable, throughTable.stack()));
    }

    @Test
    void endsAtTheFirstReturnAddressThatNoCallLeft() throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE, 0, "-O2");
        byte[] bytes = unwound.bytes();
        ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        try (Symbolizer symbolizer = symbolizer(Libdw::load)) {
            long[] pcs = symbolizer.unwind(unwound.stack(), unwound.model().modules());
            int at = 0;
            while (words.getLong(at) != pcs[2]) {
                at += Long.BYTES;
            }
            for (long wrong : new long[] {pcs[2] + 1, pcs[2] - 5, pcs[1], 0, 0x1234567812345678L}) {
                words.putLong(at, wrong);
                HolderStack broken = unwound.with(
                        List.of(new StackSlice(unwound.stack().stackPointer(), bytes)),
                        unwound.stack().site());
                assertEquals(2, symbolizer.unwind(broken, unwound.model().modules()).length, Long.toHexString(wrong));
            }
        }
    }

    @Test
    void garbageLeavesTheSite() throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE, 0, "-O2");
        byte[] bytes = unwound.bytes();
        Random random = new Random(4);
        try (Symbolizer symbolizer = symbolizer(Libdw::load)) {
            for (int i = 0; i < 200; i++) {
                random.nextBytes(bytes);
                HolderStack garbage = unwound.with(
                        List.of(new StackSlice(unwound.stack().stackPointer(), bytes)),
                        unwound.stack().site());
                assertEquals(1, symbolizer.unwind(garbage, unwound.model().modules()).length);
            }
            HolderStack empty = unwound.with(List.of(), unwound.stack().site());
            assertEquals(1, symbolizer.unwind(empty, unwound.model().modules()).length);
            HolderStack nowhere = unwound.with(unwound.stack().slices(), 0x1000);
            assertEquals(1, symbolizer.unwind(nowhere, unwound.model().modules()).length);
        }
    }

    @Test
    void withoutLibdwTheSiteIsAll() throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE, 0, "-O2");
        try (Symbolizer symbolizer = symbolizer(Optional::empty)) {
            StackResolver resolver = new StackResolver(unwound.model(), symbolizer);
            List<Frame> frames =
                    resolver.resolve(resolver.unwind(unwound.stack())).frames();
            assertEquals(List.of("direct"), frames.stream().map(Frame::function).toList());
        }
    }

    @Test
    void aThousandStacksTakeNoMoreMemoryThanOne() throws Exception {
        Unwound unwound = Unwound.of(directory, Toolchain.NATIVE, 0, "-O2");
        try (Symbolizer symbolizer = symbolizer(Libdw::load)) {
            int frames = unwind(symbolizer, unwound, 1000);
            long before = residentKiB();
            assertEquals(frames, unwind(symbolizer, unwound, 1000));
            long grown = residentKiB() - before;
            assertTrue(grown < 4096, () -> grown + " KiB more");
            symbolizer.rest();
            assertEquals(0, own("maps", "libsteps.so"), "mappings that are left");
            assertEquals(0, openFiles("libsteps.so"), "open files that are left");
        }
    }

    /** The sum of the frames of many unwindings, with a fresh session for every tenth. */
    private static int unwind(Symbolizer symbolizer, Unwound unwound, int times) {
        int frames = 0;
        for (int i = 0; i < times; i++) {
            frames += symbolizer.unwind(unwound.stack(), unwound.model().modules()).length;
            if (i % 10 == 0) {
                symbolizer.rest();
            }
        }
        return frames;
    }

    private static long own(String what, String name) throws Exception {
        return Files.readAllLines(Path.of("/proc/self", what)).stream()
                .filter(line -> line.contains(name))
                .count();
    }

    private static long openFiles(String name) throws Exception {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors
                    .filter(fd -> {
                        try {
                            return Files.readSymbolicLink(fd).endsWith(name);
                        } catch (IOException e) {
                            // The one by which the directory itself is read.
                            return false;
                        }
                    })
                    .count();
        }
    }

    private static long residentKiB() throws Exception {
        System.gc();
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }
}
