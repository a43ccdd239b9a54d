package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.forkwitness.model.LiveModel;
import org.forkwitness.report.Frame;
import org.forkwitness.stream.StreamRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Names of variables, and of who called, by what an address is. */
class VariableTest {
    private static final long BIAS = 0x7f0000000000L;
    private static final long EPOCH = 1;

    @TempDir
    static Path directory;

    private static Compiled library;
    private static Compiled stripped;

    @BeforeAll
    static void compile() throws Exception {
        String source = String.join(
                "\n",
                "static long g_lock[5];",
                "struct { long a; long lock[5]; } g_table = {1, {2}};",
                "long outside(long *);",
                "long take(void) { return outside(g_lock) + outside(g_table.lock) + 1; }");
        library = Compiled.library(directory, "cc", "own.c", source, "-g", "-O1");
        stripped = library.stripped("--strip-unneeded");
    }

    static Stream<Supplier<Optional<Libdw>>> withAndWithoutLibdw() {
        return Stream.of(Libdw::load, Optional::empty);
    }

    private static StackResolver resolver(Compiled file, Symbolizer symbolizer) throws Exception {
        LiveModel model = new LiveModel();
        model.accept(new StreamRecord.Module(
                new StreamRecord.Header(0, 0, 1),
                1,
                file.file().toString(),
                BuildId.read(file.file()),
                BIAS,
                BIAS,
                BIAS + 0x100000,
                EPOCH));
        return new StackResolver(model, symbolizer);
    }

    private static Symbolizer symbolizer(Supplier<Optional<Libdw>> libdw) {
        return new Symbolizer(1, Instant.now().plusSeconds(1), note -> {}, Runnable::run, libdw);
    }

    @ParameterizedTest
    @MethodSource("withAndWithoutLibdw")
    void namesTheVariableThatHoldsAnAddress(Supplier<Optional<Libdw>> libdw) throws Exception {
        long lock = BIAS + library.symbol("g_lock");
        long table = BIAS + library.symbol("g_table");
        try (Symbolizer symbolizer = symbolizer(libdw)) {
            StackResolver resolver = resolver(library, symbolizer);
            String file = " in " + library.file().getFileName();
            assertEquals("g_lock" + file, resolver.variable(lock, EPOCH));
            assertEquals("g_lock+0x10" + file, resolver.variable(lock + 16, EPOCH));
            assertEquals("g_table+0x8" + file, resolver.variable(table + 8, EPOCH));
            assertNull(resolver.variable(BIAS + library.function("take"), EPOCH), "a function is no variable");
            assertNull(resolver.variable(BIAS + 0x200000, EPOCH), "in no object");
            assertNull(resolver.variable(lock, EPOCH - 1), "before the object was loaded");
        }
    }

    @ParameterizedTest
    @MethodSource("withAndWithoutLibdw")
    void aVariableWithoutSymbolHasNoName(Supplier<Optional<Libdw>> libdw) throws Exception {
        try (Symbolizer symbolizer = symbolizer(libdw)) {
            StackResolver resolver = resolver(stripped, symbolizer);
            assertNull(resolver.variable(BIAS + library.symbol("g_lock"), EPOCH));
            assertEquals(
                    "g_table in " + stripped.file().getFileName(),
                    resolver.variable(BIAS + library.symbol("g_table"), EPOCH));
        }
    }

    @Test
    void theCallerIsTheFrameOfTheCall() throws Exception {
        long behind = library.returnAddresses("outside").get(0);
        try (Symbolizer symbolizer = symbolizer(Libdw::load)) {
            StackResolver resolver = resolver(library, symbolizer);
            Frame caller = resolver.caller(BIAS + behind, EPOCH);
            assertEquals("take", caller.function());
            assertEquals(4, caller.line());
            assertNull(resolver.caller(0, EPOCH));
        }
    }
}
