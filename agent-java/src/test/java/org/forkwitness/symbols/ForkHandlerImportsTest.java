package org.forkwitness.symbols;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.stream.StreamRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ForkHandlerImportsTest {
    @TempDir
    private Path directory;

    private static Optional<Boolean> of(Path file, byte[] buildId) {
        LiveModel model = new LiveModel();
        model.accept(new StreamRecord.Module(
                new StreamRecord.Header(0, 0, 1), 1, file.toString(), buildId, 0, 0x1000, 0x2000, 1));
        LoadedModule module = model.modules().find(0x1000, 1).orElseThrow();
        return ForkHandlerImports.of(module, ProcessHandle.current().pid(), Instant.now());
    }

    @Test
    void aLibraryThatRegistersHandlers() throws IOException, InterruptedException {
        Compiled library = Compiled.library(
                directory,
                "cc",
                "handlers.c",
                "#include <pthread.h>\nint start(void) { return pthread_atfork(0, 0, 0); }\n");
        assertEquals(Optional.of(true), of(library.file(), BuildId.read(library.file())));
    }

    @Test
    void aLibraryThatDoesNot() throws IOException, InterruptedException {
        Compiled library = Compiled.library(directory, "cc", "plain.c", "int start(void) { return 1; }\n");
        assertEquals(Optional.of(false), of(library.file(), BuildId.read(library.file())));
    }

    @Test
    void aFileThatIsNotThere() {
        assertEquals(Optional.empty(), of(directory.resolve("none.so"), null));
    }
}
