package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.Frame;
import org.forkwitness.stream.FrameReader;
import org.forkwitness.stream.Key;
import org.forkwitness.stream.RecordType;
import org.forkwitness.stream.StreamBuilder;
import org.forkwitness.stream.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StackResolverTest {
    private static final long BIAS = 0x7f0000000000L;

    private static final String SOURCE = String.join(
            "\n",
            "int outside(int);", // 1
            "static inline __attribute__((always_inline)) int inner(int x) {", // 2
            "    return outside(x) + 1;", // 3
            "}", // 4
            "int outer(int x) {", // 5
            "    int y = x * 2;", // 6
            "    return inner(y) + 3;", // 7
            "}", // 8
            "static __attribute__((noinline)) int hidden(int x) { return outside(x) + 2; }", // 9
            "int uses_hidden(int x) { return hidden(x) + 1; }", // 10
            "");

    @TempDir
    Path directory;

    private final List<String> notes = new ArrayList<>();

    private Compiled c(String... flags) throws IOException, InterruptedException {
        return Compiled.library(directory, "cc", "own.c", SOURCE, flags);
    }

    private static LiveModel model(StreamBuilder stream) throws IOException {
        LiveModel model = new LiveModel();
        FrameReader reader = new FrameReader(stream.stream());
        for (StreamRecord record = reader.next(); record != null; record = reader.next()) {
            model.accept(record);
        }
        assertEquals(0, reader.damaged());
        return model;
    }

    private static StreamBuilder loaded(Path file, byte[] buildId) {
        return new StreamBuilder()
                .add(
                        RecordType.MODULE,
                        Key.MODULE,
                        1,
                        Key.PATH,
                        file.toString(),
                        Key.BUILD_ID,
                        buildId,
                        Key.BIAS,
                        BIAS,
                        Key.MODULE_START,
                        BIAS,
                        Key.MODULE_END,
                        BIAS + 0x100000,
                        Key.EPOCH,
                        1);
    }

    private List<Frame> resolve(Path file, byte[] buildId, long... elfAddresses) throws IOException {
        long[] pcs = elfAddresses.clone();
        for (int i = 0; i < pcs.length; i++) {
            pcs[i] += BIAS;
        }
        StreamBuilder stream =
                loaded(file, buildId).add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.PCS, pcs, Key.MORE, false);
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.now().plusSeconds(1), notes::add, Runnable::run)) {
            return new StackResolver(model(stream), symbolizer).resolve(1L).frames();
        }
    }

    @Test
    void givesFunctionFileLineAndWhatWasInlined() throws Exception {
        Compiled library = c("-g", "-O2", "-fno-optimize-sibling-calls");
        long inOuter = library.returnAddresses("outside").stream()
                .filter(a -> at(library, "outer") < a && a < at(library, "outer") + 64)
                .findFirst()
                .orElseThrow();

        List<Frame> frames = resolve(library.file(), BuildId.read(library.file()), inOuter);

        assertEquals(2, frames.size(), frames::toString);
        Frame inner = frames.get(0);
        assertEquals("inner", inner.function());
        assertTrue(inner.file().endsWith("own.c"), inner::file);
        assertEquals(3, inner.line());
        assertTrue(inner.inlined());
        Frame outer = frames.get(1);
        assertEquals("outer", outer.function());
        assertEquals(7, outer.line());
        assertFalse(outer.inlined());
        assertEquals(library.file().getFileName().toString(), outer.module());
        assertEquals("0x" + Long.toHexString(inOuter - 1), outer.offset());
        assertEquals(HexFormat.of().formatHex(BuildId.read(library.file())), outer.buildId());
    }

    private static long at(Compiled library, String function) {
        try {
            return library.function(function);
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void demanglesCxx() throws Exception {
        Compiled library = Compiled.library(
                directory,
                "c++",
                "own.cc",
                "namespace a { struct B { int f(int); }; int B::f(int x) { return x; } }\n",
                "-g");
        List<Frame> frames = resolve(library.file(), BuildId.read(library.file()), library.function("_ZN1a1B1fEi") + 1);
        assertEquals("a::B::f(int)", frames.get(0).function());
        assertEquals(1, frames.get(0).line());
    }

    /** As Clang and rustc write it: without .debug_aranges. */
    @Test
    void findsLinesWithoutAddressRanges() throws Exception {
        Compiled library = c("-g", "-O1", "-Wl,--build-id");
        Process strip = new ProcessBuilder(
                        "objcopy",
                        "--remove-section=.debug_aranges",
                        library.file().toString())
                .inheritIO()
                .start();
        assertEquals(0, strip.waitFor());
        Frame frame = resolve(library.file(), BuildId.read(library.file()), library.function("hidden") + 1)
                .get(0);
        assertEquals("hidden", frame.function());
        assertTrue(frame.file().endsWith("own.c"), frame::file);
    }

    /** As objcopy(1) tells to: the debug information in a file of its own, which the stripped file names. */
    private static void separate(Path library, Path debug) throws IOException, InterruptedException {
        Files.createDirectories(debug.getParent());
        run("objcopy", "--only-keep-debug", library.toString(), debug.toString());
        run("objcopy", "--strip-debug", "--add-gnu-debuglink=" + debug, library.toString());
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"own.debug", ".debug/own.debug"})
    void findsLinesByTheDebugLink(String name) throws Exception {
        Compiled library = c("-g", "-O1", "-Wl,--build-id=none");
        separate(library.file(), library.file().resolveSibling(name));
        Frame frame =
                resolve(library.file(), null, library.function("hidden") + 1).get(0);
        assertEquals("hidden", frame.function());
        assertTrue(frame.file().endsWith("own.c"), frame::file);
    }

    @Test
    void loadsNoClientOfADebugInformationServer() throws Exception {
        Compiled library = c("-g", "-O1");
        Path debug = library.file().resolveSibling("own.debug");
        separate(library.file(), debug);
        Files.delete(debug);
        Frame frame = resolve(library.file(), BuildId.read(library.file()), library.function("hidden") + 1)
                .get(0);
        assertEquals("hidden", frame.function());
        assertNull(frame.file());
        assertFalse(Files.readString(Path.of("/proc/self/maps")).contains("libdebuginfod"));
    }

    @Test
    void takesNamesFromTheSymbolTableWhereThereIsNoDebugInformation() throws Exception {
        Compiled library = c("-O1");
        Frame frame = resolve(library.file(), BuildId.read(library.file()), library.function("hidden") + 1)
                .get(0);
        assertEquals("hidden", frame.function());
        assertNull(frame.file());
        assertNull(frame.line());
    }

    @Test
    void keepsModuleOffsetAndBuildIdWhereTheFileIsAnotherBuild() throws Exception {
        Compiled library = c("-g");
        byte[] other = {1, 2, 3};
        Frame frame =
                resolve(library.file(), other, library.function("outer") + 1).get(0);
        assertNull(frame.function());
        assertEquals(library.file().getFileName().toString(), frame.module());
        assertEquals("0x" + Long.toHexString(library.function("outer")), frame.offset());
        assertEquals("010203", frame.buildId());
    }

    @Test
    void doesNotBelieveAFileWithoutBuildIdThatIsYoungerThanTheProcess() throws Exception {
        Compiled library = c("-g", "-Wl,--build-id=none");
        long address = library.function("outer") + 1;
        assertEquals("outer", resolve(library.file(), null, address).get(0).function());
        StreamBuilder stream = loaded(library.file(), null)
                .add(
                        RecordType.STACK,
                        Key.STACK,
                        1,
                        Key.EPOCH,
                        1,
                        Key.PCS,
                        new long[] {BIAS + address},
                        Key.MORE,
                        false);
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.EPOCH, notes::add, Runnable::run)) {
            Frame frame = new StackResolver(model(stream), symbolizer)
                    .resolve(1L)
                    .frames()
                    .get(0);
            assertNull(frame.function());
            assertNull(frame.buildId());
        }
    }

    @Test
    void elfTablesGiveNamesWithoutLibdwAndNoNameForAFunctionWithoutSymbol() throws Exception {
        Compiled library = c("-O1");
        long hidden = library.function("hidden");
        ModuleSymbols whole = ElfSymbols.open(new Demangler(), library.file()).orElseThrow();
        assertEquals("hidden", whole.lookup(hidden).get(0).function());
        assertEquals("outer", whole.lookup(library.function("outer") + 2).get(0).function());

        Compiled stripped = library.stripped("--strip-all");
        ModuleSymbols dynamic =
                ElfSymbols.open(new Demangler(), stripped.file()).orElseThrow();
        assertEquals(List.of(), dynamic.lookup(hidden));
        assertEquals("outer", dynamic.lookup(at(library, "outer")).get(0).function());
    }

    @Test
    void withoutLibdwThereIsOneNoteAndTheNamesOfTheElfTables() throws Exception {
        Compiled library = c("-g");
        long outer = library.function("outer") + BIAS;
        StreamBuilder stream = loaded(library.file(), BuildId.read(library.file()))
                .add(
                        RecordType.STACK,
                        Key.STACK,
                        1,
                        Key.EPOCH,
                        1,
                        Key.PCS,
                        new long[] {outer + 1, outer + 2},
                        Key.MORE,
                        false);
        try (Symbolizer symbolizer =
                new Symbolizer(1, Instant.now().plusSeconds(1), notes::add, Runnable::run, Optional::empty)) {
            List<Frame> frames =
                    new StackResolver(model(stream), symbolizer).resolve(1L).frames();
            assertEquals(2, frames.size());
            assertEquals("outer", frames.get(0).function());
            assertNull(frames.get(0).line());
        }
        assertEquals(List.of(Symbolizer.NO_LIBDW), notes);
    }

    @Test
    void namesFoundBeforeAreKnownAfterTheFilesWereClosed() throws Exception {
        Compiled library = c("-g");
        long outer = library.function("outer") + BIAS;
        StreamBuilder stream = loaded(library.file(), BuildId.read(library.file()))
                .add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.PCS, new long[] {outer + 1}, Key.MORE, false)
                .add(RecordType.STACK, Key.STACK, 2, Key.EPOCH, 1, Key.PCS, new long[] {outer + 2}, Key.MORE, false);
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.now().plusSeconds(1), notes::add, Runnable::run)) {
            StackResolver resolver = new StackResolver(model(stream), symbolizer);
            assertEquals("outer", resolver.resolve(1L).frames().get(0).function());
            symbolizer.rest();
            assertEquals("outer", resolver.resolve(1L).frames().get(0).function());
            assertEquals("outer", resolver.resolve(2L).frames().get(0).function());
        }
    }

    @Test
    void symbolsAreLookedUpInTheBackgroundOnceEach() throws Exception {
        Compiled library = c("-g");
        long outer = library.function("outer") + BIAS;
        StreamBuilder stream = loaded(library.file(), BuildId.read(library.file()))
                .add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.PCS, new long[] {outer + 1}, Key.MORE, false);
        Deque<Runnable> background = new ArrayDeque<>();
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.now().plusSeconds(1), notes::add, background::add)) {
            StackResolver resolver = new StackResolver(model(stream), symbolizer);
            assertFalse(resolver.prepared(1L));
            assertFalse(resolver.preparedAt(outer, 1));
            assertEquals(1, background.size());
            background.remove().run();
            assertTrue(resolver.prepared(1L));
            assertTrue(resolver.preparedAt(outer, 1));
            assertEquals("outer", resolver.resolve(1L).frames().get(0).function());
            assertTrue(resolver.prepared(1L));
        }
        assertEquals(0, background.size());
    }

    @Test
    void leavesOutTheAgentsOwnFrames() throws Exception {
        StreamBuilder stream = loaded(directory.resolve(StackResolver.AGENT), null)
                .add(RecordType.STACK, Key.STACK, 1, Key.EPOCH, 1, Key.PCS, new long[] {BIAS + 9, 77}, Key.MORE, false);
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.EPOCH, notes::add, Runnable::run)) {
            List<Frame> frames =
                    new StackResolver(model(stream), symbolizer).resolve(1L).frames();
            assertEquals(List.of(Frame.unresolved(null, "0x4c", null)), frames);
        }
    }

    @Test
    void generatedCodeBelowJavaFramesIsNotShownTwice() throws Exception {
        StreamBuilder stream = loaded(Path.of("/nowhere/libown.so"), null)
                .add(
                        RecordType.STACK,
                        Key.STACK,
                        1,
                        Key.EPOCH,
                        1,
                        Key.PCS,
                        new long[] {77, BIAS + 9, 78, 79},
                        Key.FRAMES,
                        new long[] {1, -3},
                        Key.MORE,
                        false)
                .add(RecordType.METHOD, Key.METHOD, 1, Key.CLASS, "Lcom/x/Y;", Key.NAME, "m");
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.EPOCH, notes::add, Runnable::run)) {
            List<Frame> frames =
                    new StackResolver(model(stream), symbolizer).resolve(1L).frames();
            assertEquals(
                    List.of(
                            Frame.unresolved(null, "0x4c", null),
                            Frame.unresolved("libown.so", "0x8", null),
                            Frame.java("com.x.Y", "m", null, null)),
                    frames);
        }
    }

    @Test
    void anAddressMeansWhatWasLoadedThereInItsEpoch() throws Exception {
        StreamBuilder stream = new StreamBuilder();
        for (long id = 1; id <= 2; id++) {
            stream.add(
                    RecordType.MODULE,
                    Key.MODULE,
                    id,
                    Key.PATH,
                    "/nowhere/lib" + id + ".so",
                    Key.BIAS,
                    BIAS,
                    Key.MODULE_START,
                    BIAS,
                    Key.MODULE_END,
                    BIAS + 0x1000,
                    Key.EPOCH,
                    id);
            stream.add(
                    RecordType.STACK, Key.STACK, id, Key.EPOCH, id, Key.PCS, new long[] {BIAS + 16}, Key.MORE, false);
        }
        stream.add(RecordType.MODULE_GONE, Key.MODULE, 1, Key.EPOCH, 2);
        try (Symbolizer symbolizer = new Symbolizer(1, Instant.EPOCH, notes::add, Runnable::run)) {
            StackResolver resolver = new StackResolver(model(stream), symbolizer);
            assertEquals("lib1.so", resolver.resolve(1L).frames().get(0).module());
            assertEquals("lib2.so", resolver.resolve(2L).frames().get(0).module());
        }
    }

    @Test
    void namesClassesAsJavaDoes() {
        assertEquals("com.x.Y", JavaNames.className("Lcom/x/Y;"));
        assertEquals("com.x.Y$$Lambda/0x00007f01", JavaNames.className("Lcom/x/Y$$Lambda.0x00007f01;"));
        assertEquals("[Ljava.lang.String;", JavaNames.className("[Ljava/lang/String;"));
    }

    @Test
    void aLockOfTheJvmIsCalledAsTheJvmCallsIt() {
        assertEquals("Compile_lock", StackResolver.ofJvm("mutex_init()::Compile_lock_storage+0x8"));
        assertEquals("Heap_lock", StackResolver.ofJvm("mutex_init()::Heap_lock_storage"));
        assertEquals("my_storage+0x8", StackResolver.ofJvm("my_storage+0x8"));
    }
}
