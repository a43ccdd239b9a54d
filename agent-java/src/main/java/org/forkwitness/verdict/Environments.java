package org.forkwitness.verdict;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.forkwitness.model.LiveModel;
import org.forkwitness.model.LoadedModule;
import org.forkwitness.report.Allocator;
import org.forkwitness.report.Environment;
import org.forkwitness.report.ForkProtection;
import org.forkwitness.report.LibC;
import org.forkwitness.stream.StreamRecord;

/** What the watched process runs on, as far as the stream has said it. For one thread. */
public final class Environments {
    private static final String UNKNOWN = "unknown";

    /** Files of the C libraries: glibc before and since 2.34, musl. */
    private static final List<String> LIBC_FILES =
            List.of("libc.so*", "libc-2.*.so", "libpthread-2.*.so", "libc.musl-*", "ld-*", "ld.so*");

    private final LiveModel model;
    private final Allocators allocators = new Allocators();
    private final Function<LoadedModule, Optional<Boolean>> registersHandlers;
    private Environment known;
    private StreamRecord.Hello knownHello;
    private long knownModules = -1;

    /**
     * What this model tells.
     *
     * @param registersHandlers whether a library can register fork handlers; empty where that is not known
     */
    public Environments(LiveModel model, Function<LoadedModule, Optional<Boolean>> registersHandlers) {
        this.model = model;
        this.registersHandlers = registersHandlers;
    }

    /** As known now. */
    public Environment now() {
        StreamRecord.Hello hello = model.hello().orElse(null);
        if (known == null
                || hello != knownHello
                || knownModules != model.modules().changes()) {
            knownHello = hello;
            knownModules = model.modules().changes();
            known = environment(Optional.ofNullable(hello));
        }
        return known;
    }

    private Environment environment(Optional<StreamRecord.Hello> hello) {
        String libc = hello.map(StreamRecord.Hello::libcName).orElse(UNKNOWN);
        String version = hello.map(StreamRecord.Hello::libcVersion)
                .filter(v -> !v.isEmpty())
                .orElse(null);
        Optional<LoadedModule> allocator = hello.map(StreamRecord.Hello::malloc)
                .flatMap(address -> model.modules().findFirst(address));
        boolean supported = libc.equals("glibc") || libc.equals("musl");
        return new Environment(
                hello.map(StreamRecord.Hello::arch).orElse(UNKNOWN),
                hello.map(StreamRecord.Hello::kernel).orElse(UNKNOWN),
                new LibC(supported ? libc : UNKNOWN, version),
                allocator(allocator, libc, version));
    }

    /**
     * By the table where it knows the library; else by what the library can do: one that registers fork handlers is taken to
     * register them for its malloc, one that cannot has none.
     */
    private Allocator allocator(Optional<LoadedModule> module, String libc, String version) {
        Allocator found = allocators.of(module.map(LoadedModule::fileName).orElse(null), libc, version);
        if (found.forkProtection() != ForkProtection.UNKNOWN || module.isEmpty()) {
            return found;
        }
        ForkProtection protection = registersHandlers
                .apply(module.get())
                .map(can -> can ? ForkProtection.HANDLERS : ForkProtection.NONE)
                .orElse(ForkProtection.UNKNOWN);
        return new Allocator(found.name(), found.version(), found.library(), protection);
    }

    /** True where an address belongs to the C library, the allocator, or memory that one of them may have mapped. */
    boolean isOfLibraries(long address) {
        Optional<LoadedModule> module = model.modules().findNow(address);
        return module.isEmpty()
                || module.get().fileName().equals(now().allocator().library())
                || LIBC_FILES.stream()
                        .anyMatch(file -> RuleTable.matches(file, module.get().fileName()));
    }
}
