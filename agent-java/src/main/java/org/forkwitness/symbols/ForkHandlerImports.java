package org.forkwitness.symbols;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import net.fornwall.jelf.ElfException;
import net.fornwall.jelf.ElfFile;
import net.fornwall.jelf.ElfSymbolTableSection;
import org.forkwitness.model.LoadedModule;

/** Whether a library can register fork handlers: it imports a function for that. Stateless. */
public final class ForkHandlerImports {
    /** glibc's, which its statically linked pthread_atfork calls (nptl/pthread_atfork.c), and the one of musl and older. */
    private static final Set<String> NAMES = Set.of("__register_atfork", "pthread_atfork");

    private ForkHandlerImports() {}

    /**
     * True where the library imports one of them; empty where its file cannot be read.
     *
     * @param pid the process that has loaded it
     * @param startedAt when that process started
     */
    public static Optional<Boolean> of(LoadedModule module, long pid, Instant startedAt) {
        return BinaryFiles.find(module, pid, startedAt).flatMap(ForkHandlerImports::read);
    }

    private static Optional<Boolean> read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ElfSymbolTableSection symbols = ElfFile.from(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()))
                    .getDynamicSymbolTableSection();
            return symbols == null
                    ? Optional.empty()
                    : Optional.of(Stream.of(symbols.symbols)
                            .filter(symbol -> symbol.st_shndx == 0 && symbol.getName() != null)
                            .anyMatch(symbol -> NAMES.contains(symbol.getName())));
        } catch (IOException | ElfException | IllegalArgumentException | IndexOutOfBoundsException e) {
            return Optional.empty();
        }
    }
}
